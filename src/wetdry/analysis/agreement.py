"""How far estimates agree with what listeners said: correlation, concordance and error, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.intervals import Interval, check_level, student_quantile
from wetdry.analysis.statistics.units import ROUNDING, Counts, Float64, finite, membership
from wetdry.errors import DataError

Measure = Callable[[Float64, Float64], Float64]


class Scale(NamedTuple):
    """A rising function to a scale on which a measure is about normal, and its inverse."""

    forth: Callable[[Any], Any]
    back: Callable[[Any], Any]


FISHER = Scale(np.arctanh, np.tanh)
LOG = Scale(np.log, np.exp)
LOG_UNEXPLAINED = Scale(lambda value: -np.log1p(-value), lambda value: -np.expm1(-value))

FEWEST_UNITS = 4
"""With fewer, leaving one out leaves two, which always correlate perfectly."""


@dataclass(frozen=True)
class Agreement:
    """Measures of agreement of predicted with observed values, each an `Interval` of the shape of the columns.

    Attributes
    ----------
    pearson, spearman
        Correlation of values and of ranks: blind to an offset or a wrong scale.
    concordance
        Lin's coefficient, which is not.
    r2
        Share of the observed variance that the prediction explains; negative if the mean of the observed
        values would have predicted them better.
    rmse
        Root-mean-square error, in units of the label.
    n
        Pairs compared.
    units
        Clusters that they belong to.
    """

    pearson: Interval
    spearman: Interval
    concordance: Interval
    r2: Interval
    rmse: Interval
    n: int
    units: int


def agreement(
    predicted: npt.ArrayLike,
    observed: npt.ArrayLike,
    clusters: npt.ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> Agreement:
    """Agreement of predicted and observed values, with intervals that respect clusters.

    The intervals are Student's t on a scale on which each measure is about normal (Fisher's z for correlations
    and concordance, the logarithm for errors), with the standard error of the jackknife that leaves out one
    cluster at a time. For 10 to 60 clusters they cover nearer to their level than percentile and BCa
    bootstraps do, and need no seed. Clusters are assumed independent and of similar sizes.

    Parameters
    ----------
    predicted, observed
        Shape (n, …), finite; columns are targets such as valence and arousal.
    clusters
        Label of each row, shape (n,); every row is its own unit if None.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Agreement
        With shape …. Bounds are NaN for fewer than 4 clusters, for a perfect agreement, and where
        leaving one cluster out makes a measure undefined.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 11;
    Lin (1989), A concordance correlation coefficient to evaluate reproducibility.

    >>> found = agreement([1.0, 2.0, 3.0, 4.0, 6.0], [1.5, 2.5, 3.5, 4.5, 6.5])
    >>> round(float(found.pearson.estimate), 3), round(float(found.concordance.estimate), 3)
    (1.0, 0.959)
    """
    check_level(level)
    x, y = finite(predicted), finite(observed)
    if x.shape != y.shape:
        raise DataError(f"Predicted values of shape {x.shape} do not fit observed ones of shape {y.shape}.")
    if np.isnan(x).any() or np.isnan(y).any():
        raise DataError("Agreement takes complete pairs: leave out rows where a prediction or label is missing.")
    member, count = membership(clusters, len(x))

    def interval(measure: Measure, scale: Scale) -> Interval:
        low, high = _jackknife(measure, x, y, member, count, level, scale)
        method = np.where(np.isnan(low), "undetermined", "jackknife-t")[()]
        return Interval(measure(x, y), low, high, np.full(low.shape, count)[()], method)

    return Agreement(
        pearson=interval(pearson, FISHER),
        spearman=interval(spearman, FISHER),
        concordance=interval(concordance, FISHER),
        r2=interval(r2, LOG_UNEXPLAINED),
        rmse=interval(rmse, LOG),
        n=len(x),
        units=count,
    )


def pearson(predicted: Float64, observed: Float64) -> Float64:
    """Pearson's correlation of the columns of two arrays (n, …); NaN where either column is constant."""
    x, y = _centred(predicted), _centred(observed)
    scale = np.sqrt(np.square(x).sum(axis=0)) * np.sqrt(np.square(y).sum(axis=0))
    return np.clip(_ratio((x * y).sum(axis=0), scale), -1.0, 1.0)


def spearman(predicted: Float64, observed: Float64) -> Float64:
    """Spearman's rank correlation of the columns of two arrays (n, …), ties sharing their mean rank."""
    from scipy.stats import rankdata

    return pearson(rankdata(predicted, axis=0), rankdata(observed, axis=0))


def concordance(predicted: Float64, observed: Float64) -> Float64:
    """Lin's concordance coefficient of the columns of two arrays (n, …), with population variances.

    >>> float(concordance(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])))  # 2 · 2/3 / (2/3 + 2/3 + 1)
    0.5714285714285714
    """
    x, y = _centred(predicted), _centred(observed)
    offset = predicted.mean(axis=0) - observed.mean(axis=0)
    scale = np.square(x).sum(axis=0) + np.square(y).sum(axis=0) + len(x) * np.square(offset)
    return _ratio(2.0 * (x * y).sum(axis=0), scale)


def r2(predicted: Float64, observed: Float64) -> Float64:
    """Coefficient of determination of the columns of two arrays (n, …); NaN where `observed` is constant."""
    total = np.square(_centred(observed)).sum(axis=0)
    return 1.0 - _ratio(np.square(predicted - observed).sum(axis=0), total)


def rmse(predicted: Float64, observed: Float64) -> Float64:
    """Root-mean-square error of the columns of two arrays (n, …)."""
    error: Float64 = np.sqrt(np.square(predicted - observed).mean(axis=0))
    return error


def _centred(values: Float64) -> Float64:
    """Deviations from the mean of each column; exactly 0 where they are no more than rounding."""
    deviations = values - values.mean(axis=0)
    spread, largest = np.abs(deviations).max(axis=0), np.abs(values).max(axis=0)
    return np.where(spread > ROUNDING * largest, deviations, 0.0)


def _ratio(part: Float64, whole: Float64) -> Float64:
    """`part` / `whole`, NaN where `whole` is 0."""
    ratio: Float64 = np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)[()]
    return ratio


def _jackknife(
    measure: Measure, x: Float64, y: Float64, member: Counts, count: int, level: float, scale: Scale
) -> tuple[Float64, Float64]:
    """Student's t limits of `measure` on `scale`, with its leave-one-cluster-out standard error."""
    if count < FEWEST_UNITS:
        missing = np.full(x.shape[1:], np.nan)[()]
        return missing, missing
    left_out = np.stack([measure(x[member != unit], y[member != unit]) for unit in range(count)])
    with np.errstate(divide="ignore", invalid="ignore"):
        values, centre = scale.forth(left_out), scale.forth(measure(x, y))
        error = np.sqrt((count - 1) / count * np.square(values - values.mean(axis=0)).sum(axis=0))
        half = student_quantile(level, count) * error
        low, high = scale.back(centre - half), scale.back(centre + half)
    return low, high
