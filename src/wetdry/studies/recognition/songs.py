"""Songs as windows of their sound, and what listeners said of them meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from wetdry.analysis.statistics.units import Float64
from wetdry.audio import Windows
from wetdry.datasets import Curve, Dataset
from wetdry.encoders import Encoder, Vectors
from wetdry.extract import Plan, run
from wetdry.store import Store, stacked
from wetdry.studies.deformations import DRY
from wetdry.studies.usable import usable

WINDOW, HOP = 2.0, 0.5
"""Seconds of sound behind an estimate, and between estimates: ratings come twice a second."""

FEWEST_RATED = 3
"""Windows of a song with a rating; of fewer there is no correlation."""


@dataclass(frozen=True, eq=False)
class Song:
    """A song as windows of it.

    Attributes
    ----------
    item, group, clip
        Its id, what it is kept together with, and the hash of its samples.
    seconds
        Middle (t,) of each window, s from the start of the file.
    vectors
        Of the windows (t, dim), float32.
    rated
        Ratings (t, target) at the middles, from −1 to 1; NaN where there are none.
    """

    item: str
    group: str
    clip: str
    seconds: Float64
    vectors: Vectors
    rated: Float64


def songs_of(
    data: Dataset, curves: Mapping[str, Curve], names: Sequence[str], encoder: Encoder, layer: str, store: Store
) -> tuple[Song, ...]:
    """The songs of a data set as a layer of an encoder hears them, by their ids; embedded where `store` lacks them.

    Parameters
    ----------
    data
        Items with a curve, and perhaps others, which are left out.
    curves
        Item → its ratings over time.
    names
        Of the ratings wanted. A song with fewer than three windows in which all were rated is left out.
    """
    window = min(WINDOW, encoder.spec.longest_window or WINDOW)
    rated = replace(data, items=tuple(item for item in data if item.id in curves))
    plan = Plan(
        rated,
        [DRY],
        [encoder],
        layers={encoder.spec.name: [layer]},
        windows=Windows(window, HOP),
        seconds=ceil(max(float(curves[item.id].seconds[-1]) for item in rated) + window),
    )
    run(plan, store)
    heard = usable(plan, store, DRY.effect.key)
    view = plan.views[0]
    table = store.vectors(view.key, layer, clips=heard.clips.values(), effects=[DRY.effect.key], recipe=view.recipe)
    clips, starts, vectors = table.column("clip").to_numpy(), table.column("start").to_numpy(), stacked(table)
    found = []
    for item in sorted(heard.items, key=lambda item: item.id):
        rows = np.flatnonzero(clips == heard.clips[item.id])
        seconds = starts[rows].astype(np.float64) + window / 2
        ratings = rated_at(seconds, curves[item.id], names)
        if np.isfinite(ratings).all(axis=1).sum() >= FEWEST_RATED:
            clip = heard.clips[item.id]
            found.append(Song(item.id, item.group, clip, seconds, vectors[rows], ratings))
    return tuple(found)


def rated_at(seconds: Float64, curve: Curve, names: Sequence[str]) -> Float64:
    """Ratings (t, target) at times (t,) in s, from −1 to 1, on straight lines between those of a curve.

    NaN before its first rating and after its last.
    """
    low, high = curve.scale.low, curve.scale.high
    found = np.full((len(seconds), len(names)), np.nan)
    for column, name in enumerate(names):
        known = np.isfinite(curve.values[name])
        if known.any():
            centred = 2.0 * (curve.values[name][known] - low) / (high - low) - 1.0
            found[:, column] = np.interp(seconds, curve.seconds[known], centred, left=np.nan, right=np.nan)
    return found
