"""Vectors of one layer out of a store as one array: clips along one axis, steps along the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from wetdry.effects import Step
from wetdry.encoders import Vectors
from wetdry.extract.plan import View
from wetdry.store import Store
from wetdry.studies.stored_layer import Places, StoredLayer, places


@dataclass(frozen=True, eq=False)
class Matrix:
    """Vectors float32 (clip, step, dim), and the gain in dB (clip, step) that a loudness control applied.

    NaN for what the store lacks, and for the gain of what is no such control.
    """

    vectors: Vectors
    gain_db: npt.NDArray[np.float64]


class Cells(NamedTuple):
    """Some vectors (n, dim), and the clip and step (n,) that each is of."""

    clip: Places
    step: Places
    vectors: Vectors
    gain_db: npt.NDArray[np.float64]


def matrix(store: Store, view: View, layer: str, clips: Sequence[str], steps: Sequence[Step]) -> Matrix:
    """The pooled vectors of clips, by their hashes, under steps; an effect that stands in several steps is in each."""
    stored = StoredLayer.of(store, view, layer)
    found = np.full((len(clips), len(steps), stored.dim), np.nan, dtype=np.float32)
    gain_db = np.full(found.shape[:2], np.nan)
    for cells in cells_of(stored, clips, steps):
        found[cells.clip, cells.step] = cells.vectors
        gain_db[cells.clip, cells.step] = cells.gain_db
    return Matrix(found, gain_db)


def cells_of(stored: StoredLayer, clips: Sequence[str], steps: Sequence[Step]) -> Iterator[Cells]:
    """The vectors of clips under steps, some at a time, in no order; what the store lacks is in none of them."""
    steps_of: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate(steps):
        steps_of.setdefault((each.effect.key, each.effect.revision), []).append(place)
    names, distinct = pd.Index(clips), pd.MultiIndex.from_tuples(list(steps_of))
    columns = ("clip", "effect", "effect_revision", "gain_db")
    for table, vectors in stored.batches(columns, names, {key for key, _ in steps_of}):
        clip = places(table.column("clip"), names)
        effect = distinct.get_indexer(
            pd.MultiIndex.from_arrays([_texts(table, "effect"), _texts(table, "effect_revision")])
        )
        # What is no number is no vector, wherever it comes from: the encoders here write none.
        known = (clip >= 0) & (effect >= 0) & np.isfinite(vectors).all(axis=1)
        gain_db = table.column("gain_db").to_numpy()
        for number, wanted in enumerate(steps_of.values()):
            rows = np.flatnonzero(known & (effect == number))
            for step in wanted if len(rows) else ():
                yield Cells(clip[rows], np.full(len(rows), step), vectors[rows], gain_db[rows])


def _texts(table: pa.Table, name: str) -> list[str]:
    return [str(text) for text in table.column(name).to_pylist()]
