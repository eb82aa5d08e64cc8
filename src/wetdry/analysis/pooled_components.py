"""Few axes for two sets of embeddings, so that their covariances can be told from as many clips as there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import svd

from wetdry.analysis.frechet import checked
from wetdry.analysis.gaussian import Gaussian
from wetdry.analysis.moments import Moments
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError


@dataclass(frozen=True, eq=False)
class PooledComponents:
    """Axes that two sets are projected onto.

    Attributes
    ----------
    axes
        Shape (dim, component), orthonormal, of most variance first.
    variance_kept
        Share of the variance within the sets that lies along them.
    shift_kept
        Share of the squared distance of the means that does; 1 where there is none.
    """

    axes: Float64
    variance_kept: float
    shift_kept: float

    def of(self, vectors: npt.ArrayLike) -> Float64:
        """Vectors (clip, dim) along the axes: (clip, component)."""
        along: Float64 = np.asarray(vectors, dtype=np.float64) @ self.axes
        return along


def pooled_components(first: npt.ArrayLike, second: npt.ArrayLike, count: int) -> PooledComponents:
    """The first `count` principal axes of the mean of the covariances of two sets.

    Both sets count alike, whatever their sizes, and where their means lie is not looked at. Axes of one set alone would
    be those along which its clips happen to vary most and the other's do not: between two sets of 100 clips of white
    noise in 512 dimensions a distance of 6 % of their variance appears along 16 such axes, and 0.2 % along these.

    Parameters
    ----------
    first, second
        Vectors (n, dim) and (m, dim), two or more on either side.
    count
        Axes; no more than the dimensions and the clips give.

    >>> rng = np.random.default_rng(0)
    >>> wide = rng.standard_normal((50, 3)) * [1.0, 9.0, 0.1]
    >>> np.abs(pooled_components(wide, wide, 1).axes[:, 0]).argmax()
    np.int64(1)
    """
    a, b = checked(first, second)
    return _components(Gaussian.of(a), Gaussian.of(b), count, (len(a), len(b)))


def pooled_components_of_moments(first: Moments, second: Moments, count: int) -> PooledComponents:
    """`pooled_components` of two sets that were never in memory, from the moments of each.

    >>> rows = np.random.default_rng(0).standard_normal((60, 3)) * [1.0, 9.0, 0.1]
    >>> moments = Moments.of(rows)
    >>> np.abs(pooled_components_of_moments(moments, moments, 1).axes[:, 0]).argmax()
    np.int64(1)
    """
    gaussians = Gaussian.of_moments(first), Gaussian.of_moments(second)
    return _components(*gaussians, count, (first.count, second.count))


def _components(first: Gaussian, second: Gaussian, count: int, clips: tuple[int, int]) -> PooledComponents:
    """Axes of two sets of so many `clips`."""
    most = min(len(first.mean), sum(clips) - 2)
    if not 1 <= count <= most:
        raise DataError(f"{count} components cannot be had of {clips[0]} and {clips[1]} clips: give 1 to {most}.")
    _, sizes, axes = svd(np.concatenate([first.factor, second.factor]), full_matrices=False, check_finite=False)
    variances, shift = np.square(sizes), first.mean - second.mean
    kept = axes[:count].T
    return PooledComponents(
        kept,
        _share(variances[:count].sum(), variances.sum()),
        _share(np.square(shift @ kept).sum(), np.square(shift).sum()),
    )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 1.0
