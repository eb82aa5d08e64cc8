"""Limits of a figure of two sets of clips, by leaving out blocks of groups of both in turn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.intervals import student_quantile
from wetdry.analysis.statistics.units import Counts, Float64, membership

BLOCKS = 20
"""Parts of the groups of either set; as many as there are groups, if those are fewer."""
FEWEST_GROUPS = 4
"""On each side, for limits."""

Groups = tuple[npt.ArrayLike | None, npt.ArrayLike | None]


def blocks_of(groups: Groups, sizes: tuple[int, int], seed: int) -> tuple[Counts, Counts, int]:
    """Block of each row of the first and of the second set, and how many blocks there are; groups stay whole.

    `groups` are labels of the rows of either set, None where each row is its own, and `sizes` the rows that it has.
    """
    (first, first_count), (second, second_count) = (
        membership(labels, size) for labels, size in zip(groups, sizes, strict=True)
    )
    blocks = min(BLOCKS, first_count, second_count)
    rng = np.random.default_rng(seed)
    dealt = [rng.permutation(np.arange(count) % blocks) for count in (first_count, second_count)]
    return dealt[0][first], dealt[1][second], blocks


def jackknife_limits(estimate: float, without: Float64) -> tuple[float, float]:
    """95 % limits of an estimate, from what it is without each block (block,); NaN for fewer than 4 blocks."""
    blocks = len(without)
    if blocks < FEWEST_GROUPS:
        return np.nan, np.nan
    deviation = np.sqrt((blocks - 1.0) / blocks * np.square(without - without.mean()).sum())
    reach = float(student_quantile(0.95, blocks) * deviation)
    return estimate - reach, estimate + reach
