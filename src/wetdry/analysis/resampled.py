"""Figures of clips in resamples of clusters, from sums over clusters, and their limits.

A figure that follows from sums over clips (a mean error, a confusion matrix) follows in a resample from the same sums,
each cluster counted as often as it was drawn: one matrix product gives all figures of all columns in all resamples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from wetdry.analysis.agreement import FEWEST_UNITS, Scale
from wetdry.analysis.statistics.intervals import student_quantile
from wetdry.analysis.statistics.units import ROUNDING, Counts, Float64
from wetdry.errors import DataError

FEWEST_RESAMPLES = 50
"""With fewer, the standard error is itself uncertain by more than a tenth."""

ARCSINE = Scale(
    lambda share: np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0))),
    lambda angle: np.sin(np.clip(angle, 0.0, np.pi / 2)) ** 2,
)
"""For shares of 0 … 1, which resamples may reach: unlike the logit it is finite there."""

SIGNED_ARCSINE = Scale(
    lambda value: np.arcsin(np.clip(value, -1.0, 1.0)), lambda angle: np.sin(np.clip(angle, -np.pi / 2, np.pi / 2))
)
"""For coefficients of −1 … 1 that resamples may reach: unlike Fisher's z it is finite there."""

LINEAR = Scale(lambda value: value, lambda value: value)


def group_draws(strata: npt.ArrayLike, resamples: int, seed: int) -> Float64:
    """How often each group is drawn in each resample, shape (group, resample).

    Of each stratum one group less than it has is drawn, with replacement, and counts for that much more: so the
    variance of figures over resamples is not too small where groups are few. A stratum of a single group stays as it
    is, and shows no variance. The draws of a stratum depend on the seed and on how many groups the strata before it
    have. `strata` (group,) numbers them.

    References
    ----------
    Rao and Wu (1988), Resampling inference with complex survey data.

    >>> group_draws([0, 0, 1], 3, 0).tolist()
    [[2.0, 0.0, 0.0], [0.0, 2.0, 2.0], [1.0, 1.0, 1.0]]
    """
    of_group = np.asarray(strata)
    rng = np.random.default_rng(seed)
    times = np.empty((len(of_group), resamples))
    for stratum in np.unique(of_group):
        inside = np.flatnonzero(of_group == stratum)
        drawn = max(inside.size - 1, 1)
        counts = rng.multinomial(drawn, np.full(inside.size, 1.0 / inside.size), size=resamples).T
        times[inside] = counts * (inside.size / drawn)
    return times


def resample_weights(clusters: int, resamples: int, seed: int) -> Float64:
    """What each cluster counts, shape (1 + resample, cluster): 1 in the first row, for the data as they are."""
    if resamples < FEWEST_RESAMPLES:
        raise DataError(f"{resamples} resamples are too few for a standard error: ask for {FEWEST_RESAMPLES} or more.")
    drawn = group_draws(np.zeros(clusters), resamples, seed)
    return np.vstack([np.ones(clusters), drawn.T])


def cluster_sums(values: npt.NDArray[Any], member: Counts, clusters: int) -> Float64:
    """Sums (cluster, …) of the rows (n, …) of each cluster; `member` (n,) numbers the cluster of each row."""
    rows = len(values)
    picks = sparse.csr_array((np.ones(rows), (member, np.arange(rows))), shape=(clusters, rows))
    flat = np.ascontiguousarray(values, dtype=np.float64).reshape(rows, -1)
    return np.asarray(picks @ flat, dtype=np.float64).reshape(clusters, *values.shape[1:])


def resampled_sums(sums: Float64, weights: Float64) -> Float64:
    """Sums (1 + resample, …) over all clusters of `sums` (cluster, …), each counted as `weights` say."""
    totals: Float64 = weights @ sums.reshape(len(sums), -1)
    return totals.reshape(len(weights), *sums.shape[1:])


def limits(figures: Float64, units: Counts, scale: Scale, level: float) -> tuple[Float64, Float64]:
    """Limits (…) of figures (1 + resample, …), the first of the data as they are, that rest on `units` (…) clusters.

    Student's t on a scale on which the figures are about normal, with their standard deviation over resamples. NaN
    where there are fewer than 4 clusters, where all resamples agree (which says nothing of how sure a figure is) and
    where the figure is undefined in any of them.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = scale.forth(figures)
        error = scaled[1:].std(axis=0, ddof=1)
        # Told by the figures themselves: near its end the arcsine makes much of rounding.
        spread = figures[1:].std(axis=0, ddof=1) > ROUNDING
        known = np.isfinite(error) & spread & (units >= FEWEST_UNITS)
        half = np.where(known, student_quantile(level, units) * error, np.nan)
        low, high = scale.back(scaled[0] - half), scale.back(scaled[0] + half)
    return low, high
