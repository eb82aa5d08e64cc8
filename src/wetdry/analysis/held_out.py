"""How well projections follow the strength of an effect, where they were fitted and where they were not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.agreement import FEWEST_UNITS, FISHER, spearman
from wetdry.analysis.statistics.intervals import student_quantile
from wetdry.analysis.statistics.units import Counts, Float64

TIE_DECIMALS = 9
"""Projections that agree to so many decimals of the largest are one value: an exact fit ties clips but for rounding."""

MOST_LEFT_OUT, FEWER_LEFT_OUT = 4096, 1024
"""Groups that are left out one at a time, and how many sets of groups where there are more."""


def in_sample_r2(scores: Float64, ranks: Float64) -> Float64:
    """Squared Spearman correlation of projections with ranks (n, …); 0 where the projections are all equal."""
    return np.square(_correlation(scores, ranks))


def held_out_r2(scores: Float64, ranks: Float64, fold: Counts) -> Float64:
    """Square, with its sign, of the mean over folds of the correlation: folds share neither origin nor unit."""
    return _signed_square(_by_fold(scores, ranks, fold).mean(axis=0))


def standardised(scores: Float64, fold: Counts) -> Float64:
    """Projections (n,) at mean 0 and standard deviation 1 within each fold; 0 where those of a fold are all equal."""
    result = np.empty_like(scores)
    for part in np.unique(fold):
        own = scores[fold == part]
        deviations = own - own.mean()
        largest = np.abs(own).max()
        moves = np.abs(deviations).max() > 10.0**-TIE_DECIMALS * largest
        result[fold == part] = deviations / deviations.std() if moves else 0.0
    return result


def limits(
    scores: Float64, ranks: Float64, fold: Counts, member: npt.NDArray[np.int64], level: float
) -> tuple[float, float]:
    """Confidence limits of `held_out_r2` of scores (n,), by leaving out one group of `member` (n,) at a time.

    Student's t on Fisher's scale of the mean correlation. NaN for fewer than 4 groups, and for a perfect correlation.
    Of more than `MOST_LEFT_OUT` groups, several of a fold are left out at a time.
    """
    groups = len(np.unique(member))
    if groups < FEWEST_UNITS:
        return np.nan, np.nan
    parts = np.unique(fold)
    of_folds = _by_fold(scores, ranks, fold)
    means = []
    for place, part in enumerate(parts):
        rows = np.flatnonzero(fold == part)
        own, others = member[rows], np.delete(of_folds, place)
        if groups > MOST_LEFT_OUT:
            own = np.unique(own, return_inverse=True)[1] % (FEWER_LEFT_OUT // len(parts))
        for group in np.unique(own):
            rest = rows[own != group]
            # A fold of a single group goes with it.
            left = [float(_correlation(scores[rest], ranks[rest]))] if len(rest) else []
            means.append(np.mean([*others, *left]))
    units = len(means)
    with np.errstate(divide="ignore", invalid="ignore"):
        values, centre = FISHER.forth(np.array(means)), FISHER.forth(of_folds.mean())
        error = np.sqrt((units - 1) / units * np.square(values - values.mean()).sum())
        half = student_quantile(level, units) * error
        low, high = _signed_square(FISHER.back(np.array([centre - half, centre + half])))
    return float(low), float(high)


def _by_fold(scores: Float64, ranks: Float64, fold: Counts) -> Float64:
    """Correlation (fold, …) within each fold."""
    return np.stack([_correlation(scores[fold == part], ranks[fold == part]) for part in np.unique(fold)])


def _signed_square(correlation: Float64) -> Float64:
    return np.asarray(correlation * np.abs(correlation))


def _correlation(scores: Float64, ranks: Float64) -> Float64:
    largest = np.abs(scores).max(axis=0)
    rounded = np.round(scores / np.where(largest > 0, largest, 1.0), TIE_DECIMALS)
    rho: Float64 = np.nan_to_num(spearman(rounded, ranks), nan=0.0)
    return rho
