"""Joining small shards into large ones, while others read and write the store.

Each run publishes shards of its own size, and a bundle of a cluster's worker is a small one; but every shard is listed
and opened by each reader, and every object of a bucket is a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from wetdry.errors import StoreError
from wetdry.store import format as fmt
from wetdry.store.media import Medium
from wetdry.store.shards import in_order, list_shards, publish
from wetdry.store.upkeep import proven

if TYPE_CHECKING:
    from wetdry.store.store import Store

Told = Callable[[int, int], None]
"""Is told how many shards were looked at, of how many."""

TARGET_BYTES = 64 << 20
"""Size that shards are joined up to; one of half of it or more is left as it is."""


@dataclass(frozen=True)
class Compacted:
    """What `Store.compact` did.

    Attributes
    ----------
    merged, into
        How many shards were joined, and into how many.
    rows_dropped
        Rows of these that were there twice.
    bytes_freed
        By how much the store is smaller.
    """

    merged: int
    into: int
    rows_dropped: int
    bytes_freed: int


@dataclass
class _Group:
    """Shards of one folder and the same columns, read and proven whole."""

    names: list[str] = field(default_factory=list)
    tables: list[pa.Table] = field(default_factory=list)
    bytes: int = 0

    def add(self, name: str, table: pa.Table, size: int) -> None:
        self.names.append(name)
        self.tables.append(table)
        self.bytes += size


def compact(store: Store, target: int, told: Told) -> Compacted:
    """Join shards, folder by folder."""
    folders = [*(store.folder(*at) for at in store.layers()), "items", "failures"]
    shards = {folder: list_shards(store.medium, folder) for folder in folders}
    number, of = 0, sum(map(len, shards.values()))
    merged = into = dropped = freed = 0
    for folder, names in shards.items():

        def looked() -> None:
            nonlocal number
            number += 1
            told(number, of)

        for group in _groups(store.medium, names, target, looked):
            if len(group.names) > 1:
                less, lost = _join(store.medium, folder, group)
                merged, into, dropped, freed = merged + len(group.names), into + 1, dropped + lost, freed + less
    return Compacted(merged, into, dropped, freed)


def _groups(medium: Medium, names: Sequence[str], target: int, looked: Callable[[], None]) -> Iterator[_Group]:
    """Small shards that together make one of about the target size; damaged ones stay where they are."""
    under_way: dict[pa.Schema, _Group] = {}
    for name, found in in_order(medium, names, lambda name: _small(medium, name, target)):
        looked()
        if found is None:
            continue
        table, size = found
        columns = table.schema.remove_metadata()
        group = under_way.setdefault(columns, _Group())
        group.add(name, table, size)
        if group.bytes >= target:
            yield under_way.pop(columns)
    yield from under_way.values()


def _small(medium: Medium, name: str, target: int) -> tuple[pa.Table, int] | None:
    """A shard and its bytes; None if it is large already, damaged or gone."""
    try:
        size = medium.size(name)
        return None if size >= target // 2 else (proven(medium, name, medium.read(name)), size)
    except (FileNotFoundError, StoreError):
        return None


def _join(medium: Medium, folder: str, group: _Group) -> tuple[int, int]:
    """Replace shards by one with the same rows; returns bytes freed, and rows dropped.

    The new shard is published before the old ones go, so that a reader finds each row at any
    moment; two processes that join the same shards make the same bytes, hence the same name.
    """
    about = {key: text for key, text in group.tables[0].schema.metadata.items() if key.startswith(b"wetdry.")}
    rows = fmt.joined(group.tables)
    if about[fmt.KIND_FIELD] == b"vectors":
        kept = fmt.canonical(rows)
        content = fmt.vector_bytes(kept, about)
    else:
        kept = fmt.canonical(rows, rows.column_names)
        content = fmt.plain_bytes(kept, about[fmt.KIND_FIELD])
    made = publish(medium, folder, content)
    for name in group.names:
        if medium.locate(name) != made:
            medium.remove(name)
    return group.bytes - len(content), len(rows) - len(kept)
