"""What a least-squares fit needs of rows that outnumber their dimensions: sums over them, gathered block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wetdry.analysis.blocks import Vectors, parts_of
from wetdry.analysis.statistics.units import Counts, Float64

ROWS_A_DIMENSION, NUMBERS_AT_ONCE = 8, 2**24
"""In a block at least: adding up products (dim, dim) then takes little of the time that the products take."""

FOLLOWED_AT_ONCE = 2**23
"""Projections (64 MiB) that are held at a time where there are many targets."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Over some of the rows x (dim,) and their targets y (k,).

    Attributes
    ----------
    count
        How many there are.
    inner, cross
        Of x xᵀ (dim, dim) and x yᵀ (dim, k).
    offset, level, squares
        Of x (dim,), y (k,) and y² (k,).
    """

    count: int
    inner: Float64
    cross: Float64
    offset: Float64
    level: Float64
    squares: Float64

    @classmethod
    def of(cls, rows: Float64, targets: Float64) -> Sums:
        """Those of rows (n, dim) and targets (n, k)."""
        return cls(
            len(rows),
            rows.T @ rows,
            rows.T @ targets,
            rows.sum(axis=0),
            targets.sum(axis=0),
            np.square(targets).sum(axis=0),
        )

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.count + other.count,
            self.inner + other.inner,
            self.cross + other.cross,
            self.offset + other.offset,
            self.level + other.level,
            self.squares + other.squares,
        )


def sums_of_parts(rows: Vectors, targets: Vectors, fold: Counts | None) -> list[Sums]:
    """Sums over each part of rows (n, dim) and targets (n, k), by rising numbers in `fold` (n,); over all if None."""
    fold = np.zeros(len(rows), dtype=np.int64) if fold is None else fold
    totals: dict[int, Sums] = {}
    for block in parts_of(rows, rows_at_once(rows.shape[1])):
        vectors, answers, part_of = rows[block], targets[block], fold[block]
        present = np.unique(part_of)
        for part in present.tolist():
            which = slice(None) if len(present) == 1 else part_of == part
            found = Sums.of(np.asarray(vectors[which]), np.asarray(answers[which]))
            totals[part] = totals[part] + found if part in totals else found
    return [totals[part] for part in sorted(totals)]


def projected(
    rows: Vectors, weights: Float64, without: Sequence[Float64], fold: Counts | None
) -> tuple[Float64, Float64]:
    """Projections (n, k) of rows (n, dim) by weights (dim, k), and by those fitted `without` the part of each row.

    NaN for the latter where `fold` is None.
    """
    scores = np.empty((len(rows), weights.shape[1]))
    held_out = np.full(scores.shape, np.nan)
    part_of = np.zeros(len(rows), dtype=np.int64) if fold is None else fold
    for block in parts_of(rows):
        vectors = rows[block]
        np.matmul(vectors, weights, out=scores[block])
        # Without folds there are no weights to go with the one part.
        for part, of_others in zip(np.unique(part_of), without, strict=fold is not None):
            which = np.flatnonzero(part_of[block] == part)
            held_out[block.start + which] = vectors[which] @ of_others
    return scores, held_out


def rows_at_once(dim: int) -> int:
    """Rows of so many dimensions in a block of sums."""
    return max(ROWS_A_DIMENSION * dim, NUMBERS_AT_ONCE // dim)


def at_hand(rows: Vectors) -> Vectors:
    """Rows (n, dim) as an array if they are no more than a block of sums, so that they are made once."""
    return np.asarray(rows, dtype=np.float64) if len(rows) <= rows_at_once(rows.shape[1]) else rows
