"""How right the strengths are that were read off vectors, against guessing the middle of the grid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from wetdry.analysis.agreement import agreement
from wetdry.analysis.effect_scale import Reading, strength_at
from wetdry.analysis.statistics.intervals import Interval, mean_interval
from wetdry.analysis.statistics.units import ROUNDING, Float64, cluster_means
from wetdry.errors import DataError


@dataclass(frozen=True)
class Accuracy:
    """Accuracy of a reading, each figure with its 95 % interval over groups, which count the same.

    Attributes
    ----------
    r2
        Squared Spearman correlation of estimate and strength over all vectors, with its sign; 0 where all
        estimates are the same.
    mae, rmse
        Mean absolute and root-mean-square error, in the unit of the strength.
    mae_of_middle
        Mean absolute error of always saying the middle of the grid.
    coverage
        Share of the intervals that hold the true strength.
    strange
        Share of the vectors that are unlike those that the scale was fitted on.
    """

    r2: Interval
    mae: Interval
    rmse: Interval
    mae_of_middle: float
    coverage: Interval
    strange: float


def accuracy(
    reading: Reading, truth: npt.ArrayLike, strengths: Float64, groups: npt.ArrayLike | None = None
) -> Accuracy:
    """Accuracy of `reading` of n vectors.

    Parameters
    ----------
    reading
        As of `EffectScale.read`.
    truth
        Strength (n,) of each vector.
    strengths
        The grid (strength,), whose middle is the guess to beat.
    groups
        Label of each vector (n,), such as its clip's source recording.
    """
    true = np.asarray(truth, dtype=np.float64)
    if true.shape != reading.strength.shape:
        raise DataError(f"Strengths of shape {true.shape} do not fit a reading of shape {reading.strength.shape}.")
    labels = np.arange(len(true)) if groups is None else groups
    error = reading.strength - true
    # Interpolation and its inverse are exact to a few ulps, which must not decide at an end of the grid.
    slack = ROUNDING * 10.0 * np.abs(strengths).max()
    covered = (reading.low - slack <= true) & (true <= reading.high + slack)
    middle, _ = cluster_means(np.abs(strength_at(0.5, strengths) - true), labels)
    strange, _ = cluster_means(reading.is_strange.astype(np.float64), labels)
    return Accuracy(
        order_r2(reading.position, true, labels),
        mean_interval(np.abs(error), labels),
        _rooted(mean_interval(np.square(error), labels)),
        float(middle.mean()),
        _share(mean_interval(covered.astype(np.float64), labels)),
        float(strange.mean()),
    )


def order_r2(estimates: Float64, truth: Float64, groups: npt.ArrayLike) -> Interval:
    """Squared Spearman correlation (n,) with (n,), with its sign; 0 without bounds where all estimates are equal."""
    if np.ptp(estimates) == 0:
        nowhere = np.asarray(np.nan)
        units = np.asarray(len(np.unique(np.asarray(groups))))
        return Interval(np.asarray(0.0), nowhere, nowhere, units, np.asarray("undetermined"))
    # The correlation is that of ranks, and is left as it is by any scale that rises.
    rho = agreement(rankdata(estimates), rankdata(truth), groups).spearman
    return replace(rho, estimate=_signed(rho.estimate), low=_signed(rho.low), high=_signed(rho.high))


def _signed(rho: Float64) -> Float64:
    return np.asarray(rho * np.abs(rho))[()]


def _rooted(squares: Interval) -> Interval:
    low, high = (np.sqrt(np.maximum(bound, 0.0)) for bound in (squares.low, squares.high))
    return replace(squares, estimate=np.sqrt(squares.estimate), low=low, high=high)


def _share(found: Interval) -> Interval:
    """The interval of a share: within 0 … 1, and not of zero width because all groups agree."""
    if str(found.method) != "constant" or found.estimate not in (0.0, 1.0):
        return replace(found, low=np.clip(found.low, 0.0, 1.0), high=np.clip(found.high, 0.0, 1.0))
    # Clopper and Pearson: with a true share beyond this bound, so many groups would hardly have agreed.
    bound = 0.025 ** (1.0 / int(found.units))
    low, high = (bound, 1.0) if found.estimate == 1.0 else (0.0, 1.0 - bound)
    return replace(found, low=np.asarray(low), high=np.asarray(high), method=np.asarray("clopper-pearson"))
