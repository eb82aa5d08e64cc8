"""The two ways to write a linear function of rows: by its weights, or as a mixture of the rows themselves.

A function scores the rows X (n, dim) as f = Φ v, with Φ = [X, 1] and a penalty ½ |v|²: the constant is penalised like
any other weight. The best weights are a mixture v = Φᵀ α of the rows, so that with the kernel K = Φ Φᵀ the scores are
f = K α and the penalty is ½ αᵀ K α. Both give the same function; which is cheaper depends on the shape of X.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self

import numpy as np
from scipy.linalg import lapack

from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError

MANY_ROWS = 256
"""From as many on, factorising I + W^½ K W^½ takes longer than `MOST_PRODUCTS` products with it."""

MOST_PRODUCTS = 14

WELL_CONDITIONED = 1000.0
"""Bound on the eigenvalues of W^½ K W^½ up to which so many products nearly always are enough."""

NEARLY = 0.03
"""Share of a Newton step's length that may be missing: the next one makes up for it."""


class Space(Protocol):
    """Functions of n rows, given by k coefficients."""

    @property
    def size(self) -> int:
        """Coefficients k."""

    def scores(self, coefficients: Float64) -> Float64:
        """Scores (…, n) of the rows by coefficients (…, k)."""

    def inner(self, one: Float64, other: Float64, other_scores: Float64) -> Float64:
        """Inner products (…, …) of functions, the second of which has the scores (…, n); twice the penalty of one."""

    def downhill(self, coefficients: Float64, slope: Float64) -> Float64:
        """Minus the gradient (k,) of penalty − Σ slope · score, in the metric of `inner`."""

    def newton(self, curvature: Float64, downhill: Float64, downhill_scores: Float64) -> Float64:
        """The step (k,) that minimises penalty + Σ ½ curvature · score² − inner(downhill, step), curvature (n,)."""

    def restricted(self, chosen: Counts) -> Self:
        """The space of the chosen rows alone."""

    def scores_elsewhere(self, coefficients: Float64, fitted: Counts, held_out: Counts) -> Float64:
        """Scores (…, m) of the rows `held_out` by coefficients (…, k) that belong to the rows `fitted`."""

    def spread_out(self, coefficients: Float64, fitted: Counts) -> Float64:
        """Coefficients (…, k) of this space of the functions whose coefficients belong to the rows `fitted`."""

    def weights(self, coefficients: Float64) -> Float64:
        """Weights (dim + 1,) of coefficients (k,), the constant last."""


@dataclass(frozen=True, eq=False)
class Primal:
    """Coefficients are weights; rows (n, k)."""

    rows: Float64

    @property
    def size(self) -> int:
        return int(self.rows.shape[1])

    def scores(self, coefficients: Float64) -> Float64:
        return coefficients @ self.rows.T

    def inner(self, one: Float64, other: Float64, other_scores: Float64) -> Float64:  # noqa: ARG002
        return np.asarray(one @ other.T)

    def downhill(self, coefficients: Float64, slope: Float64) -> Float64:
        return slope @ self.rows - coefficients

    def newton(self, curvature: Float64, downhill: Float64, downhill_scores: Float64) -> Float64:  # noqa: ARG002
        scaled = self.rows * np.sqrt(curvature)[:, np.newaxis]
        return _solved(scaled.T @ scaled, downhill)

    def restricted(self, chosen: Counts) -> Primal:
        return Primal(self.rows[chosen])

    def scores_elsewhere(self, coefficients: Float64, fitted: Counts, held_out: Counts) -> Float64:  # noqa: ARG002
        return coefficients @ self.rows[held_out].T

    def spread_out(self, coefficients: Float64, fitted: Counts) -> Float64:  # noqa: ARG002
        return coefficients

    def weights(self, coefficients: Float64) -> Float64:
        return coefficients


