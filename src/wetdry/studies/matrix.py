"""Vectors of one layer out of a store as one array: clips along one axis, steps along the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from wetdry.effects import Step
from wetdry.encoders import Vectors
from wetdry.errors import StoreError
from wetdry.extract.plan import View
from wetdry.store import Store, stacked


@dataclass(frozen=True, eq=False)
class Matrix:
    """Vectors float32 (clip, step, dim), and the gain in dB (clip, step) that a loudness control applied.

    NaN for what the store lacks, and for the gain of what is no such control.
    """

    vectors: Vectors
    gain_db: npt.NDArray[np.float64]


def matrix(store: Store, view: View, layer: str, clips: Sequence[str], steps: Sequence[Step]) -> Matrix:
    """The pooled vectors of clips, by their hashes, under steps; an effect that stands in several steps is in each."""
    effects = [(step.effect.key, step.effect.revision) for step in steps]
    distinct = list(dict.fromkeys(effects))
    table = store.vectors(view.key, layer, clips=clips, effects=[key for key, _ in distinct], recipe=view.recipe)
    row = pd.Index(clips).get_indexer(pd.Index(_texts(table, "clip")))
    column = pd.MultiIndex.from_tuples(distinct).get_indexer(
        pd.MultiIndex.from_arrays([_texts(table, "effect"), _texts(table, "effect_revision")])
    )
    vectors = stacked(table)
    if vectors.shape[1] != (dim := view.encoder.spec.layer(layer).dim):
        raise StoreError(
            f"{store.root}: {view.encoder.spec.name} {layer} has vectors of {vectors.shape[1]} dimensions where the "
            f"encoder gives {dim}; give another --store."
        )
    # What is no number is no vector, wherever it comes from: the encoders here write none.
    known = (row >= 0) & (column >= 0) & np.isfinite(vectors).all(axis=1)
    found = np.full((len(clips), len(distinct), dim), np.nan, dtype=np.float32)
    found[row[known], column[known]] = vectors[known]
    gain_db = np.full(found.shape[:2], np.nan)
    gain_db[row[known], column[known]] = table.column("gain_db").to_numpy()[known]
    if len(distinct) == len(effects):
        return Matrix(found, gain_db)
    place = {effect: number for number, effect in enumerate(distinct)}
    order = [place[effect] for effect in effects]
    return Matrix(found[:, order], gain_db[:, order])


def _texts(table: pa.Table, name: str) -> list[str]:
    return [str(text) for text in table.column(name).to_pylist()]
