"""Penalised least squares from inner products alone, for many targets and many stacked problems at once.

The weights of centred rows X (n, dim) for centred targets Y (n, k) are (XᵀX)⁺ XᵀY (primal, dim × dim), and
equally Xᵀ (XXᵀ)⁺ Y (dual, n × n). Both inner products have the same non-zero spectrum, on which every penalty acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack

from wetdry.analysis.blocks import Vectors
from wetdry.analysis.primal_sums import projected, sums_of_parts
from wetdry.analysis.statistics.units import ROUNDING, Counts, Flags, Float64
from wetdry.errors import DataError

NEGLIGIBLE = 1e-12
"""Share of the largest variance below which a principal component is rounding: 1e-6 of its length, as of float32."""


@dataclass(frozen=True)
class Penalty:
    """What keeps a direction from following noise; without either, the shortest exact least-squares solution.

    Attributes
    ----------
    ridge
        Variance added to every dimension, as a share of the mean variance of the dimensions.
    components
        Principal components kept, of the rows that are fitted; all if None.
    """

    ridge: float = 0.0
    components: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.ridge < np.inf:
            raise DataError(f"A ridge of {self.ridge} is no share of variance: give 0 or a positive number.")
        if self.components is not None and self.components < 1:
            raise DataError(f"A fit on {self.components} principal components is empty: keep at least 1.")


NO_PENALTY = Penalty()


class Fit(NamedTuple):
    """What was fitted to targets (…, n, k).

    Attributes
    ----------
    weights
        Shape (…, dim, k); zeros for a target with which nothing correlates but by rounding.
    scores
        In-sample projections (…, n, k).
    held_out
        Projections (…, n, k) of each fold by weights fitted on the others, up to a constant for each fold and
        target; NaN without folds.
    """

    weights: Float64
    scores: Float64
    held_out: Float64


class Mixture(NamedTuple):
    """As `Fit`, with what the rows' transpose turns into the weights, shape (…, n, k), in their place."""

    mixture: Float64
    scores: Float64
    held_out: Float64


def fit(rows: Vectors, targets: Float64, fold: Counts | None, penalty: Penalty, units: Float64 | None = None) -> Fit:
    """Fit centred `targets` (n, k) on centred `rows` (n, dim), by whichever inner product is smaller.

    `fold` (n,) numbers the part that each row is left out with; None leaves nothing out. For the fit without a part,
    dimensions are divided by its own `units`, shape (part, dim), in the order of the parts' numbers; by 1 if None.
    """
    if rows.shape[0] > rows.shape[1]:
        return primal(rows, targets, fold, penalty, units)
    return dual(np.asarray(rows, dtype=np.float64), targets, fold, penalty, units)


def primal(rows: Vectors, targets: Float64, fold: Counts | None, penalty: Penalty, units: Float64 | None = None) -> Fit:
    """As `fit`, by XᵀX (dim, dim)."""
    weights, without = primal_weights(rows, targets, fold, penalty, units)
    return Fit(weights, *projected(rows, weights, without, fold))


def primal_weights(
    rows: Vectors, targets: Vectors, fold: Counts | None, penalty: Penalty, units: Float64 | None = None
) -> tuple[Float64, list[Float64]]:
    """Weights (dim, k) of all rows, and those without each part, for rows as they are: not divided by units.

    The sums of each part are gathered once, in blocks, and then subtracted from the total.
    """
    parts = sums_of_parts(rows, targets, fold)
    total = reduce(add, parts)
    weights = solve_primal(total.inner, total.cross, total.squares, penalty)
    without = []
    for number, own in enumerate(() if fold is None else parts):
        others = total.count - own.count
        # The rows are centred as a whole, so the sums over the other folds are minus those over this one.
        kept_inner = total.inner - own.inner - np.outer(own.offset, own.offset) / others
        kept_cross = total.cross - own.cross - np.outer(own.offset, own.level) / others
        # What moves in the left-out fold alone leaves the rounding of a subtraction, not a variance to divide by.
        gone = np.diagonal(kept_inner) <= NEGLIGIBLE * np.diagonal(total.inner)
        kept_inner[gone], kept_inner[:, gone] = 0.0, 0.0
        unit = np.ones(len(kept_inner)) if units is None else units[number]
        if units is not None:
            kept_inner, kept_cross = kept_inner / np.outer(unit, unit), kept_cross / unit[:, np.newaxis]
        squares = np.sum([each.squares for each in parts if each is not own], axis=0)
        without.append(solve_primal(kept_inner, kept_cross, squares, penalty) / unit[:, np.newaxis])
    return weights, without


