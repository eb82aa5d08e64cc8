"""Groups of clips of two sets, of which some may be in both: what is dealt or left out goes together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Counts, Flags, membership
from wetdry.errors import DataError

Groups = tuple[npt.ArrayLike | None, npt.ArrayLike | None]


@dataclass(frozen=True, eq=False)
class SharedGroups:
    """Groups of the rows of two sets under numbers that are the same for the same name.

    Attributes
    ----------
    first, second
        Number (row,) of the group of each row: those in both sets first, then those of the first set alone, then
        those of the second.
    shared, only_first, only_second
        How many there are of each.
    """

    first: Counts
    second: Counts
    shared: int
    only_first: int
    only_second: int

    @classmethod
    def of(cls, groups: Groups, sizes: tuple[int, int]) -> SharedGroups:
        """From labels of rows, None where each row is a group of its own, and how many rows there are."""
        if any(labels is None for labels in groups):
            (first, count), (second, other_count) = (
                membership(labels, size) for labels, size in zip(groups, sizes, strict=True)
            )
            return cls(first, second + count, 0, count, other_count)
        labels = [np.asarray(given).astype(str) for given in groups]
        for given, size in zip(labels, sizes, strict=True):
            if given.shape != (size,):
                raise DataError(f"Groups of shape {given.shape} do not fit {size} rows: give one label for each row.")
        names = [np.unique(given) for given in labels]
        shared = np.intersect1d(names[0], names[1])
        alone = [np.setdiff1d(own, shared) for own in names]
        ordered = np.concatenate([shared, *alone])
        order = np.argsort(ordered)
        first, second = (order[np.searchsorted(ordered, given, sorter=order)] for given in labels)
        return cls(first, second, len(shared), len(alone[0]), len(alone[1]))

    @property
    def counts(self) -> tuple[int, int]:
        """How many groups either set has."""
        return self.shared + self.only_first, self.shared + self.only_second

    @property
    def total(self) -> int:
        """How many different groups there are."""
        return self.shared + self.only_first + self.only_second

    def dealt(self, parts: int, rng: np.random.Generator) -> tuple[Counts, Counts]:
        """The part of each row of either set, groups dealt evenly to parts 0 to `parts` − 1 within each kind."""
        # Those of one set alone go on where the shared ones ended, lest small remainders all fall to the first parts.
        starts = (0, self.shared, self.shared)
        kinds = zip((self.shared, self.only_first, self.only_second), starts, strict=True)
        part = np.concatenate([rng.permutation((np.arange(count) + start) % parts) for count, start in kinds])
        return part[self.first], part[self.second]

    def half(self, rng: np.random.Generator) -> tuple[Flags, Flags]:
        """Which rows of either set are in a random half of the groups."""
        first, second = self.dealt(2, rng)
        return first == 0, second == 0
