"""Which of several pairs of sets is nearest by Fréchet distance, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wetdry.analysis.frechet import FEWEST_CLIPS, checked, frechet_distance
from wetdry.analysis.group_names import SharedGroups
from wetdry.analysis.statistics.intervals import student_quantile
from wetdry.analysis.statistics.units import Counts, Flags, Float64
from wetdry.errors import DataError

FEWEST_GROUPS = 4
"""In all, for limits: of fewer there are hardly any halves."""
LEVEL = 0.95


class LabelledPair(NamedTuple):
    """Vectors (n, dim) and (m, dim) of one label in two sets, and the group of each row."""

    first: npt.ArrayLike
    second: npt.ArrayLike
    first_groups: npt.ArrayLike
    second_groups: npt.ArrayLike


@dataclass(frozen=True, eq=False)
class DistanceRanking:
    """Distances of several pairs of sets at one number of clips, and their order.

    Attributes
    ----------
    distance, low, high
        Shape (pair,), with 95 % limits, 0 at least.
    rank, rank_low, rank_high
        Shape (pair,), from 1 for the nearest, with the middle 95 % of ranks over halves.
    nearest
        Share of halves in which the pair is the nearest (pair,).
    clips
        Of either side of every pair, for `distance`.
    groups
        Different ones, over both sets of all pairs.

    All that is about halves is NaN with fewer than 4 groups, or where halves would have fewer than 2 clips of a pair.
    """

    distance: Float64
    low: Float64
    high: Float64
    rank: Counts
    rank_low: Float64
    rank_high: Float64
    nearest: Float64
    clips: int
    groups: int


def rank_distances(
    pairs: Sequence[LabelledPair], *, draws: int = 8, halves: int = 200, seed: int = 0
) -> DistanceRanking:
    """Distances of pairs of sets, all cut to the clips of the smallest set of all, and their ranks.

    Parameters
    ----------
    pairs
        One a label. A group that is in several of them, or on both sides of one, such as an actor, is one group.
    draws
        Of clips, over which distances are averaged.
    halves
        Halves of the groups that tell how sure distances and ranks are.
    seed
        Of draws and halves.

    Notes
    -----
    Distances of halves of the groups, drawn without replacement and the same for all pairs, scatter around their mean
    as distances of all groups scatter around what they are of infinitely many (a half of n has the variance 1 / n of a
    mean over n: the delete-half jackknife). So ranks are those of `distance` plus what each half is off the mean of
    halves, stretched by Student's t for few groups. That halves have fewer clips, and all distances are larger, falls
    out with the mean; and a bootstrap, which takes clips twice, would narrow the sets. All halves are cut to the clips
    of the smallest part of any of them.

    In simulations of three pairs, 24 to 48 clips a side in 4 to 64 dimensions and 6 to 40 groups with voices of their
    own, limits covered 94 to 99 % and the ranks from `rank_low` to `rank_high` held the true one in 99 % or more;
    `nearest` was too modest (the nearest pair had it with 64 to 86 %, and came first in 75 to 97 % of simulations).

    >>> rng = np.random.default_rng(0)
    >>> songs = np.arange(60)
    >>> def pair(shift):
    ...     return LabelledPair(rng.standard_normal((60, 3)), rng.standard_normal((60, 3)) + shift, songs, songs)
    >>> found = rank_distances([pair(2.0), pair(0.0), pair(1.0)], halves=50)
    >>> found.rank.tolist(), found.nearest.tolist()
    ([3, 1, 2], [0.0, 1.0, 0.0])
    """
    sides = [checked(pair.first, pair.second) for pair in pairs]
    if not sides:
        raise DataError("No pair of sets was given to be ranked.")
    clips = min(len(rows) for pair in sides for rows in pair)
    rng = np.random.default_rng(seed)
    distance = np.mean([[_drawn(a, b, clips, rng) for a, b in sides] for _ in range(draws)], axis=0)
    rank = _ranks(distance).astype(np.int64)
    named = SharedGroups.of(
        (_joined([pair.first_groups for pair in pairs]), _joined([pair.second_groups for pair in pairs])),
        (sum(len(a) for a, _ in sides), sum(len(b) for _, b in sides)),
    )
    off = _deviations(sides, named, halves, rng) if named.total >= FEWEST_GROUPS else None
    if off is None:
        unknown = np.full(len(sides), np.nan)
        return DistanceRanking(
            distance, unknown, unknown, rank, unknown, unknown, unknown, clips=clips, groups=named.total
        )
    normal, student = (float(student_quantile(LEVEL, units)) for units in (np.inf, named.total))
    reach = student * np.sqrt(np.square(off).mean(axis=0))
    ranks = np.array([_ranks(distance + each) for each in off * (student / normal)])
    rank_low, rank_high = np.quantile(ranks, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0, method="nearest")
    return DistanceRanking(
        distance,
        np.maximum(distance - reach, 0.0),
        distance + reach,
        rank,
        rank_low,
        rank_high,
        (ranks == 1).mean(axis=0),
        clips=clips,
        groups=named.total,
    )


def _joined(labels: Sequence[npt.ArrayLike]) -> npt.NDArray[np.str_]:
    return np.concatenate([np.asarray(own).astype(str) for own in labels])


def _deviations(
    sides: Sequence[tuple[Float64, Float64]], named: SharedGroups, halves: int, rng: np.random.Generator
) -> Float64 | None:
    """How far distances (half, pair) of halves are off their mean; None where a half lacks clips of a pair."""
    cuts = [np.cumsum([len(pair[side]) for pair in sides])[:-1] for side in (0, 1)]
    drawn = [half for _ in range(-(-halves // 2)) for half in _both(named, rng)][:halves]
    kept = [[np.split(flags, cut) for flags, cut in zip(half, cuts, strict=True)] for half in drawn]
    size = min(int(part.sum()) for half in kept for side in half for part in side)
    if size < FEWEST_CLIPS:
        return None
    distances = np.array(
        [
            [_drawn(a[in_a], b[in_b], size, rng) for (a, b), in_a, in_b in zip(sides, half[0], half[1], strict=True)]
            for half in kept
        ]
    )
    shares = np.array([_share(named, *half) for half in drawn])
    off: Float64 = (distances - distances.mean(axis=0)) * np.sqrt(shares / (1.0 - shares))[:, np.newaxis]
    return off


def _both(named: SharedGroups, rng: np.random.Generator) -> tuple[tuple[Flags, Flags], tuple[Flags, Flags]]:
    """A random half of the groups, and the other."""
    first, second = named.half(rng)
    return (first, second), (~first, ~second)


def _share(named: SharedGroups, in_first: Flags, in_second: Flags) -> float:
    """Which part of the groups is in a half: not just a half of an odd number."""
    chosen = np.union1d(named.first[in_first], named.second[in_second])
    return len(chosen) / named.total


def _drawn(a: Float64, b: Float64, clips: int, rng: np.random.Generator) -> float:
    return frechet_distance(*(rows[rng.permutation(len(rows))[:clips]] for rows in (a, b)))


def _ranks(distance: Float64) -> Float64:
    places = np.argsort(np.argsort(distance, kind="stable"), kind="stable")
    return (places + 1).astype(np.float64)
