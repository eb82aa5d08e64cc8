"""Penalised least squares from inner products alone, for many targets and many stacked problems at once.

The weights of centred rows X (n, dim) for centred targets Y (n, k) are (XᵀX)⁺ XᵀY (primal, dim × dim), and
equally Xᵀ (XXᵀ)⁺ Y (dual, n × n). Both inner products have the same non-zero spectrum, on which every penalty
acts, so `solve` serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack

from wetdry.analysis.statistics.units import Counts, Float64
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


def solve(inner: Float64, targets: Float64, penalty: Penalty, dims: int) -> Float64:
    """Penalised `inner`⁺ `targets`, along the axes before the last two problem by problem.

    Parameters
    ----------
    inner
        XᵀX (…, dim, dim) or XXᵀ (…, n, n), of centred rows.
    targets
        XᵀY (…, dim, k) or Y (…, n, k), of centred targets.
    penalty
        Ridge, and components kept.
    dims
        Dimensions of the rows, over which their variance is shared; not told by XXᵀ.

    Returns
    -------
    ndarray
        Of the shape of `targets`: the weights, or for XXᵀ what Xᵀ turns into the weights. Zeros where `inner` is.
    """
    ridge = penalty.ridge * _variance(inner) / dims
    if inner.ndim == 2 and penalty.components is None:
        direct = _by_cholesky(inner + ridge * np.eye(len(inner)), targets)
        if direct is not None:
            return direct
    variances, axes = np.linalg.eigh(inner)
    kept = variances > NEGLIGIBLE * variances[..., -1:]
    if penalty.components is not None:
        kept[..., : -penalty.components] = False
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
    scaled = inner / scale / scale[:, np.newaxis]
    scaled[dead, dead] = 1.0
    largest_column_sum = np.abs(scaled).sum(axis=0).max()
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


class Fit(NamedTuple):
    """What was fitted to targets (…, n, k).

    Attributes
    ----------
    weights
        Shape (…, dim, k).
    scores
        In-sample projections (…, n, k).
    held_out
        Projections (…, n, k) of each fold by weights fitted on the others, up to a constant for each fold and
        target; NaN without folds.
    """

    weights: Float64
    scores: Float64
    held_out: Float64


def fit(rows: Float64, targets: Float64, fold: Counts | None, penalty: Penalty) -> Fit:
    """Fit centred `targets` (n, k) on centred `rows` (n, dim), by whichever inner product is smaller.

    `fold` (n,) numbers the part that each row is left out with; None leaves nothing out.
    """
    method = primal if rows.shape[0] > rows.shape[1] else dual
    return method(rows, targets, fold, penalty)


def primal(rows: Float64, targets: Float64, fold: Counts | None, penalty: Penalty) -> Fit:
    """As `fit`, by XᵀX (dim, dim): summed once for each fold, then subtracted from the total."""
    dims = rows.shape[1]
    parts = [] if fold is None else [fold == part for part in np.unique(fold)]
    own_inners = [_inner(rows[part]) for part in parts]
    inner = np.sum(own_inners, axis=0) if parts else _inner(rows)
    cross = rows.T @ targets
    weights = solve(inner, cross, penalty, dims)
    held_out = np.full(targets.shape, np.nan)
    for part, own in zip(parts, own_inners, strict=True):
        held, answers = rows[part], targets[part]
        others = len(rows) - len(held)
        # The rows are centred as a whole, so the sums over the other folds are minus those over this one.
        offset, level = held.sum(axis=0), answers.sum(axis=0)
        kept_inner = inner - own - np.outer(offset, offset) / others
        kept_cross = cross - held.T @ answers - np.outer(offset, level) / others
        # What moves in the left-out fold alone leaves the rounding of a subtraction, not a variance to divide by.
        gone = np.diagonal(kept_inner) <= NEGLIGIBLE * np.diagonal(inner)
        kept_inner[gone], kept_inner[:, gone] = 0.0, 0.0
        held_out[part] = held @ solve(kept_inner, kept_cross, penalty, dims)
    return Fit(weights, rows @ weights, held_out)


def dual(rows: Float64, targets: Float64, fold: Counts | None, penalty: Penalty) -> Fit:
    """As `fit`, by XXᵀ (…, n, n) of any number of stacked problems, whose folds are the same."""
    dims = rows.shape[-1]
    inner = rows @ np.swapaxes(rows, -2, -1)
    mixture = solve(inner, targets, penalty, dims)
    held_out = np.full(targets.shape, np.nan)
    for part in () if fold is None else np.unique(fold):
        left_out, kept = np.flatnonzero(fold == part), np.flatnonzero(fold != part)
        among = inner[..., kept[:, np.newaxis], kept]
        across = among.mean(axis=-1, keepdims=True)
        among = among - across - np.swapaxes(across, -2, -1) + across.mean(axis=-2, keepdims=True)
        # Where nothing but the rows left out moves, the others differ by rounding, which is not to be followed.
        among[_variance(among) <= NEGLIGIBLE * _variance(inner)] = 0.0
        answers = targets[..., kept, :]
        answers = answers - answers.mean(axis=-2, keepdims=True)
        # The mixture sums to 0, so centring the rows left out as well would only add a constant.
        held_out[..., left_out, :] = inner[..., left_out[:, np.newaxis], kept] @ solve(among, answers, penalty, dims)
    return Fit(np.swapaxes(rows, -2, -1) @ mixture, inner @ mixture, held_out)


def _inner(rows: Float64) -> Float64:
    # Both factors must be one array for BLAS to compute but one half of the symmetric product.
    product: Float64 = rows.T @ rows
    return product


def _variance(inner: Float64) -> Float64:
    """Total sum of squares (…) of centred rows, from either inner product."""
    return np.asarray(np.trace(inner, axis1=-2, axis2=-1))
