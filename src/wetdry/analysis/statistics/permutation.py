"""Permutation tests: is a mean shift zero, and does a shift grow with strength?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations as orders_of
from math import factorial
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Counts, Float64, blocks, finite, unit_columns
from wetdry.errors import DataError

Alternative = Literal["two-sided", "greater", "less"]

TIE = 1e-12
"""Statistics, scaled to at most 1, that differ by less are equal but for rounding."""

FEWEST_UNITS_TO_FLIP = 6
"""With fewer units no two-sided sign-flip test can reach p < 0.05."""


def sign_flip_p(
    values: npt.ArrayLike,
    clusters: npt.ArrayLike | None = None,
    *,
    permutations: int = 9999,
    seed: int = 0,
    alternative: Alternative = "two-sided",
) -> Float64:
    """P-values of the sign-flip test that the mean shift is zero.

    The statistic is the mean of cluster means; under the null each cluster's mean shift is as likely
    to have either sign (symmetry about zero, which exchanging wet and dry gives). All columns share
    the same flips. Enumerated exactly where there are no more than `permutations` + 1 sign patterns;
    else drawn at random, with the observed one counted in, so that p is never 0 and always valid.

    Parameters
    ----------
    values
        Paired differences wet − dry, shape (n, …); NaN is missing.
    clusters
        Label of each row, shape (n,); every row is its own unit if None.
    permutations
        Random sign patterns.
    seed
        Seed of the random patterns.
    alternative
        `"two-sided"`, or `"greater"` or `"less"` for a mean above or below zero.

    Returns
    -------
    ndarray
        Shape …; 1 for a column of zeros, NaN for one without values.

    References
    ----------
    Phipson and Smyth (2010), Permutation p-values should never be zero.

    >>> float(sign_flip_p([1.0, 2.0, 3.0, 4.0, 5.0]))  # two of 32 sign patterns
    0.0625
    """
    check_alternative(alternative)
    columns, shape = unit_columns(values, clusters)
    p: Float64 = _flip(columns, permutations, seed, alternative)
    return p.reshape(shape)[()]


@dataclass(frozen=True, eq=False)
class Trend:
    """Trend of values over strength, each field of the shape of the columns; numpy scalars for one column.

    Attributes
    ----------
    rho
        Mean over units of Spearman's correlation of value and strength.
    slope
        Mean over units of the least-squares slope: change of value for each unit of strength.
    p
        P-value of no trend.
    units
        Units (clusters) with values at all strengths.
    method
        `"sign-flip"` (holds for clips like these), or `"within-unit"` (holds for these very clips).
    """

    rho: Float64
    slope: Float64
    p: Float64
    units: Counts
    method: npt.NDArray[np.str_]


def trend_test(
    strengths: npt.ArrayLike,
    values: npt.ArrayLike,
    clusters: npt.ArrayLike | None = None,
    *,
    permutations: int = 9999,
    seed: int = 0,
    alternative: Alternative = "two-sided",
) -> Trend:
    """One test for a whole sweep: do values rise or fall monotonically with strength?

    Spearman's rho is taken within each row and averaged over units. It asks for a monotone dose
    response of any shape, and no clip outweighs the others by the size of its response. The mean
    rho is Page's L, rescaled; but where Page's test takes levels as exchangeable within each unit, and so
    also rejects when units trend in opposite directions more strongly than chance, the signs of the
    units' rhos are flipped here: the null is a mean of zero over clips, whatever each does. Fewer than
    six units cannot reject that, so their strengths are permuted within each unit, as Page does;
    rows of one cluster are permuted together. A row of equal values has rho 0.

    The unprocessed clip may be one of the strengths where values are shifts or estimates, but not where they are
    distances from it: its distance 0 is the smallest by construction.

    Parameters
    ----------
    strengths
        Shape (l,), not all equal.
    values
        Shape (n, l, …); a row with a NaN is left out of its column.
    clusters, permutations, seed, alternative
        As for `sign_flip_p`; `"greater"` is a rising trend.

    Returns
    -------
    Trend
        With shape ….

    References
    ----------
    Page (1963), Ordered hypotheses for multiple treatments.

    >>> trend = trend_test([1, 2, 3, 4], [[0.0, 1.0, 4.0, 9.0]])
    >>> float(trend.rho), float(trend.slope), round(float(trend.p), 4)  # 2 of 24 orders
    (1.0, 3.0, 0.0833)
    """
    check_alternative(alternative)
    dose, response = _sweep(strengths, values)
    complete = ~np.isnan(response).any(axis=1, keepdims=True)
    response = np.where(complete, response, np.nan)
    profiles, shape = unit_columns(_standard_ranks(response, axis=1), clusters)
    slopes, _ = unit_columns(np.tensordot(_least_squares(dose), response, axes=(0, 1)), clusters)
    levels = dose.size
    profiles = profiles.reshape(len(profiles), levels, -1)
    contrast = _standard_ranks(dose, axis=0)
    rhos = np.einsum("l,glk->gk", contrast, profiles)
    present = ~np.isnan(rhos)
    count: Counts = present.sum(axis=0)
    with np.errstate(invalid="ignore"):
        rho = np.where(present, rhos, 0.0).sum(axis=0) / count
        slope = np.where(present, slopes, 0.0).sum(axis=0) / count

    few = count < FEWEST_UNITS_TO_FLIP
    p = np.full(count.shape, np.nan)
    p[~few] = _flip(rhos[:, ~few], permutations, seed, alternative)
    # Columns that miss the same units share one set of permutations.
    for have in np.unique(present[:, few & (count > 0)], axis=1).T:
        alike = (present == have[:, None]).all(axis=0)
        p[alike] = _shuffle(profiles[have][:, :, alike], contrast, permutations, seed, alternative)
    method = np.where(count == 0, "undetermined", np.where(few, "within-unit", "sign-flip"))
    shape = shape[1:]
    rho, slope, p = (part.reshape(shape)[()] for part in (rho, slope, p))
    return Trend(rho, slope, p, count.reshape(shape)[()], method.reshape(shape)[()])


def sign_patterns(units: int, permutations: int, seed: int) -> tuple[Iterator[Float64], bool]:
    """Blocks (pattern, units) of signs, and whether they are all there are; if not, `permutations` random ones."""
    exact = 2**units <= permutations + 1
    return (_all_signs(units) if exact else _random_signs(units, permutations, seed)), exact


def check_alternative(alternative: str) -> None:
    if alternative not in get_args(Alternative):
        raise DataError(f'Unknown alternative "{alternative}": known: {", ".join(get_args(Alternative))}')


def _flip(columns: Float64, permutations: int, seed: int, alternative: Alternative) -> Float64:
    """Sign-flip p-value (k,) of each column of (g, k); missing values neither help nor hinder."""
    empty = np.isnan(columns).all(axis=0)
    filled = np.nan_to_num(columns)
    largest = np.abs(filled).max(axis=0)
    scaled = filled / np.where(largest > 0, largest, 1.0)
    total = np.abs(scaled).sum(axis=0)
    scaled /= np.where(total > 0, total, 1.0)
    signs, exact = sign_patterns(len(scaled), permutations, seed)
    p = _tail(scaled.sum(axis=0), signs, scaled, alternative, identity_included=exact)
    return np.where(empty, np.nan, p)


def _all_signs(units: int) -> Iterator[Float64]:
    flipped = np.arange(2**units)[:, None] >> np.arange(units) & 1
    yield np.where(flipped, -1.0, 1.0)


def _random_signs(units: int, count: int, seed: int) -> Iterator[Float64]:
    rng = np.random.default_rng(seed)
    for part in blocks(count, units):
        yield np.where(rng.integers(0, 2, size=(part.stop - part.start, units)), -1.0, 1.0)


def _shuffle(profiles: Float64, contrast: Float64, permutations: int, seed: int, alternative: Alternative) -> Float64:
    """P-values (k,) of the mean rho of a few units' rank profiles (g, l, k), strengths permuted within each unit."""
    units, levels, width = profiles.shape
    orders = factorial(levels)
    exact = orders**units <= permutations + 1
    if exact:
        each = contrast[np.array(list(orders_of(range(levels))))]
        picks = np.unravel_index(np.arange(orders**units), (orders,) * units)
        contrasts = np.concatenate([each[pick] for pick in picks], axis=1)
    else:
        alike = np.broadcast_to(contrast, (permutations, units, levels))
        contrasts = np.random.default_rng(seed).permuted(alike, axis=-1).reshape(permutations, -1)
    columns = profiles.reshape(units * levels, width) / units
    return _tail(np.tile(contrast, units) @ columns, [contrasts], columns, alternative, identity_included=exact)


