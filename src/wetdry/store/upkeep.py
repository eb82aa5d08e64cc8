"""Proving that a store is whole, and removing what is dead in it, while others use it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from wetdry.errors import StoreError
from wetdry.store import format as fmt
from wetdry.store.media import Location, Medium
from wetdry.store.shards import SUFFIX, checksum, in_order, is_shard

if TYPE_CHECKING:
    from wetdry.store.store import Store

DEPTHS = {"vectors": 3, "items": 1, "failures": 1}
"""Area of a store → how many folders lie between the root and its shards."""


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
    """What `Store.gc` removed."""

    stale: tuple[Location, ...]
    damaged: tuple[Location, ...]
    bytes_freed: int


def verify(store: Store) -> Verdict:
    """Recompute every checksum, and look for strays, gaps and orphans."""
    damaged, stray, foreign = [], [], []
    read = size = 0
    clips = {b"vectors": _Texts(), b"items": _Texts()}
    medium = store.medium
    shards = []
    for name, has_the_name in _files(medium):
        if medium.is_temporary(name):
            stray += [medium.locate(name)] if medium.is_stale(name) else []
        elif not has_the_name:
            foreign.append(medium.locate(name))
        else:
            shards.append(name)
    for name, found in in_order(medium, shards, lambda name: _looked_at(medium, name)):
        if isinstance(found, StoreError):
            damaged.append(medium.locate(name))
        elif found is not None:
            table, length = found
            read, size = read + 1, size + length
            if not _at_home(store, name, table):
                foreign.append(medium.locate(name))
            elif (kind := table.schema.metadata.get(fmt.KIND_FIELD)) in clips:
                clips[kind].add(table["clip"])
    with_vectors, known = clips[b"vectors"].distinct(), clips[b"items"].distinct()
    try:
        items = store.items()
    except StoreError:
        items = fmt.ITEM_SCHEMA.empty_table()
    lonely = items.filter(pc.invert(pc.is_in(items["clip"], with_vectors))).select(["dataset", "item"])
    gaps = [f"{row['dataset']}: {row['item']}" for row in lonely.to_pylist()]
    orphans = sorted(with_vectors.filter(pc.invert(pc.is_in(with_vectors, known))).to_pylist())
    return Verdict(read, size, tuple(damaged), tuple(stray), tuple(foreign), tuple(gaps), tuple(orphans))


class _Texts:
    """Distinct texts of many columns, in a few bytes more than they have themselves."""

    FEW = 2**16

    def __init__(self) -> None:
        self._chunks: list[pa.Array] = []
        self._fresh = 0

    def add(self, column: pa.ChunkedArray) -> None:
        new = pc.unique(column.cast(pa.string()))
        self._chunks.append(new)
        self._fresh += len(new)
        if self._fresh > max(self.FEW, len(self._chunks[0])):
            self.distinct()

    def distinct(self) -> pa.Array:
        self._chunks = [pc.unique(pa.chunked_array(self._chunks, pa.string()))]
        self._fresh = 0
        return self._chunks[0]


def _files(medium: Medium) -> Iterator[tuple[str, bool]]:
    """Each file of the store, and whether it has the name and place of a shard."""
    for area, depth in DEPTHS.items():
        for name in medium.walk(area):
            yield name, name.count("/") == depth and is_shard(name)


def _looked_at(medium: Medium, name: str) -> tuple[pa.Table, int] | StoreError | None:
    """The clips of a shard and its bytes; what is wrong with it, or None if it is gone."""
    try:
        content = medium.read(name)
        return proven(medium, name, content, ["clip"]), len(content)
    except FileNotFoundError:
        return None
    except StoreError as error:
        return error


def proven(medium: Medium, name: str, content: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The columns of a shard (all if None) out of its bytes, which its name proves to be whole."""
    where = medium.locate(name)
    if f"{checksum(content)}{SUFFIX}" != name.rpartition("/")[2]:
        raise StoreError(f"{where}: its bytes do not match its name; remove it with `wetdry store gc --damaged`.")
    return fmt.parse(pa.BufferReader(content), where, columns)


def _at_home(store: Store, name: str, table: pa.Table) -> bool:
    """Whether a shard lies in the folder that its own metadata names."""
    about, folder = table.schema.metadata, name.rpartition("/")[0]
    kind: str = about.get(fmt.KIND_FIELD, b"").decode()
    if kind != "vectors":
        return folder == kind
    encoder, layer = about.get(fmt.ENCODER_FIELD, b"").decode(), about.get(fmt.LAYER_FIELD, b"").decode()
    return folder == store.folder(encoder, layer)


def sweep(store: Store, *, damaged: bool, older_than: float) -> Swept:
    """Remove what is stale, and if asked what is `damaged`."""
    stale_files, damaged_files = [], []
    freed = 0
    medium = store.medium
    for name, shard in _files(medium):
        if medium.is_temporary(name) and medium.is_stale(name, older_than):
            stale_files.append(medium.locate(name))
            freed += medium.remove(name)
        elif shard and damaged and not _whole(medium, name):
            damaged_files.append(medium.locate(name))
            freed += medium.remove(name)
    return Swept(tuple(stale_files), tuple(damaged_files), freed)


def _whole(medium: Medium, name: str) -> bool:
    try:
        proven(medium, name, medium.read(name), ["clip"] if name.startswith("vectors/") else None)
    except FileNotFoundError:
        return True
    except StoreError:
        return False
    return True
