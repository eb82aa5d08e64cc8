"""Everything that is said of one layer, as tables; pure in the vectors and the settings."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from wetdry.analysis.distance_floor import distance_beside_floor
from wetdry.analysis.distance_ranking import LabelledPair, rank_distances
from wetdry.analysis.frechet import FEWEST_CLIPS, frechet_distance, frechet_infinity, frechet_of_moments
from wetdry.analysis.kernel_distance import kernel_distance
from wetdry.analysis.moments import Moments
from wetdry.analysis.pooled_components import PooledComponents, pooled_components, pooled_components_of_moments
from wetdry.errors import DataError
from wetdry.studies.checkpoints import Tables
from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.rows import Layer, Rows
from wetdry.studies.fad.songs import song_rows

ALL = "all"
"""The label of rows that are about whole sets."""

EQUAL_DRAWS = 8
"""Over which the distance of equally many rows is averaged."""

MANY, DRAWS_OF_MANY, DRAWS_OF_FEW = 1000, 1, 4
"""So many rows settle a line by one draw of subsets, which then takes minutes; fewer are drawn several times."""

FEWEST_FOR_INFINITY = 2
"""Rows a dimension, below which what is said of infinitely many is known to be much too large."""

MOST_DIMENSIONS = 4096
"""Of a covariance that is kept of each label, 128 MiB each; wider vectors, such as spectrograms, are known by the rows
that are drawn."""

UNKNOWN = {
    "infinity": ("infinity", "infinity_low", "infinity_high", "straightness"),
    "kernel": ("kernel", "kernel_low", "kernel_high", "bandwidth"),
    "floor": ("floor", "floor_low", "floor_high", "floor_first", "floor_second", "between", "floor_rows"),
}
"""Columns of what may not be known of few rows or groups."""


def analyse(layer: Layer, config: FadConfig) -> Tables:
    """The tables `distances`, `ranking` and `songs` of one layer; those that were not asked for are empty."""
    layer.check()
    windows, kept = layer, {"components": np.nan, "variance_kept": np.nan, "shift_kept": np.nan}
    if not config.frames and config.pool is None:
        layer = Layer(layer.encoder, layer.layer, layer.first.clip_means(), layer.second.clip_means())
        layer.check()
    if config.project is not None:
        found = _components(layer, config.project, config.rows, config.seed)
        kept = {
            "components": float(config.project),
            "variance_kept": found.variance_kept,
            "shift_kept": found.shift_kept,
        }
        layer, windows = (
            Layer(each.encoder, each.layer, each.first.along(found.axes), each.second.along(found.axes))
            for each in (layer, windows)
        )
    pairs = {ALL: (layer.first, layer.second)} | labelled_pairs(layer, config)
    whole = whole_distances(layer, pairs, config.rows)
    distances = [
        {"label": label, **distance_row(first, second, config), **kept, **whole.get(label, {})}
        for label, (first, second) in pairs.items()
    ]
    tables = {
        "distances": distances,
        "ranking": ranking_rows({label: pair for label, pair in pairs.items() if label != ALL}, config),
        "songs": song_rows(windows, config) if config.per_song else [],
    }
    return {name: pd.DataFrame([{**layer.name, **row} for row in rows]) for name, rows in tables.items()}


def whole_distances(layer: Layer, pairs: dict[str, tuple[Rows, Rows]], most: int) -> dict[str, dict[str, float]]:
    """The distance of all rows of the pairs that have more than are drawn on a side, and how many they are.

    It is found from moments, for which the rows of each label are read once and need not be in memory; not where a
    covariance of so many dimensions would not be in memory either.
    """
    large = [label for label, pair in pairs.items() if max(map(len, pair)) > most]
    if not large or layer.first.vectors.shape[1] > MOST_DIMENSIONS:
        return {}
    sides = [layer.first.moments(), layer.second.moments()]
    for side in sides:
        side[ALL] = reduce(Moments.merged, side.values())
    return {
        label: {
            "distance_all": frechet_of_moments(*(side[label] for side in sides)),
            "all_first": len(pairs[label][0]),
            "all_second": len(pairs[label][1]),
        }
        for label in large
    }


def _components(layer: Layer, count: int, most: int, seed: int) -> PooledComponents:
    """Axes of both sets, from their rows or, where these are more than are drawn, from their moments."""
    first, second = layer.first, layer.second
    if max(len(first), len(second)) > most and first.vectors.shape[1] <= MOST_DIMENSIONS:
        return pooled_components_of_moments(Moments.of(first.vectors), Moments.of(second.vectors), count)
    return pooled_components(first.at_most(most, seed).array, second.at_most(most, seed).array, count)


def labelled_pairs(layer: Layer, config: FadConfig) -> dict[str, tuple[Rows, Rows]]:
    """The rows of each label that either set has two or more of, in alphabetical order."""
    if config.by is None:
        return {}
    found = {}
    for label in sorted(set(layer.first.label) & set(layer.second.label) - {""}):
        pair = layer.first.of(layer.first.label == label), layer.second.of(layer.second.label == label)
        if min(map(len, pair)) >= FEWEST_CLIPS:
            found[str(label)] = pair
    if not found:
        raise DataError(
            f'No value of "{config.by}" has {FEWEST_CLIPS} {config.unit} or more in both sets; give more, or another '
            "label with --by."
        )
    return found


def distance_row(first: Rows, second: Rows, config: FadConfig) -> dict[str, Any]:
    """The distance of two sets with all that a reader must know of it; what is unknown is NaN, and `notes` says why."""
    first, second = first.at_most(config.rows, config.seed), second.at_most(config.rows, config.seed)
    a, b, groups = first.array, second.array, (first.group, second.group)
    n, dim = min(len(a), len(b)), a.shape[1]
    row: dict[str, Any] = {
        "unit": config.unit,
        "rows_first": len(a),
        "rows_second": len(b),
        "groups_first": len(set(first.group)),
        "groups_second": len(set(second.group)),
        "dim": dim,
        "n": n,
        "distance": frechet_distance(a, b),
        "equal": _of_equally_many(a, b, n, config.seed),
        **_heaviest(first, second),
    }
    notes = []
    for name, measured in (("infinity", _infinity), ("kernel", _kernel), ("floor", _floor)):
        try:
            row |= measured(a, b, groups, config)
        except DataError as error:
            row |= dict.fromkeys(UNKNOWN[name], np.nan)
            notes.append(str(error))
    biased = n < FEWEST_FOR_INFINITY * dim
    return row | {"biased": biased, "notes": " ".join(notes)}


def ranking_rows(pairs: dict[str, tuple[Rows, Rows]], config: FadConfig) -> list[dict[str, Any]]:
    """One row a label, nearest first: its distance at the number of rows that all labels have, and its rank."""
    if not pairs:
        return []
    cut = [
        (first.at_most(config.rows, config.seed), second.at_most(config.rows, config.seed))
        for first, second in pairs.values()
    ]
    found = rank_distances(
        [LabelledPair(a.array, b.array, a.group, b.group) for a, b in cut], halves=config.halves, seed=config.seed
    )
    rows = [
        {
            "label": label,
            "unit": config.unit,
            "n": found.clips,
            "groups": found.groups,
            "distance": found.distance[place],
            "low": found.low[place],
            "high": found.high[place],
            "rank": int(found.rank[place]),
            "rank_low": found.rank_low[place],
            "rank_high": found.rank_high[place],
            "nearest": found.nearest[place],
        }
        for place, label in enumerate(pairs)
    ]
    return sorted(rows, key=lambda row: row["rank"])


def _of_equally_many(a: Any, b: Any, n: int, seed: int) -> float:
    if len(a) == len(b):
        return frechet_distance(a, b)
    rng = np.random.default_rng(seed)
    drawn = ([rows[rng.permutation(len(rows))[:n]] for rows in (a, b)] for _ in range(EQUAL_DRAWS))
    return float(np.mean([frechet_distance(*pair) for pair in drawn]))


def _heaviest(first: Rows, second: Rows) -> dict[str, Any]:
    """The row that holds the largest share of the squared deviations from its set's mean, and how much that is."""
    found = []
    for side, rows in (("A", first), ("B", second)):
        vectors = rows.array
        squares = np.square(vectors - vectors.mean(axis=0)).sum(axis=1)
        place, total = int(squares.argmax()), squares.sum()
        found.append((float(squares[place] / total) if total > 0 else 0.0, f"{side}: {rows.item[place]}"))
    share, item = max(found)
    return {"heaviest": share, "heaviest_item": item}


def _infinity(a: Any, b: Any, groups: Any, config: FadConfig) -> dict[str, float]:
    draws = DRAWS_OF_MANY if min(len(a), len(b)) >= MANY else DRAWS_OF_FEW
    found = frechet_infinity(a, b, groups, draws=draws, seed=config.seed)
    return dict(zip(UNKNOWN["infinity"], (found.estimate, found.low, found.high, found.straightness), strict=True))


def _kernel(a: Any, b: Any, groups: Any, config: FadConfig) -> dict[str, float]:
    found = kernel_distance(a, b, groups, seed=config.seed)
    return dict(zip(UNKNOWN["kernel"], (found.estimate, found.low, found.high, found.bandwidth), strict=True))


def _floor(a: Any, b: Any, groups: Any, config: FadConfig) -> dict[str, float]:
    found = distance_beside_floor(a, b, groups, seed=config.seed)
    low, high = np.quantile(found.floor, (0.05, 0.95))
    values = (
        found.floor.mean(),
        low,
        high,
        found.within_first.mean(),
        found.within_second.mean(),
        found.between.mean(),
        found.clips,
    )
    return {name: float(value) for name, value in zip(UNKNOWN["floor"], values, strict=True)}
