"""Vectors of one layer of two sets, a row a clip or a window, and what each row belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from wetdry.analysis.blocks import Affine, Vectors, parts_of
from wetdry.analysis.moments import Moments
from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Rows:
    """Vectors of one set.

    Attributes
    ----------
    vectors
        Shape (row, dim), of any precision, in memory or not.
    item, group, label
        Id of the item (row,), what must not be torn apart, and its label ("" where it has none).
    """

    vectors: Vectors
    item: Texts
    group: Texts
    label: Texts

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def array(self) -> Float64:
        """The vectors as float64, all in memory."""
        return np.asarray(self.vectors, dtype=np.float64)

    def of(self, kept: npt.NDArray[np.bool_] | Counts) -> Rows:
        """Some of the rows, whose vectors are taken when they are looked at."""
        places = np.flatnonzero(kept) if kept.dtype == bool else kept.astype(np.int64)
        return Rows(Affine(self.vectors, places), self.item[kept], self.group[kept], self.label[kept])

    def at_most(self, most: int, seed: int) -> Rows:
        """`most` rows drawn without replacement, in their order; all where there are no more. In memory, as float64."""
        if len(self) > most:
            return self.of(np.sort(np.random.default_rng(seed).permutation(len(self))[:most])).at_most(most, seed)
        return replace(self, vectors=self.array)

    def clip_means(self) -> Rows:
        """The mean of the windows of each item, whose rows lie together."""
        means = [windows.mean(axis=0) for _, windows in self.songs()]
        begins = self._begins()
        return Rows(np.stack(means), self.item[begins], self.group[begins], self.label[begins])

    def songs(self) -> Iterator[tuple[str, Float64]]:
        """Items and their windows (window, dim), in order."""
        begins = self._begins()
        for begin, end in zip(begins, np.append(begins[1:], len(self)), strict=True):
            yield str(self.item[begin]), np.asarray(self.vectors[begin:end], dtype=np.float64)

    def along(self, axes: Float64) -> Rows:
        """The same along axes (dim, component)."""
        return replace(self, vectors=Affine(self.vectors, axes=axes))

    def moments(self) -> dict[str, Moments]:
        """Those of the rows of each label, which are read once."""
        labels = np.unique(self.label)
        return {str(label): Moments.of(Affine(self.vectors, np.flatnonzero(self.label == label))) for label in labels}

    @property
    def are_all_the_same(self) -> bool:
        """Whether no vector differs from the first."""
        first = self.vectors[:1]
        return all((self.vectors[part] == first).all() for part in parts_of(self.vectors))

    def _begins(self) -> Counts:
        return np.flatnonzero(np.concatenate([[True], self.item[1:] != self.item[:-1]]))


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
            if rows.are_all_the_same:
                raise DataError(
                    f"{where}: all {len(rows)} vectors are the same, as of silence, so there is no distance to speak "
                    "of; give clips that differ, or another layer."
                )
