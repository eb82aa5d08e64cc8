"""Vectors of one layer of two sets, a row a clip or a window, and what each row belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Rows:
    """Vectors of one set.

    Attributes
    ----------
    vectors
        Shape (row, dim), float64.
    item, group, label
        Id of the item (row,), what must not be torn apart, and its label ("" where it has none).
    """

    vectors: Float64
    item: Texts
    group: Texts
    label: Texts

    def __len__(self) -> int:
        return len(self.vectors)

    def of(self, kept: npt.NDArray[np.bool_] | Counts) -> Rows:
        """Some of the rows."""
        return Rows(self.vectors[kept], self.item[kept], self.group[kept], self.label[kept])

    def at_most(self, most: int, seed: int) -> Rows:
        """`most` rows drawn without replacement, in their order; all where there are no more."""
        if len(self) <= most:
            return self
        return self.of(np.sort(np.random.default_rng(seed).permutation(len(self))[:most]))

    def clip_means(self) -> Rows:
        """The mean of the windows of each item, whose rows lie together."""
        begins = np.flatnonzero(np.concatenate([[True], self.item[1:] != self.item[:-1]]))
        windows = np.diff(np.append(begins, len(self)))
        means = np.add.reduceat(self.vectors, begins, axis=0) / windows[:, np.newaxis]
        return Rows(means, self.item[begins], self.group[begins], self.label[begins])

    def along(self, axes: Float64) -> Rows:
        """The same along axes (dim, component)."""
        return Rows(self.vectors @ axes, self.item, self.group, self.label)


@dataclass(frozen=True, eq=False)
class Layer:
    """The windows of both sets in one layer, or the means of clips where only those are stored.

    Attributes
    ----------
    encoder, layer
        Names.
    first, second
        A and B.
    """

    encoder: str
    layer: str
    first: Rows
    second: Rows

    @property
    def name(self) -> dict[str, str]:
        """What tells it from others, as the first columns of every table."""
        return {"encoder": self.encoder, "layer": self.layer}

    def check(self) -> None:
        """Raise where no distance can be told: too few rows, or vectors that are all the same."""
        for side, rows in (("A", self.first), ("B", self.second)):
            where = f"{side} in {self.encoder} {self.layer}"
            if len(rows) < 2:
                raise DataError(
                    f"{where}: {len(rows)} vector has no covariance; give two clips or more, or take windows as rows "
                    "with --frames and a shorter --window."
                )
            if np.ptp(rows.vectors, axis=0).max() == 0:
                raise DataError(
                    f"{where}: all {len(rows)} vectors are the same, as of silence, so there is no distance to speak "
                    "of; give clips that differ, or another layer."
                )