def dual(rows: Float64, targets: Float64, fold: Counts | None, penalty: Penalty, units: Float64 | None = None) -> Fit:
    """As `fit`, by XXᵀ (…, n, n) of any number of stacked problems, whose folds and units are the same."""
    dims = rows.shape[-1]
    mixture, scores, held_out = mix(gram(rows), targets, fold if units is None else None, penalty, dims)
    if fold is not None and units is not None:
        for part, unit in zip(np.unique(fold), units, strict=True):
            left_out = fold == part
            held_out[..., left_out, :] = _without(left_out, gram(rows / unit), targets, penalty, dims)
    return Fit(np.swapaxes(rows, -2, -1) @ mixture, scores, held_out)


def mix(inner: Float64, targets: Float64, fold: Counts | None, penalty: Penalty, dims: int) -> Mixture:
    """As `dual`, from the `gram` of rows of `dims` dimensions, and without the cost of the weights."""
    mixture = _solve_dual(inner, targets, penalty, dims)
    held_out = np.full(targets.shape, np.nan)
    for part in () if fold is None else np.unique(fold):
        left_out = fold == part
        held_out[..., left_out, :] = _without(left_out, inner, targets, penalty, dims)
    return Mixture(mixture, inner @ mixture, held_out)


def _without(part: Flags, inner: Float64, targets: Float64, penalty: Penalty, dims: int) -> Float64:
    """Projections (…, m, k) of the rows of a part (n,) by weights fitted on the others, from the `gram` of all."""
    left_out, kept = np.flatnonzero(part), np.flatnonzero(~part)
    among = double_centred(inner[..., kept[:, np.newaxis], kept])
    # Where nothing but the rows left out moves, the others differ by rounding, which is not to be followed.
    among[_variance(among) <= NEGLIGIBLE * _variance(inner)] = 0.0
    answers = targets[..., kept, :]
    answers = answers - answers.mean(axis=-2, keepdims=True)
    # The mixture sums to 0, so centring the rows left out as well would only add a constant.
    across = inner[..., left_out[:, np.newaxis], kept]
    projections: Float64 = across @ _solve_dual(among, answers, penalty, dims)
    return projections


def gram(rows: Float64) -> Float64:
    """Inner products (…, n, n) of the deviations of rows (…, n, dim) from their mean.

    The nearer the rows' origin is to their mean, the fewer digits are lost.
    """
    inner = np.empty((*rows.shape[:-1], rows.shape[-2]))
    for problem in np.ndindex(rows.shape[:-2]):
        # Stacked products are computed in full; of one array and its transpose BLAS computes but one half.
        np.matmul(rows[problem], rows[problem].T, out=inner[problem])
    return double_centred(inner)


def double_centred(inner: Float64) -> Float64:
    """Inner products (…, n, n) of rows as they are with their mean at the origin."""
    across = inner.mean(axis=-1, keepdims=True)
    centred: Float64 = inner - across
    centred -= np.swapaxes(across, -2, -1)
    centred += across.mean(axis=-2, keepdims=True)
    return centred


def _variance(inner: Float64) -> Float64:
    """Total sum of squares (…) of centred rows, from either inner product."""
    return np.asarray(np.trace(inner, axis1=-2, axis2=-1))


def solve_primal(inner: Float64, cross: Float64, squares: Float64, penalty: Penalty) -> Float64:
    """Weights (dim, k) of rows whose XᵀX is `inner` and whose XᵀY with targets of `squares` (k,) in all is `cross`."""
    rounding = ROUNDING * np.sqrt(np.outer(np.diagonal(inner), squares))
    cross = np.where(np.abs(cross) > rounding, cross, 0.0)
    ridge = penalty.ridge * _variance(inner) / len(inner)
    if penalty.components is None:
        direct = _by_cholesky(_raised(inner, ridge), cross)
        if direct is not None:
            return direct
    return _by_spectrum(inner, cross, ridge, penalty.components)


