"""Where vectors usually lie, so that one from elsewhere can be told: a Gaussian of few axes and even rest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

from wetdry.analysis.statistics.units import Float64

MOST_AXES = 16
"""Axes along which the spread is known by itself; along all others it is taken to be the same."""

NEGLIGIBLE = 1e-12
"""Share of the largest variance below which a variance is rounding, as of vectors in float32."""


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """A Gaussian around a cloud of vectors, and how far from its centre they usually are.

    Attributes
    ----------
    centre
        Mean (dim,).
    axes
        Orthonormal rows (axis, dim): the principal components of the largest variance.
    variances
        Variance (axis,) along each.
    rest
        Mean variance along all directions at right angles to the axes.
    reach
        Distance (see `distance`) that counts as 1 in `strangeness`.
    """

    centre: Float64
    axes: Float64
    variances: Float64
    rest: float
    reach: float = 1.0

    def distance(self, vectors: npt.ArrayLike) -> Float64:
        """Mahalanobis distance (n,) of vectors (n, dim) from the centre, over the root of the dimensions."""
        away = np.asarray(vectors, dtype=np.float64) - self.centre
        along = away @ self.axes.T
        aside = np.maximum(np.square(away).sum(axis=1) - np.square(along).sum(axis=1), 0.0)
        squared = (np.square(along) / self.variances).sum(axis=1) + aside / self.rest
        distance: Float64 = np.sqrt(squared / away.shape[1])
        return distance

    def strangeness(self, vectors: npt.ArrayLike) -> Float64:
        """Distance (n,) over `reach`: above 1, a vector lies farther off than the vectors usually do."""
        return self.distance(vectors) / self.reach

    def reaching(self, reach: float) -> Neighbourhood:
        """The same with another `reach`."""
        return replace(self, reach=reach)


def neighbourhood(centre: Float64, covariance: Float64) -> Neighbourhood:
    """The Gaussian of a cloud, from its mean (dim,) and covariance (dim, dim), of 2 dimensions or more.

    References
    ----------
    Tipping and Bishop (1999), Probabilistic principal component analysis.
    """
    dims = len(centre)
    count = min(MOST_AXES, dims - 1)
    variances, axes = eigh(covariance, subset_by_index=[dims - count, dims - 1])
    # A cloud flatter than rounding is not infinitely far from what lies beside it.
    floor = max(NEGLIGIBLE * float(variances[-1]), float(np.finfo(np.float64).tiny))
    rest = (float(np.trace(covariance)) - float(variances.sum())) / (dims - count)
    return Neighbourhood(centre, np.ascontiguousarray(axes.T), np.maximum(variances, floor), max(rest, floor))
