"""Rows of a layer out of its shards: which they are is known before a vector is read.

So a key that several shards hold is read once, and nothing is in memory but what was asked for and one shard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wetdry.store import format as fmt
from wetdry.store.media import Medium
from wetdry.store.shards import ATTEMPTS, in_order, list_shards, vanishing

VECTOR = "vector"
SHARD, ROW = "shard", "row"
"""Columns that say where a row of an index is: the number of its shard, and its place there."""
MET = -1
"""The shard of rows that need not be read again."""

Kept = Mapping[str, pa.Array]
"""Column → the values of which a row must have one."""


MOST_HELD = 256 << 20
"""Bytes that are kept of what is read for the index, so that the shards of a small store are opened but once."""


class WidthsDifferError(Exception):
    """The rows that were asked for are vectors of several widths."""


@dataclass(frozen=True, eq=False)
class Selection:
    """Some rows of a layer, each key once.

    Attributes
    ----------
    medium, shards
        Where they are: names, in the order of their numbers.
    index
        A row for each of them in canonical order: the key columns, others that were asked for, `shard` and `row`.
    content
        The columns that are still to be read.
    held
        Those of them that were read already, by shard.
    """

    medium: Medium
    shards: Sequence[str]
    index: pa.Table
    content: Sequence[str]
    held: dict[str, pa.Table]

    @classmethod
    def of(
        cls,
        medium: Medium,
        folder: str,
        kept: Kept,
        about: Sequence[str] | None,
        content: Sequence[str],
        met: pa.Table | None = None,
    ) -> Selection:
        """Select the rows of a folder's shards that are `kept` and not `met`, an index of rows of earlier.

        The index has the columns `about` beside the key, all but vectors if None. Raises `FileNotFoundError` where a
        shard vanishes meanwhile.
        """
        shards = list_shards(medium, folder)
        tables = [] if met is None else [met]
        held: dict[str, pa.Table] = {}
        room = MOST_HELD if content else 0

        def look(name: str) -> pa.Table:
            nonlocal room
            has_room = room > 0
            wanted = None if about is None else _once(*fmt.KEY_COLUMNS, *about, *(content if has_room else ()))
            table = fmt.decode(medium, name, wanted, without=None if has_room else VECTOR)
            if has_room:
                held[name] = table.select(content)
                room -= table.nbytes
            return table

        for number, (_, table) in enumerate(in_order(medium, shards, look)):
            table = table.drop_columns(VECTOR) if VECTOR in table.column_names else table
            table = table if about is None else table.select(_once(*fmt.KEY_COLUMNS, *about))
            table = table.append_column(SHARD, _all(number, len(table)))
            table = table.append_column(ROW, pa.array(np.arange(len(table), dtype=np.int32)))
            for column, values in kept.items():
                table = table.filter(pc.is_in(table.column(column), values))
            # Even an empty one says what the columns are.
            tables.append(table)
        # Of equal keys the first row is kept, which is the one that was met.
        index = fmt.canonical(fmt.joined(tables))
        index = index if met is None else index.filter(pc.not_equal(index[SHARD], MET))
        return cls(medium, shards, index, content, held)

    def parts(self) -> Iterator[tuple[pa.Table, npt.NDArray[np.int64]]]:
        """The content of the rows, shard by shard, and where in the index they are."""
        shard, row = (self.index[name].to_numpy() for name in (SHARD, ROW))
        order = np.lexsort([row, shard])
        ends = np.searchsorted(shard[order], np.arange(len(self.shards)), side="right")
        spans = zip(self.shards, np.r_[0, ends[:-1]], ends, strict=True)
        places = {name: order[begin:end] for name, begin, end in spans if end > begin}
        for name, table in in_order(self.medium, places, self._read):
            mine = places[name]
            yield table if len(mine) == len(table) else table.take(pa.array(row[mine])), mine

    def _read(self, name: str) -> pa.Table:
        table = self.held.pop(name, None)
        return fmt.decode(self.medium, name, self.content) if table is None else table

    def vectors(self) -> pa.Array:
        """Vectors in the order of the index, of one width."""
        if not len(self.index):
            return pa.array([], fmt.schema(self.medium, self.shards[0]).field(VECTOR).type)
        found = np.empty((0, 0), dtype=np.float32)
        for table, places in self.parts():
            vectors = fmt.stacked(table)
            if not len(found):
                found = np.empty((len(self.index), vectors.shape[1]), dtype=np.float32)
            if vectors.shape[1] != found.shape[1]:
                raise WidthsDifferError
            found[places] = vectors
        return pa.FixedSizeListArray.from_arrays(pa.array(found.ravel()), found.shape[1])


def selected(medium: Medium, folder: str, kept: Kept, columns: Sequence[str] | None, *, with_vectors: bool) -> pa.Table:
    """The rows of a layer that are `kept`, in canonical order: the key, and `columns` (all if None)."""
    about = None if columns is None else [name for name in columns if name != VECTOR]
    for _ in range(ATTEMPTS):
        try:
            found = Selection.of(medium, folder, kept, about, [VECTOR] if with_vectors else [])
            table = found.index.drop_columns([SHARD, ROW])
            return table.append_column(VECTOR, found.vectors()) if with_vectors else table
        except FileNotFoundError:
            continue
    raise vanishing(medium, folder)


def in_batches(medium: Medium, folder: str, kept: Kept, columns: Sequence[str]) -> Iterator[pa.Table]:
    """`columns` of the rows of a layer that are `kept`, one shard at a time, each key once."""
    met: list[pa.Table] = []
    for _ in range(ATTEMPTS):
        try:
            found = Selection.of(medium, folder, kept, (), columns, fmt.joined(met) if met else None)
            for table, places in found.parts():
                known = found.index.take(pa.array(places))
                met.append(known.set_column(known.column_names.index(SHARD), SHARD, _all(MET, len(known))))
                yield table
        except FileNotFoundError:
            # It was compacted into another: what was given already is left out there.
            continue
        return
    raise vanishing(medium, folder)


def _all(value: int, count: int) -> pa.Array:
    return pa.array(np.full(count, value, dtype=np.int32))


def _once(*names: str) -> list[str]:
    return list(dict.fromkeys(names))