def _solve_dual(inner: Float64, targets: Float64, penalty: Penalty, dims: int) -> Float64:
    """What Xᵀ turns into the weights, shape (…, n, k), for centred targets (…, n, k) and the `gram` of rows."""
    variance = _variance(inner)
    # ‖XᵀY‖², of which nothing is left where it is no more than the rounding of the inner products.
    explained = (targets * (inner @ targets)).sum(axis=-2)
    followed = explained > ROUNDING * variance[..., np.newaxis] * np.square(targets).sum(axis=-2)
    targets = np.where(followed[..., np.newaxis, :], targets, 0.0)
    ridge = penalty.ridge * variance / dims
    if penalty.components is not None:
        return _by_spectrum(inner, targets, ridge, penalty.components)
    # Centred rows have no variance along (1, …, 1), nor have the targets: filled up there, the product has full rank.
    filled = _raised(inner, ridge) + (np.where(variance > 0, variance, 1.0) / inner.shape[-1] ** 2)[..., None, None]
    if inner.ndim == 2:
        direct = _by_cholesky(filled, targets)
        return _by_spectrum(inner, targets, ridge, None) if direct is None else direct
    inverse, regular = _inverses(filled)
    solution = inverse @ targets
    if not regular.all():
        odd = ~regular
        solution[odd] = _by_spectrum(inner[odd], targets[odd], ridge[odd], None)
    return solution


def _raised(inner: Float64, ridge: Float64) -> Float64:
    """`inner` with `ridge` (…) added to its diagonal; itself if there is none."""
    if not ridge.any():
        return inner
    raised: Float64 = inner.copy()
    np.einsum("...ii->...i", raised)[...] += ridge[..., np.newaxis]
    return raised


def _inverses(inner: Float64) -> tuple[Float64, Flags]:
    """Inverses of stacked matrices (…, n, n), and which (…) of them are of full rank; others are not to be used."""
    try:
        inverse = np.asarray(np.linalg.inv(inner), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.zeros_like(inner), np.zeros(inner.shape[:-2], dtype=bool)
    # The norms' product bounds the ratio of the largest to the smallest variance from above.
    condition = np.linalg.norm(inner, axis=(-2, -1)) * np.linalg.norm(inverse, axis=(-2, -1))
    regular: Flags = np.asarray(condition * NEGLIGIBLE < 1.0)
    return inverse, regular


def _by_spectrum(inner: Float64, targets: Float64, ridge: Float64, components: int | None) -> Float64:
    """Shortest solution (…, n, k) on the principal components that are no rounding; zeros where `inner` is."""
    variances, axes = np.linalg.eigh(inner)
    kept = variances > NEGLIGIBLE * variances[..., -1:]
    if components is not None:
        kept[..., :-components] = False
    gains = np.where(kept, 1.0 / np.where(kept, variances + ridge[..., np.newaxis], 1.0), 0.0)
    solution: Float64 = axes @ (gains[..., np.newaxis] * (np.swapaxes(axes, -2, -1) @ targets))
    return solution


def _by_cholesky(inner: Float64, targets: Float64) -> Float64 | None:
    """The solution for one problem of full rank, several times faster than by its spectrum; None for any other."""
    scale = np.sqrt(np.diagonal(inner))
    dead = scale == 0
    # At unit variance only true collinearity counts as ill-conditioned, not dimensions in different units; and a
    # dimension that never moves, which gets a weight of 0, cannot spoil the rank.
    scale = np.where(dead, 1.0, scale)
    scaled = inner / scale
    scaled /= scale[:, np.newaxis]
    scaled[dead, dead] = 1.0
    largest_column_sum = lapack.dlange("1", scaled.T)
    # The transpose, which is the same, lies in memory as LAPACK wants it.
    factor, failed = lapack.dpotrf(scaled.T, lower=True, clean=False, overwrite_a=True)
    if failed:
        return None
    reciprocal_condition, _ = lapack.dpocon(factor, largest_column_sum, uplo="L")
    if reciprocal_condition < NEGLIGIBLE:
        return None
    solved, _ = lapack.dpotrs(factor, targets / scale[:, np.newaxis], lower=True)
    solution: Float64 = solved / scale[:, np.newaxis]
    solution[dead] = 0.0
    return solution
