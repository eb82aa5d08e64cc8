"""A Gaussian by its mean and a factor of its covariance, which keeps what squaring the vectors loses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, qr

from wetdry.analysis.moments import Moments
from wetdry.analysis.statistics.units import Float64


class Gaussian(NamedTuple):
    """A mean (dim,), and a factor (rank, dim) whose square is the covariance, with n − 1."""

    mean: Float64
    factor: Float64

    @classmethod
    def of(cls, rows: Float64) -> Gaussian:
        """That of rows (n, dim), two or more, to the last digit."""
        mean = rows.mean(axis=0)
        return cls(mean, _factor(rows - mean))

    @classmethod
    def of_moments(cls, moments: Moments) -> Gaussian:
        """That of vectors of which only the moments are known, two or more."""
        covariance = moments.covariance
        size = np.sqrt(np.diagonal(covariance))
        unit = np.where(size > 0, size, 1.0)
        # In the units of the dimensions' own spreads, a wide one costs a narrow one no digits.
        variances, axes = eigh(covariance / np.outer(unit, unit), driver="evd")
        kept = variances > len(size) * np.finfo(np.float64).eps * variances[-1]
        factor = (axes[:, kept] * np.sqrt(variances[kept])).T * size
        return cls(moments.mean, factor)


def _factor(centred: Float64) -> Float64:
    """A matrix (min(n, dim), dim) whose square is the covariance of centred rows (n, dim)."""
    count, dim = centred.shape
    scaled: Float64 = centred / np.sqrt(count - 1.0)
    if count <= dim:
        return scaled
    triangle: Float64 = qr(scaled, mode="r", overwrite_a=True, check_finite=False)[0][:dim]
    return triangle
