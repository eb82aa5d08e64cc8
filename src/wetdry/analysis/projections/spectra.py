"""Principal axes from whichever Gram matrix is smaller, that of the rows or of the columns.

A Gram matrix squares the singular values, so that small ones are lost in its rounding. What is lost is what the
rounding of single precision, in which encoders compute, has made meaningless already.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh

from wetdry.analysis.least_squares import NEGLIGIBLE
from wetdry.analysis.statistics.units import Float64


def principal_axes(centred: Float64) -> tuple[Float64, Float64]:
    """Energies (r,) in falling order, and orthonormal axes (r, dim), of r-dimensional vectors (n, dim)."""
    rows, columns = centred.shape
    if rows > columns:
        energies, axes = _eigen(centred.T @ centred)
        return energies, axes.T
    energies, left = _eigen(centred @ centred.T)
    return energies, orthonormal((left / np.sqrt(energies)).T @ centred)


def orthonormal(rows: Float64) -> Float64:
    """Orthonormal basis (r, dim) of r independent rows; the first k of each span the same."""
    return np.linalg.qr(rows.T)[0].T


def _eigen(gram: Float64) -> tuple[Float64, Float64]:
    """Eigenvalues (r,) of axes that count, in falling order, and their eigenvectors (m, r)."""
    values, vectors = eigh(gram, driver="evd")
    kept = np.flatnonzero(values > NEGLIGIBLE * values[-1])[::-1]
    return values[kept], vectors[:, kept]
