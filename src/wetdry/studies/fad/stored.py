"""Where the vectors of one layer of two sets are: little enough to be sent to the process that reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from wetdry.analysis.blocks import Affine
from wetdry.analysis.statistics.units import Counts
from wetdry.studies.backing import room_for
from wetdry.studies.deformations import DRY
from wetdry.studies.fad.rows import Layer, Rows, Texts
from wetdry.studies.stored_layer import StoredLayer, places

WINDOWS_AT_MOST = 2**32
"""Of a clip; a key is the number of its item, and that of the window."""


@dataclass(frozen=True, eq=False)
class StoredRows:
    """The vectors of one set in one layer.

    Attributes
    ----------
    layer
        Where they are.
    clip, item, group, label
        Of each item (item,), sorted by `item`: the hash of its samples, its id, what must not be torn apart, its label.
    """

    layer: StoredLayer
    clip: Texts
    item: Texts
    group: Texts
    label: Texts

    def read(self, memory: float | None = None) -> Rows:
        """The vectors in order of items and windows, in a file if they take more `memory` (`room_for`)."""
        clips, effects = pd.Index(self.clip), [DRY.effect.key]
        # Which rows there are is known before a vector is read, and with it the place of each.
        keys = np.unique(_keys(self.layer.index(["segment"], clips, effects), clips))
        vectors, known = room_for((len(keys), self.layer.dim), memory), np.zeros(len(keys), dtype=bool)
        for table, found in self.layer.batches(["clip", "segment"], clips, effects):
            key = _keys(table, clips)
            place = np.searchsorted(keys, key)
            # A row that was not there before was published meanwhile, by a run of someone else.
            there = np.flatnonzero(keys[np.minimum(place, len(keys) - 1)] == key)
            vectors[place[there]] = found[there]
            known[place[there]] = np.isfinite(found[there]).all(axis=1)
        number = keys[known] // WINDOWS_AT_MOST
        kept = vectors if known.all() else Affine(vectors, np.flatnonzero(known))
        return Rows(kept, self.item[number], self.group[number], self.label[number])


@dataclass(frozen=True, eq=False)
class StoredSets:
    """Both sets in one layer."""

    first: StoredRows
    second: StoredRows

    def read(self, memory: float | None = None) -> Layer:
        """The vectors of both, each in a file if they take more `memory`."""
        where = self.first.layer
        return Layer(where.name, where.layer, self.first.read(memory), self.second.read(memory))


def _keys(table: pa.Table, clips: pd.Index) -> Counts:
    """A number (row,) for each item and window, rising with both."""
    segment = table.column("segment").to_numpy().astype(np.int64)
    found: Counts = places(table.column("clip"), clips) * WINDOWS_AT_MOST + segment
    return found
