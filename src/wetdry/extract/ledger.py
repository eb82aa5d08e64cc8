"""What a store holds of a plan, small enough for millions of clips: a few bytes for each, a bit for each variant."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wetdry.extract.plan import Plan, View, Wanted
from wetdry.store import ItemRow, Store

HEX = np.dtype("S32")
"""Hashes as 32 hex digits; as raw bytes, NumPy would take the zeros that some end with for padding."""
ROW_FIELDS = tuple(field.name for field in fields(ItemRow))

ROWS_AT_ONCE = 2**16
"""Rows of a shard that are looked at together: however large shards are, what is made of their rows is small."""

Texts = npt.NDArray[np.bytes_]


@dataclass(frozen=True)
class Decoded:
    """The clip that a file was decoded to."""

    clip: str
    seconds: float
    sample_rate: int
    channels: int


class Ledger:
    """What a store held of a plan when the ledger was opened."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self._views = plan.views
        self._steps = tuple(plan.variants.values())
        self._files = _Files(plan, store)
        self._clips = _clips(store)
        self._bits = {(view.key, layer): self._held(store, view, layer) for view in plan.views for layer in view.layers}

    def decoded(self, file_hash: str) -> Decoded | None:
        """What a file of these bytes was decoded to, in the plan's excerpt, if it ever was."""
        return self._files.decoded(file_hash)

    def has_item(self, row: ItemRow) -> bool:
        """Whether the item was last recorded with exactly these fields."""
        return self._files.has(row)

    def missing(self, clip: str) -> list[Wanted]:
        """The variants of a clip that are not in the store in every layer, in the plan's order."""
        at = position(self._clips, clip)
        if at is not None and self._is_complete[at]:
            return []
        wanted = []
        for number, step in enumerate(self._steps):
            layers = [
                (view, tuple(name for name in view.layers if at is None or not self._is_held(view, name, at, number)))
                for view in self._views
            ]
            if any(names for _, names in layers):
                wanted.append(Wanted(step, tuple((view, names) for view, names in layers if names)))
        return wanted

    def _is_held(self, view: View, layer: str, clip: int, variant: int) -> bool:
        return bool(self._bits[view.key, layer][clip, variant >> 3] & (1 << (variant & 7)))

    @cached_property
    def _is_complete(self) -> npt.NDArray[np.bool_]:
        """(clip,) whether every variant is there in every layer."""
        every = np.packbits(np.ones(len(self._steps), dtype=bool), bitorder="little")
        complete = np.ones(len(self._clips), dtype=bool)
        for bits in self._bits.values():
            complete &= (bits == every).all(axis=1)
        return complete

    def _held(self, store: Store, view: View, layer: str) -> npt.NDArray[np.uint8]:
        """(clip, byte), a bit a variant: whether the store holds it."""
        bits = np.zeros((len(self._clips), (len(self._steps) + 7) // 8), dtype=np.uint8)
        numbers = {(s.effect.key, s.effect.revision, view.recipe): n for n, s in enumerate(self._steps)}
        for table in store.vector_batches(view.key, layer, ["clip", "effect", "effect_revision", "recipe"]):
            for first in range(0, len(table), ROWS_AT_ONCE):
                self._tick(bits, table.slice(first, ROWS_AT_ONCE), numbers)
        return bits

    def _tick(self, bits: npt.NDArray[np.uint8], table: pa.Table, numbers: dict[tuple[str, str, str], int]) -> None:
        """Set the bits of the rows of a table."""
        clips, of_clip = _coded(table["clip"])
        at = positions(self._clips, clips)[of_clip]
        number = _numbers(table, numbers)
        known = (at >= 0) & (number >= 0)
        at, number = at[known], number[known]
        np.bitwise_or.at(bits, (at, number >> 3), (1 << (number & 7)).astype(np.uint8))


class _Files:
    """What was recorded of items: the files of the plan's excerpt, and the rows of its data set."""

    def __init__(self, plan: Plan, store: Store) -> None:
        files, clips, numbers = [np.empty(0, HEX)], [np.empty(0, HEX)], [np.empty((0, 3))]
        keys, rows, recorded = [np.empty(0, HEX)], [np.empty(0, HEX)], [np.empty(0, np.int64)]
        for table in store.item_batches([*ROW_FIELDS, "recorded"]):
            mine = table.filter(pc.equal(table["excerpt"], plan.excerpt))
            files.append(_texts(mine["file_hash"]))
            clips.append(_texts(mine["clip"]))
            numbers.append(np.stack([mine[name].to_numpy() for name in ("seconds", "sample_rate", "channels")], axis=1))
            mine = mine.filter(pc.equal(mine["dataset"], plan.dataset.name))
            found = list(zip(*(mine[name].to_pylist() for name in ROW_FIELDS), strict=True))
            keys.append(np.array([_digest(row[:2]) for row in found], HEX))
            rows.append(np.array([_digest(row) for row in found], HEX))
            recorded.append(mine["recorded"].to_numpy())
        every = np.concatenate(files)
        self._files, first = np.unique(every, return_index=True)
        self._clips, self._numbers = np.concatenate(clips)[first], np.concatenate(numbers)[first]
        self._rows = _latest(np.concatenate(keys), np.concatenate(recorded), np.concatenate(rows))

    def decoded(self, file_hash: str) -> Decoded | None:
        at = position(self._files, file_hash)
        if at is None or not file_hash:
            return None
        seconds, sample_rate, channels = self._numbers[at]
        return Decoded(self._clips[at].decode(), float(seconds), int(sample_rate), int(channels))

    def has(self, row: ItemRow) -> bool:
        values = tuple(getattr(row, name) for name in ROW_FIELDS)
        return position(self._rows, _digest(values)) is not None


def position(sorted_texts: Texts, text: str) -> int | None:
    """Where a text is in a sorted array of them; None if it is not."""
    at = int(np.searchsorted(sorted_texts, text.encode()))
    return at if at < len(sorted_texts) and sorted_texts[at] == text.encode() else None


def positions(sorted_texts: Texts, texts: Texts) -> npt.NDArray[np.int64]:
    """Where each of `texts` is in a sorted array; −1 for those that are not."""
    if not len(sorted_texts):
        return np.full(len(texts), -1)
    at = np.minimum(np.searchsorted(sorted_texts, texts), len(sorted_texts) - 1)
    return np.where(sorted_texts[at] == texts, at, -1)


def _clips(store: Store) -> Texts:
    """The clips of all items, sorted; vectors of others are orphans, which no item leads to."""
    parts = [np.empty(0, HEX)]
    for table in store.item_batches(["clip"]):
        parts.append(np.unique(_texts(table["clip"])))
    return np.unique(np.concatenate(parts))


def _texts(column: pa.ChunkedArray) -> Texts:
    return np.array(column.cast(pa.binary()).to_pylist(), HEX)


def _coded(column: pa.ChunkedArray) -> tuple[Texts, npt.NDArray[np.int64]]:
    """The distinct texts of a dictionary column, and for each row which of them it has."""
    whole = column.unify_dictionaries().combine_chunks()
    whole = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    return np.array(whole.dictionary.cast(pa.binary()).to_pylist(), HEX), whole.indices.to_numpy().astype(np.int64)


def _numbers(table: pa.Table, numbers: dict[tuple[str, str, str], int]) -> npt.NDArray[np.int64]:
    """For each row the number of its variant; −1 for those that are not asked for."""
    columns = [table[name].unify_dictionaries().combine_chunks() for name in ("effect", "effect_revision", "recipe")]
    codes = np.stack([column.indices.to_numpy() for column in columns], axis=1)
    distinct, of_row = np.unique(codes, axis=0, return_inverse=True)
    names = [column.dictionary.to_pylist() for column in columns]
    keys = [tuple(texts[code] for texts, code in zip(names, row, strict=True)) for row in distinct]
    return np.array([numbers.get(key, -1) for key in keys], dtype=np.int64)[of_row.ravel()]


def _digest(values: tuple[object, ...]) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=HEX.itemsize // 2).hexdigest()


def _latest(keys: Texts, recorded: npt.NDArray[np.int64], rows: Texts) -> Texts:
    """The rows that were recorded last under their keys, sorted."""
    order = np.lexsort([recorded, keys])
    keys = keys[order]
    is_last = np.ones(len(keys), dtype=bool)
    is_last[:-1] = keys[1:] != keys[:-1]
    return np.unique(rows[order][is_last])
