"""The Fréchet distance of two sets beside what halves of either are apart, all of equally many clips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.frechet import checked, frechet_distance
from wetdry.analysis.group_names import Groups, SharedGroups
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError

FEWEST_GROUPS = 4
"""On each side, for two halves of two groups."""


@dataclass(frozen=True, eq=False)
class BesideFloor:
    """Distances between and within two sets, over draws of halves.

    Attributes
    ----------
    between, within_first, within_second
        Shape (draw,), each of as many clips in the same draw.
    clips
        How many that are, on the middle draw.
    """

    between: Float64
    within_first: Float64
    within_second: Float64
    clips: int

    @property
    def floor(self) -> Float64:
        """What distances of so many clips are by chance and by variety (draw,): the mean of both sets'."""
        return (self.within_first + self.within_second) / 2.0


def distance_beside_floor(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    groups: Groups = (None, None),
    *,
    draws: int = 20,
    seed: int = 0,
) -> BesideFloor:
    """Deal the groups of both sets to two halves, again and again, and compare the halves within and between the sets.

    A group that both sets have, such as an actor who speaks and sings, is in the same half of both; and between the
    sets each half is compared with the other half. So the groups differ within and between alike, and what the sets
    are further apart than their halves is not that other actors are heard.

    Parameters
    ----------
    first, second
        Vectors (n, dim) and (m, dim).
    groups
        What each clip belongs to, four or more on either side; each clip by itself where None.
    draws, seed
        Of halves, which are cut to the smallest of the four.
    """
    a, b = checked(first, second)
    named = SharedGroups.of(groups, (len(a), len(b)))
    if (fewest := min(named.counts)) < FEWEST_GROUPS:
        raise DataError(
            f"Clips of {fewest} group{'' if fewest == 1 else 's'} cannot be dealt to two halves: give {FEWEST_GROUPS} "
            "groups or more on either side."
        )
    rng = np.random.default_rng(seed)
    found, sizes = [], []
    for _ in range(draws):
        in_first, in_second = named.half(rng)
        parts = [rng.permutation(rows) for rows in (a[in_first], a[~in_first], b[in_second], b[~in_second])]
        size = min(map(len, parts))
        one, other, opposite, beside = (part[:size] for part in parts)
        across = (frechet_distance(one, beside) + frechet_distance(other, opposite)) / 2.0
        found.append((across, frechet_distance(one, other), frechet_distance(opposite, beside)))
        sizes.append(size)
    between, within_first, within_second = np.array(found).T
    return BesideFloor(between, within_first, within_second, int(np.median(sizes)))