@dataclass(frozen=True, eq=False)
class Dual:
    """Coefficients are shares of the rows; kernel (n, n), rows (n, dim + 1) of the whole problem to mix weights of."""

    kernel: Float64
    rows: Float64

    @classmethod
    def of(cls, rows: Float64) -> Self:
        return cls(rows @ rows.T, rows)

    @property
    def size(self) -> int:
        return len(self.kernel)

    def scores(self, coefficients: Float64) -> Float64:
        return coefficients @ self.kernel

    def inner(self, one: Float64, other: Float64, other_scores: Float64) -> Float64:  # noqa: ARG002
        return np.asarray(one @ other_scores.T)

    def downhill(self, coefficients: Float64, slope: Float64) -> Float64:
        return slope - coefficients

    def newton(self, curvature: Float64, downhill: Float64, downhill_scores: Float64) -> Float64:
        """By the matrix I + W^½ K W^½, whose eigenvalues are never below 1, so that rows of no curvature do no harm."""
        root = np.sqrt(curvature)
        target = root * downhill_scores
        solution = None
        if len(root) >= MANY_ROWS and self._longest * curvature.max() <= WELL_CONDITIONED:
            unshortened = float(downhill @ downhill_scores)
            solution = _by_conjugate_gradients(
                lambda vector: root * (self.kernel @ (root * vector)), target, unshortened
            )
        if solution is None:
            inner = np.multiply(self.kernel, root, out=self._workspace)
            inner *= root[:, np.newaxis]
            solution = _solved(inner, target)
        return downhill - root * solution

    @cached_property
    def _longest(self) -> float:
        """A bound on the largest eigenvalue of the kernel: the largest sum of a row's sizes."""
        return float(np.abs(self.kernel).sum(axis=1).max())

    @cached_property
    def _workspace(self) -> Float64:
        # Fresh memory for each step would cost a tenth of it.
        return np.empty_like(self.kernel)

    def restricted(self, chosen: Counts) -> Dual:
        return Dual(self.kernel[chosen].take(chosen, axis=1), self.rows[chosen])

    def scores_elsewhere(self, coefficients: Float64, fitted: Counts, held_out: Counts) -> Float64:
        return coefficients @ self.kernel[fitted[:, np.newaxis], held_out]

    def spread_out(self, coefficients: Float64, fitted: Counts) -> Float64:
        everywhere = np.zeros((*coefficients.shape[:-1], self.size))
        everywhere[..., fitted] = coefficients
        return everywhere

    def weights(self, coefficients: Float64) -> Float64:
        return coefficients @ self.rows


def space_of(vectors: Float64) -> Primal | Dual:
    """The space of vectors (n, dim) in which a Newton step takes fewer operations.

    >>> type(space_of(np.zeros((100, 20)))).__name__, type(space_of(np.zeros((100, 200)))).__name__
    ('Primal', 'Dual')
    """
    rows = np.column_stack([vectors, np.ones(len(vectors))])
    n, size = rows.shape
    return Primal(rows) if n * size**2 + size**3 / 3 < n**3 / 3 else Dual.of(rows)


def _by_conjugate_gradients(apply: Callable[[Float64], Float64], target: Float64, unshortened: float) -> Float64 | None:
    """(I + A)⁻¹ target (k,) nearly, where `apply` multiplies by A; None if that takes too many products.

    `unshortened` less target · solution is what the step saves; an approximate solution never overstates it by more
    than its squared residual, which therefore has to be a small share of it.
    """
    solution, residual = np.zeros_like(target), target
    way, left = residual, float(residual @ residual)
    for _ in range(MOST_PRODUCTS):
        if left <= NEARLY**2 * (unshortened - float(target @ solution)):
            return solution
        applied = way + apply(way)
        length = left / float(way @ applied)
        solution, residual = solution + length * way, residual - length * applied
        before, left = left, float(residual @ residual)
        way = residual + left / before * way
    return None


def _solved(inner: Float64, target: Float64) -> Float64:
    """(I + inner)⁻¹ target (k,), for a symmetric `inner` (k, k), which is overwritten."""
    inner.flat[:: len(inner) + 1] += 1.0
    # The transpose, which is the same, lies in memory as LAPACK wants it.
    _, solution, failed = lapack.dposv(inner.T, target, lower=True, overwrite_a=True)
    if failed:
        raise DataError("Vectors are too long for a logistic regression: divide them by a typical length first.")
    return np.asarray(solution)
