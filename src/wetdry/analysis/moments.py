"""Mean and covariance of any number of vectors, met a block at a time.

References
----------
Chan, Golub and LeVeque (1983), Algorithms for computing the sample variance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.blocks import as_vectors, parts_of
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError


@dataclass(frozen=True, eq=False)
class Moments:
    """What a Gaussian needs to know of vectors.

    Attributes
    ----------
    count
        Vectors.
    mean
        Shape (dim,).
    scatter
        Sum (dim, dim) of the outer products of the deviations from the mean.
    """

    count: int
    mean: Float64
    scatter: Float64

    @classmethod
    def of(cls, vectors: npt.ArrayLike) -> Moments:
        """Those of vectors (n, dim), one or more, which need not be in memory.

        >>> found = Moments.of([[0.0, 1.0], [2.0, 5.0]])
        >>> found.mean.tolist(), found.covariance.tolist()
        ([1.0, 3.0], [[2.0, 4.0], [4.0, 8.0]])
        """
        rows = as_vectors(vectors)
        if rows.ndim != 2 or 0 in rows.shape:
            raise DataError(f"Moments are those of vectors (n, dim), one or more, not of an array of {rows.shape}.")
        return cls.of_blocks(rows[part] for part in parts_of(rows))

    @classmethod
    def of_blocks(cls, blocks: Iterable[npt.ArrayLike]) -> Moments:
        """Those of all vectors in blocks (n, dim), in whatever order: it matters, as their sizes do, by rounding only.

        Deviations are from each block's own mean, and what means differ by is added (Chan's formula). All of it is
        reckoned from the first vector, so that an origin far from the vectors costs no digits.
        """
        total: Moments | None = None
        near: Float64 = np.zeros(1)
        for block in blocks:
            rows = np.asarray(block, dtype=np.float64)
            if len(rows) == 0:
                continue
            if total is None:
                near = rows[0].copy()
            with np.errstate(invalid="ignore"):  # what is not finite is named below
                found = _of_block(rows - near)
            total = found if total is None else total.merged(found)
        if total is None:
            raise DataError("There is no vector to take the moments of: give one or more.")
        return cls(total.count, total.mean + near, total.scatter)

    def merged(self, other: Moments) -> Moments:
        """Those of the vectors of both."""
        if self.mean.shape != other.mean.shape:
            raise DataError(
                f"Moments in {len(self.mean)} and in {len(other.mean)} dimensions cannot be merged: take both from one "
                "layer."
            )
        count = self.count + other.count
        apart = other.mean - self.mean
        scatter = self.scatter + other.scatter
        scatter += np.outer(apart, apart * (self.count * other.count / count))
        return Moments(count, self.mean + apart * (other.count / count), scatter)

    @property
    def covariance(self) -> Float64:
        """Shape (dim, dim), with n − 1; NaN of a single vector."""
        return np.asarray(self.scatter / (self.count - 1.0 if self.count > 1 else np.nan))


def _of_block(rows: Float64) -> Moments:
    """Moments of rows (n, dim) that are overwritten."""
    mean = rows.mean(axis=0)
    if not np.isfinite(mean).all():
        raise DataError("Some of the vectors are not finite: leave out clips that could not be embedded.")
    rows -= mean
    return Moments(len(rows), mean, rows.T @ rows)
