"""Looking after a store: proving that it is whole, and tidying it while others use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from wetdry.errors import StoreError
from wetdry.store import format as fmt
from wetdry.store.media import Location, Medium
from wetdry.store.shards import SUFFIX, checksum, is_shard, list_shards, publish

if TYPE_CHECKING:
    from wetdry.store.store import Store

DEPTHS = {"vectors": 3, "items": 1, "failures": 1}
"""Area of a store → how many folders lie between the root and its shards."""

TARGET_BYTES = 64 << 20
"""A shard of half this size or more is left as it is."""


@dataclass(frozen=True)
class Verdict:
    """What `Store.verify` found.

    Attributes
    ----------
    shards, bytes
        How much was read.
    damaged
        Shards whose bytes do not match their name, or that cannot be read.
    stray
        Temporaries left behind by a killed process; `gc` removes them.
    foreign
        Files that are not the store's, or shards in a folder that is not theirs.
    gaps
        `data set: item` of items of which no vector is here.
    orphans
        Hashes of clips with vectors but no item.
    """

    shards: int
    bytes: int
    damaged: tuple[Location, ...]
    stray: tuple[Location, ...]
    foreign: tuple[Location, ...]
    gaps: tuple[str, ...]
    orphans: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not (self.damaged or self.stray or self.foreign or self.gaps or self.orphans)


@dataclass(frozen=True)
class Swept:
    """What `Store.gc` removed: stale and damaged files, how many shards were merged into how many."""

    stale: tuple[Location, ...]
    damaged: tuple[Location, ...]
    merged: int
    into: int
    bytes_freed: int


def verify(store: Store) -> Verdict:
    """Recompute every checksum, and look for strays, gaps and orphans."""
    damaged, stray, foreign = [], [], []
    read = size = 0
    with_vectors: set[str] = set()
    known: set[str] = set()
    medium = store.medium
    for name, shard in _files(medium):
        if medium.is_temporary(name):
            stray += [medium.locate(name)] if medium.is_stale(name) else []
        elif not shard:
            foreign.append(medium.locate(name))
        else:
            try:
                content = medium.read(name)
                table = _proven(medium, name, content)
            except FileNotFoundError:
                continue
            except StoreError:
                damaged.append(medium.locate(name))
                continue
            read, size = read + 1, size + len(content)
            kind = table.schema.metadata.get(fmt.KIND_FIELD)
            if not _at_home(store, name, table):
                foreign.append(medium.locate(name))
            elif kind == b"items":
                known.update(table["clip"].unique().to_pylist())
            elif kind == b"vectors":
                with_vectors.update(table["clip"].unique().to_pylist())
    try:
        latest = store.items().to_pylist()
    except StoreError:
        latest = []
    gaps = [f"{row['dataset']}: {row['item']}" for row in latest if row["clip"] not in with_vectors]
    orphans = sorted(with_vectors - known)
    return Verdict(read, size, tuple(damaged), tuple(stray), tuple(foreign), tuple(gaps), tuple(orphans))


def _files(medium: Medium) -> Iterator[tuple[str, bool]]:
    """Each file of the store, and whether it has the name and place of a shard."""
    for area, depth in DEPTHS.items():
        for name in medium.walk(area):
            yield name, name.count("/") == depth and is_shard(name)


def _proven(medium: Medium, name: str, content: bytes) -> pa.Table:
    where = medium.locate(name)
    if f"{checksum(content)}{SUFFIX}" != name.rpartition("/")[2]:
        raise StoreError(f"{where}: its bytes do not match its name; remove it with `wetdry store gc --damaged`.")
    return fmt.parse(pa.BufferReader(content), where, ["clip"])


def _at_home(store: Store, name: str, table: pa.Table) -> bool:
    """Whether a shard lies in the folder that its own metadata names."""
    about, folder = table.schema.metadata, name.rpartition("/")[0]
    kind: str = about.get(fmt.KIND_FIELD, b"").decode()
    if kind != "vectors":
        return folder == kind
    encoder, layer = about.get(fmt.ENCODER_FIELD, b"").decode(), about.get(fmt.LAYER_FIELD, b"").decode()
    return folder == store.folder(encoder, layer)


def sweep(store: Store, *, damaged: bool, older_than: float) -> Swept:
    """Remove what is stale (and, if asked, `damaged`), then merge small shards folder by folder."""
    stale_files, damaged_files = [], []
    freed = merged = into = 0
    medium = store.medium
    for name, shard in _files(medium):
        if medium.is_temporary(name) and medium.is_stale(name, older_than):
            stale_files.append(medium.locate(name))
            freed += medium.remove(name)
        elif shard and damaged and not _whole(medium, name):
            damaged_files.append(medium.locate(name))
            freed += medium.remove(name)
    for folder in [*(store.folder(*at) for at in store.layers()), "items", "failures"]:
        for group in _groups(medium, folder):
            gone, made, less = _merge(medium, folder, group)
            merged, into, freed = merged + gone, into + made, freed + less
    return Swept(tuple(stale_files), tuple(damaged_files), merged, into, freed)


def _whole(medium: Medium, name: str) -> bool:
    try:
        _proven(medium, name, medium.read(name))
    except FileNotFoundError:
        return True
    except StoreError:
        return False
    return True


def _groups(medium: Medium, folder: str) -> Iterator[list[str]]:
    """Shards of `folder` that together make one of about the target size, by schema."""
    open_groups: dict[pa.Schema, list[str]] = {}
    sizes: dict[pa.Schema, int] = {}
    for name in list_shards(medium, folder):
        try:
            size = medium.size(name)
            if size >= TARGET_BYTES // 2 or not _whole(medium, name):
                continue
            schema = fmt.schema(medium, name)
        except FileNotFoundError:
            continue
        group = open_groups.setdefault(schema, [])
        group.append(name)
        sizes[schema] = sizes.get(schema, 0) + size
        if sizes[schema] >= TARGET_BYTES:
            yield open_groups.pop(schema)
            sizes[schema] = 0
    yield from open_groups.values()


def _merge(medium: Medium, folder: str, group: list[str]) -> tuple[int, int, int]:
    """Replace shards by one with the same rows; returns shards removed, shards made, bytes freed.

    The new shard is published before the old ones go, so that a reader finds each row at any
    moment; two processes that merge the same shards make the same bytes, hence the same name.
    """
    if len(group) < 2:
        return 0, 0, 0
    try:
        tables = [fmt.decode(medium, name) for name in group]
        before = sum(medium.size(name) for name in group)
    except FileNotFoundError:
        return 0, 0, 0
    about = {k: v for k, v in tables[0].schema.metadata.items() if k.startswith(b"wetdry.")}
    rows = fmt.joined(tables)
    if about[fmt.KIND_FIELD] == b"vectors":
        content = fmt.vector_bytes(fmt.canonical(rows), about)
    else:
        content = fmt.plain_bytes(fmt.canonical(rows, rows.column_names), about[fmt.KIND_FIELD])
    made = publish(medium, folder, content)
    for name in group:
        if medium.locate(name) != made:
            medium.remove(name)
    return len(group), 1, before - len(content)
