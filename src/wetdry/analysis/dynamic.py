"""How well emotion is followed while a song plays: scores of each song's curve, and their means over songs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wetdry.analysis.agreement import FEWEST_UNITS, FISHER, LOG, Scale, concordance, pearson, rmse
from wetdry.analysis.statistics.intervals import check_level, student_quantile
from wetdry.analysis.statistics.units import ROUNDING, Counts, Float64, moments
from wetdry.errors import DataError

FEWEST_STEPS = 3
"""Any two steps correlate perfectly."""


class MeanScale(NamedTuple):
    """Where means of a score are about normal, and the slope of that scale at a mean."""

    scale: Scale
    slope: Callable[[Float64], Float64]


SCORES = {
    "rmse": MeanScale(LOG, lambda mean: 1.0 / mean),
    "pearson": MeanScale(FISHER, lambda mean: 1.0 / (1.0 - mean**2)),
    "ccc": MeanScale(FISHER, lambda mean: 1.0 / (1.0 - mean**2)),
}


@dataclass(frozen=True, eq=False)
class SongScores:
    """One score of each song's curve, and its mean over songs.

    Attributes
    ----------
    values
        Shape (song, target); NaN for a song that is counted out.
    mean, low, high
        Mean (target,) over the songs that count, and its limits; NaN where no song counts, limits also where fewer than
        4 do and where all have the same score.
    songs
        How many count (target,).
    """

    values: Float64
    mean: Float64
    low: Float64
    high: Float64
    songs: Counts


def dynamic_scores(
    truth: Sequence[npt.ArrayLike], estimates: Sequence[npt.ArrayLike], *, level: float = 0.95
) -> dict[str, SongScores]:
    """The measures of MediaEval's task "Emotion in Music", `rmse` and `pearson`, and besides Lin's concordance `ccc`.

    Each is taken within a song and then averaged: so a song counts once however long it is, and the correlation says
    how movements are followed and nothing of differences between songs.

    Parameters
    ----------
    truth
        Ratings of each song, shape (t_i, target); a step of a target with a NaN, here or in its estimate, is left out.
    estimates
        Of the same shapes.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    dict
        `SongScores` by name. A song with fewer than 3 steps left is counted out; one whose ratings do not move has
        neither correlation nor concordance and is counted out of these. Estimates that do not move where ratings do
        have 0 of both: they follow nothing, and models are so compared on the same songs. Limits are Student's t on a
        scale (Fisher's z, a logarithm) on which the mean over songs is about normal: 95 % limits of 8 to 100 songs
        covered 90 to 96 % in simulations of skewed and of even scores, plain limits about the mean 85 to 95 %; where a
        few songs go quite another way, 8 songs are too few for either (83 %).

    References
    ----------
    Aljanaki, Yang and Soleymani (2017), Developing a benchmark for emotional analysis of music.

    >>> found = dynamic_scores([[[1.0], [2.0], [4.0]]], [[[2.0], [3.0], [5.0]]])
    >>> round(found["pearson"].mean.item(), 9), found["rmse"].mean.tolist(), found["rmse"].songs.tolist()
    (1.0, [1.0], [1])
    """
    check_level(level)
    pairs = _pairs(truth, estimates)
    by_song = np.stack([[_of_curve(*curve) for curve in zip(y.T, x.T, strict=True)] for y, x in pairs])
    return {name: _over_songs(by_song[:, :, i], on, level) for i, (name, on) in enumerate(SCORES.items())}


def _pairs(truth: Sequence[npt.ArrayLike], estimates: Sequence[npt.ArrayLike]) -> list[tuple[Float64, Float64]]:
    if not len(truth) or len(truth) != len(estimates):
        raise DataError(
            f"{len(estimates)} curves do not fit {len(truth)} rated songs: give one for each, of 1 or more."
        )
    pairs = [(np.asarray(y, np.float64), np.asarray(x, np.float64)) for y, x in zip(truth, estimates, strict=True)]
    targets = pairs[0][0].shape[-1:]
    for number, (rated, estimated) in enumerate(pairs):
        if rated.ndim != 2 or rated.shape != estimated.shape or rated.shape[1:] != targets or targets == (0,):
            raise DataError(
                f"Song {number} has ratings of shape {rated.shape} and estimates of shape {estimated.shape}: "
                "give (step, target) for both, with the same targets in all songs."
            )
        if np.isinf(rated).any() or np.isinf(estimated).any():
            raise DataError(f"Song {number} has infinite ratings or estimates: mark those that are missing with NaN.")
    return pairs


def _of_curve(rated: Float64, estimated: Float64) -> tuple[float, float, float]:
    """RMSE, correlation and concordance of one target's curve (t,) in one song."""
    known = ~(np.isnan(rated) | np.isnan(estimated))
    y, x = rated[known], estimated[known]
    if len(y) < FEWEST_STEPS:
        return np.nan, np.nan, np.nan
    missed = float(rmse(x, y))
    if _still(y):
        return missed, np.nan, np.nan
    return missed, 0.0 if _still(x) else float(pearson(x, y)), float(concordance(x, y))


def _still(curve: Float64) -> bool:
    return bool(np.ptp(curve) <= ROUNDING * np.abs(curve).max())


def _over_songs(values: Float64, on: MeanScale, level: float) -> SongScores:
    mean, sd, songs = moments(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Scores that all agree say nothing of how sure their mean is.
        error = np.where((songs >= FEWEST_UNITS) & (sd > 0), sd / np.sqrt(songs), np.nan)
        half = student_quantile(level, songs) * error * on.slope(mean)
        centre = on.scale.forth(mean)
        low, high = on.scale.back(centre - half), on.scale.back(centre + half)
    return SongScores(values, mean, low, high, songs)
