"""Correlations of many columns with intervals that respect clusters, from sums over clusters.

`agreement` gives the same correlation with the same interval, and more besides, by computing everything anew without
each cluster in turn; over hundreds of columns and thousands of clusters that takes minutes, and this milliseconds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.agreement import FEWEST_UNITS, FISHER
from wetdry.analysis.resampled import cluster_sums
from wetdry.analysis.statistics.intervals import Interval, check_level, student_quantile
from wetdry.analysis.statistics.units import ROUNDING, Float64, finite, membership
from wetdry.errors import DataError

STILL = 1e-10
"""Share of a column's variance up to which the variance of what is left of it is rounding."""


def correlations(
    x: npt.ArrayLike, y: npt.ArrayLike, clusters: npt.ArrayLike | None = None, *, level: float = 0.95
) -> Interval:
    """Pearson's correlation of each column of one array with the same column of the other.

    Parameters
    ----------
    x, y
        Shape (n, …), complete; where one of them has a single column, it goes with every column of the other.
    clusters
        Label of each row (n,); every row is its own unit if None.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        With shape …: Student's t on Fisher's z, with the standard error of the jackknife that leaves out one cluster at
        a time. The estimate is NaN where a column never varies; the bounds are NaN for fewer than 4 clusters, for a
        perfect correlation, and where leaving one cluster out makes a column constant.

    >>> found = correlations([[1.0, 1.0], [2.0, 5.0], [3.0, 2.0], [4.0, 3.0]], [[1.0], [2.0], [3.0], [4.0]])
    >>> found.estimate.round(3).tolist()
    [1.0, 0.227]
    """
    check_level(level)
    left, right = np.broadcast_arrays(finite(x), finite(y))
    if np.isnan(left).any() or np.isnan(right).any():
        raise DataError("Correlations take complete pairs: leave out rows where a value is missing.")
    member, count = membership(clusters, len(left))
    a, b = _standardised(left), _standardised(right)
    moments = np.stack([np.ones_like(a), a, b, np.square(a), np.square(b), a * b], axis=1)
    sums = cluster_sums(moments, member, count)
    total = sums.sum(axis=0)
    estimate = _pearson(total[np.newaxis])[0]
    if count < FEWEST_UNITS:
        low = high = np.full(estimate.shape, np.nan)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled, centre = FISHER.forth(_pearson(total - sums)), FISHER.forth(estimate)
            error = np.sqrt((count - 1) / count * np.square(scaled - scaled.mean(axis=0)).sum(axis=0))
            half = student_quantile(level, count) * error
            low, high = FISHER.back(centre - half), FISHER.back(centre + half)
    method = np.where(np.isnan(low), "undetermined", "jackknife-t")
    return Interval(estimate, low, high, np.full(estimate.shape, count), method)


def _standardised(values: Float64) -> Float64:
    """Columns of mean 0 and standard deviation 1, so that sums of squares lose no digits; 0 where one never varies."""
    deviations = values - values.mean(axis=0)
    moves = np.abs(deviations).max(axis=0) > ROUNDING * np.abs(values).max(axis=0)
    spread = np.sqrt(np.square(deviations).mean(axis=0))
    scaled: Float64 = np.where(moves, deviations / np.where(moves, spread, 1.0), 0.0)
    return scaled


def _pearson(sums: Float64) -> Float64:
    """Correlation (m, …) from sums (m, 6, …) of 1, a, b, a², b² and ab; ±1 where only rounding keeps it off."""
    n, a, b, aa, bb, ab = np.moveaxis(sums, 1, 0)
    of_a, of_b = aa - np.square(a) / n, bb - np.square(b) / n
    known = (of_a > STILL * n) & (of_b > STILL * n)
    r = np.where(known, (ab - a * b / n) / np.sqrt(np.where(known, of_a * of_b, 1.0)), np.nan)
    found: Float64 = np.where(np.abs(r) > 1.0 - STILL, np.sign(r), r)
    return found
