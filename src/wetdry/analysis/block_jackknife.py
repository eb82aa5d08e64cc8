"""Limits of a figure of two sets of clips, by leaving out blocks of groups of both in turn."""

from __future__ import annotations

import numpy as np

from wetdry.analysis.group_names import Groups, SharedGroups
from wetdry.analysis.statistics.intervals import student_quantile
from wetdry.analysis.statistics.units import Counts, Float64

BLOCKS = 20
"""Parts of the groups of either set; as many as there are groups, if those are fewer."""
FEWEST_GROUPS = 4
"""On each side, for limits."""


def blocks_of(groups: Groups, sizes: tuple[int, int], seed: int) -> tuple[Counts, Counts, int]:
    """Block of each row of the first and of the second set, and how many blocks there are; groups stay whole.

    `groups` are labels of the rows of either set, None where each row is its own, and `sizes` the rows that it has. A
    group that both sets have, such as an actor who speaks and sings, is in the same block of both: what the sets have
    in common through it is no reason for them to differ.
    """
    named = SharedGroups.of(groups, sizes)
    blocks = min(BLOCKS, *named.counts)
    return *named.dealt(blocks, np.random.default_rng(seed)), blocks


def jackknife_limits(estimate: float, without: Float64) -> tuple[float, float]:
    """95 % limits of an estimate, from what it is without each block (block,); NaN for fewer than 4 blocks."""
    blocks = len(without)
    if blocks < FEWEST_GROUPS:
        return np.nan, np.nan
    deviation = np.sqrt((blocks - 1.0) / blocks * np.square(without - without.mean()).sum())
    reach = float(student_quantile(0.95, blocks) * deviation)
    return estimate - reach, estimate + reach
