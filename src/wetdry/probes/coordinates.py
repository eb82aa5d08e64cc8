"""Rows in the axes of their own spectrum, in which every penalised fit is cheap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError

NEGLIGIBLE = 1e-12
"""Share of the largest variance below which an axis is rounding."""


class Coordinates(NamedTuple):
    """Rows along orthogonal axes.

    Attributes
    ----------
    rows
        Shape (n, axis).
    spread
        Sum of squares (axis,) of each column, the columns being orthogonal.
    basis
        Turns weights (axis, k) into coefficients (…, k): of the dimensions, or, from a kernel, of the rows.
    """

    rows: Float64
    spread: Float64
    basis: Float64

    def ridge(self, answers: Float64, penalty: float) -> Float64:
        """Weights (axis, k) that minimise the sum of squares plus `penalty` |weights|², for answers (n, k)."""
        weights: Float64 = (self.rows.T @ answers) / (self.spread + penalty)[:, np.newaxis]
        return weights


def coordinates_of_rows(rows: Float64) -> Coordinates:
    """Of rows (n, dim), by whichever inner product is smaller; coefficients are weights of the dimensions."""
    if len(rows) <= rows.shape[1]:
        dual = coordinates_of_kernel(rows @ rows.T)
        return dual._replace(basis=rows.T @ dual.basis)
    spread, axes = _spectrum(rows.T @ rows)
    return Coordinates(rows @ axes, spread, axes)


def axes_of_rows(rows: Float64) -> Float64:
    """Orthonormal axes (dim, dim) of rows (n, dim), those along which they spread most last, if at all."""
    axes: Float64 = eigh(rows.T @ rows, driver="evd")[1]
    return axes


def coordinates_along(rows: Float64, axes: Float64) -> Coordinates:
    """Of rows (n, dim) along orthonormal axes (dim, dim), as of rows much like them: nearly orthogonal columns."""
    along = rows @ axes
    return Coordinates(along, np.square(along).sum(axis=0), axes)


def coordinates_of_kernel(kernel: Float64) -> Coordinates:
    """Of rows known by a kernel (n, n), positive semi-definite; coefficients are shares of the rows."""
    spread, axes = _spectrum(kernel)
    root = np.sqrt(spread)
    return Coordinates(axes * root, spread, axes / root)


def _spectrum(inner: Float64) -> tuple[Float64, Float64]:
    spread, axes = eigh(inner, driver="evd")
    kept = spread > NEGLIGIBLE * max(float(spread[-1]), 0.0)
    if not kept.any():
        raise DataError("All vectors are the same, so nothing can be learnt from them: check what was embedded.")
    return spread[kept], axes[:, kept]