def _tail(
    observed: Float64,
    weights: Iterable[Float64],
    columns: Float64,
    alternative: Alternative,
    *,
    identity_included: bool,
) -> Float64:
    """Share (k,) of null statistics, weights (b, m) @ columns (m, k), at least as extreme as those observed (k,)."""
    extreme = np.zeros(columns.shape[1])
    drawn = 0
    for block in weights:
        drawn += len(block)
        for part in blocks(columns.shape[1], len(block)):
            null, seen = block @ columns[:, part], observed[part]
            if alternative == "two-sided":
                null, seen = np.abs(null), np.abs(seen)
            elif alternative == "less":
                null, seen = -null, -seen
            extreme[part] += (null >= seen - TIE).sum(axis=0)
    # Of random patterns, the observed one is counted as one more.
    return extreme / drawn if identity_included else (1.0 + extreme) / (1.0 + drawn)


def _sweep(strengths: npt.ArrayLike, values: npt.ArrayLike) -> tuple[Float64, Float64]:
    dose, response = finite(strengths), finite(values)
    if dose.ndim != 1 or not np.ptp(dose) > 0:
        raise DataError("A trend needs a list of at least two different strengths.")
    if response.ndim < 2 or response.shape[1] != dose.size:
        raise DataError(
            f"Values of shape {response.shape} do not fit {dose.size} strengths: give shape (units, strengths, …)."
        )
    return dose, response


def _least_squares(dose: Float64) -> Float64:
    centred = dose - dose.mean()
    slope: Float64 = centred / (centred @ centred)
    return slope


def _standard_ranks(values: Float64, axis: int) -> Float64:
    """Ranks along `axis`, ties shared, centred and of unit norm; 0 where all are equal, NaN where any is NaN."""
    from scipy.stats import rankdata

    ranks = rankdata(values, axis=axis)
    centred = ranks - ranks.mean(axis=axis, keepdims=True)
    norm = np.sqrt(np.square(centred).sum(axis=axis, keepdims=True))
    result: Float64 = centred / np.where(norm == 0, 1.0, norm)
    return result
