"""Looking after a store: proving that it is whole, and tidying it while others use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from wetdry.errors import StoreError
from wetdry.store import format as fmt
from wetdry.store.shards import SHARD_NAME, TEMPORARY_NAME, checksum, is_stale, list_shards, publish

if TYPE_CHECKING:
    from wetdry.store.store import Store

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
    damaged: tuple[Path, ...]
    stray: tuple[Path, ...]
    foreign: tuple[Path, ...]
    gaps: tuple[str, ...]
    orphans: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not (self.damaged or self.stray or self.foreign or self.gaps or self.orphans)


@dataclass(frozen=True)
class Swept:
    """What `Store.gc` removed: stale and damaged files, how many shards were merged into how many."""

    stale: tuple[Path, ...]
    damaged: tuple[Path, ...]
    merged: int
    into: int
    bytes_freed: int


def verify(store: Store) -> Verdict:
    """Recompute every checksum, and look for strays, gaps and orphans."""
    damaged, stray, foreign = [], [], []
    read = size = 0
    with_vectors: set[str] = set()
    known: set[str] = set()
    for path, shard in _files(store.root):
        if TEMPORARY_NAME.fullmatch(path.name):
            stray += [path] if is_stale(path) else []
        elif not shard:
            foreign.append(path)
        else:
            try:
                content = path.read_bytes()
                table = _proven(path, content)
            except FileNotFoundError:
                continue
            except StoreError:
                damaged.append(path)
                continue
            read, size = read + 1, size + len(content)
            if not _at_home(store, path, table):
                foreign.append(path)
            elif path.parent == store.root / "items":
                known.update(table["clip"].unique().to_pylist())
            else:
                with_vectors.update(table["clip"].unique().to_pylist())
    try:
        latest = store.items().to_pylist()
    except StoreError:
        latest = []
    gaps = [f"{row['dataset']}: {row['item']}" for row in latest if row["clip"] not in with_vectors]
    orphans = sorted(with_vectors - known)
    return Verdict(read, size, tuple(damaged), tuple(stray), tuple(foreign), tuple(gaps), tuple(orphans))


def _files(root: Path) -> Iterator[tuple[Path, bool]]:
    """Each file of the store, and whether it has the name and place of a shard."""
    for area, depth in (("vectors", 3), ("items", 1)):
        for path in sorted((root / area).rglob("*")):
            if path.is_file():
                placed = len(path.relative_to(root / area).parts) == depth
                yield path, placed and SHARD_NAME.fullmatch(path.name) is not None


def _proven(path: Path, content: bytes) -> pa.Table:
    if checksum(content) != path.stem:
        raise StoreError(f"{path}: its bytes do not match its name; remove it with `wetdry store gc --damaged`.")
    return fmt.decode(path, ["clip"])


def _at_home(store: Store, path: Path, table: pa.Table) -> bool:
    """Whether a shard lies in the folder that its own metadata names."""
    about = table.schema.metadata
    if about.get(fmt.KIND_FIELD) == b"items":
        return path.parent == store.root / "items"
    encoder, layer = about.get(fmt.ENCODER_FIELD, b"").decode(), about.get(fmt.LAYER_FIELD, b"").decode()
    return path.parent == store.folder(encoder, layer)


def sweep(store: Store, *, damaged: bool, older_than: float) -> Swept:
    """Remove what is stale (and, if asked, `damaged`), then merge small shards folder by folder."""
    stale_files, damaged_files = [], []
    freed = merged = into = 0
    for path, shard in _files(store.root):
        if TEMPORARY_NAME.fullmatch(path.name) and is_stale(path, older_than):
            stale_files.append(path)
            freed += _remove(path)
        elif shard and damaged and not _whole(path):
            damaged_files.append(path)
            freed += _remove(path)
    for folder in [*(store.folder(*at) for at in store.layers()), store.root / "items"]:
        for group in _groups(folder):
            gone, made, less = _merge(group)
            merged, into, freed = merged + gone, into + made, freed + less
    return Swept(tuple(stale_files), tuple(damaged_files), merged, into, freed)


def _whole(path: Path) -> bool:
    try:
        _proven(path, path.read_bytes())
    except FileNotFoundError:
        return True
    except StoreError:
        return False
    return True


def _groups(folder: Path) -> Iterator[list[Path]]:
    """Shards of `folder` that together make one of about the target size, by schema."""
    open_groups: dict[pa.Schema, list[Path]] = {}
    sizes: dict[pa.Schema, int] = {}
    for path in list_shards(folder):
        try:
            size = path.stat().st_size
            if size >= TARGET_BYTES // 2 or not _whole(path):
                continue
            schema = fmt.schema(path)
        except FileNotFoundError:
            continue
        group = open_groups.setdefault(schema, [])
        group.append(path)
        sizes[schema] = sizes.get(schema, 0) + size
        if sizes[schema] >= TARGET_BYTES:
            yield open_groups.pop(schema)
            sizes[schema] = 0
    yield from open_groups.values()


def _merge(group: list[Path]) -> tuple[int, int, int]:
    """Replace shards by one with the same rows; returns shards removed, shards made, bytes freed.

    The new shard is published before the old ones go, so that a reader finds each row at any
    moment; two processes that merge the same shards make the same bytes, hence the same name.
    """
    if len(group) < 2:
        return 0, 0, 0
    try:
        tables = [fmt.decode(path) for path in group]
        before = sum(path.stat().st_size for path in group)
    except FileNotFoundError:
        return 0, 0, 0
    about = {k: v for k, v in tables[0].schema.metadata.items() if k.startswith(b"wetdry.")}
    if about[fmt.KIND_FIELD] == b"items":
        content = fmt.plain_bytes(fmt.canonical(fmt.joined(tables), fmt.ITEM_SCHEMA.names), b"items")
    else:
        content = fmt.vector_bytes(fmt.canonical(fmt.joined(tables)), about)
    made = publish(group[0].parent, content)
    for path in group:
        if path != made:
            path.unlink(missing_ok=True)
    return len(group), 1, before - len(content)


def _remove(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be removed ({error.strerror or error}); check the folder's permissions."
        ) from None
    return size
