"""Kernel distance between two sets of embeddings: unbiased whatever their size, and no Gaussian assumed.

References
----------
Gretton et al. (2012), A kernel two-sample test;
Chung et al. (2025), KAD: No more FAD! An effective and efficient evaluation metric for audio generation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist, pdist

from wetdry.analysis.block_jackknife import blocks_of, jackknife_limits
from wetdry.analysis.frechet import checked
from wetdry.analysis.group_names import Groups
from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError

PER_CENT = 100.0
"""By which the published distance is multiplied, to be read more easily."""


@dataclass(frozen=True)
class KernelDistance:
    """A kernel distance between two sets.

    Attributes
    ----------
    estimate, low, high
        100 times the squared maximum mean discrepancy, and its 95 % limits; about 0, on either side of it, for sets
        alike. Limits are NaN with fewer than 4 groups on a side.
    bandwidth
        Of the Gaussian kernel, in units of the vectors.
    """

    estimate: float
    low: float
    high: float
    bandwidth: float


def kernel_distance(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    groups: Groups = (None, None),
    *,
    bandwidth: float | None = None,
    seed: int = 0,
) -> KernelDistance:
    """Squared maximum mean discrepancy with a Gaussian kernel, the U-statistic.

    Parameters
    ----------
    first, second
        Vectors (n, dim) and (m, dim), two or more on either side. The second is the reference.
    groups
        What each clip of the two sets belongs to: blocks of groups are left out in turn for the limits, a jackknife's.
    bandwidth
        Standard deviation of the kernel; the median distance between two clips of the reference if None.
    seed
        Of the blocks.

    >>> rng = np.random.default_rng(0)
    >>> same = kernel_distance(rng.standard_normal((80, 5)), rng.standard_normal((80, 5)))
    >>> same.low < 0 < same.high
    True
    """
    a, b = checked(first, second)
    width = float(np.median(pdist(b))) if bandwidth is None else float(bandwidth)
    if not 0 < width < np.inf:
        raise DataError(f"A kernel of bandwidth {width:g} tells nothing apart: give clips that differ, or a bandwidth.")
    block_a, block_b, blocks = blocks_of(groups, (len(a), len(b)), seed)
    sums = _Sums.of(a, b, block_a, block_b, blocks, width)
    estimate = sums.distance(np.ones(blocks, dtype=bool))
    without = np.array([sums.distance(np.arange(blocks) != left_out) for left_out in range(blocks)])
    return KernelDistance(estimate, *jackknife_limits(estimate, without), width)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums of the kernel over pairs of clips, by their blocks: all that is needed when blocks are left out.

    Attributes
    ----------
    within_a, within_b, between
        Shape (block, block); within a set without the pairs of a clip with itself.
    sizes_a, sizes_b
        Clips (block,).
    """

    within_a: Float64
    within_b: Float64
    between: Float64
    sizes_a: Counts
    sizes_b: Counts

    @classmethod
    def of(cls, a: Float64, b: Float64, block_a: Counts, block_b: Counts, blocks: int, width: float) -> _Sums:
        def summed(rows: Float64, of_rows: Counts, others: Float64, of_others: Counts) -> Float64:
            sums = np.zeros((blocks, blocks))
            for number in range(blocks):
                kernel = np.exp(-cdist(rows[of_rows == number], others, "sqeuclidean") / (2.0 * width**2))
                sums[number] = np.bincount(of_others, weights=kernel.sum(axis=0), minlength=blocks)
            return sums

        sizes = [np.bincount(block, minlength=blocks) for block in (block_a, block_b)]
        within = [
            summed(rows, block, rows, block) - np.diag(size)
            for rows, block, size in zip((a, b), (block_a, block_b), sizes, strict=True)
        ]
        return cls(within[0], within[1], summed(a, block_a, b, block_b), sizes[0], sizes[1])

    def distance(self, kept: npt.NDArray[np.bool_]) -> float:
        """The distance of the clips in some of the blocks (block,); NaN where a side has fewer than two."""
        n, m = float(self.sizes_a[kept].sum()), float(self.sizes_b[kept].sum())
        if min(n, m) < 2:
            return np.nan
        both = np.ix_(kept, kept)
        within = self.within_a[both].sum() / (n * (n - 1)) + self.within_b[both].sum() / (m * (m - 1))
        return float(PER_CENT * (within - 2.0 * self.between[both].sum() / (n * m)))
