"""Numbers brought to mean 0 and standard deviation 1 over the rows that something is fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from wetdry.analysis.statistics.units import Float64

FARTHEST = 10.0
"""Standard deviations beyond which nothing that was learnt from tells what a column means."""

STILL = 1e-6
"""Standard deviation, as a share of the largest value, up to which a column is rounding, as of float32."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """Where columns lie and by what they are multiplied.

    Attributes
    ----------
    mean
        Shape (dim,).
    factor
        One over the standard deviation (dim,); 0 for a column that never moved, so that it stays at 0 however far it
        moves later, for nothing is known of it.
    """

    mean: Float64
    factor: Float64

    @classmethod
    def of(cls, rows: Float64) -> Self:
        """The scaling of rows (n, dim)."""
        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        moves = spread > STILL * np.abs(rows).max(axis=0)
        return cls(mean, np.where(moves, 1.0 / np.where(moves, spread, 1.0), 0.0))

    @classmethod
    def none(cls, dim: int) -> Self:
        """The scaling that leaves `dim` columns as they are."""
        return cls(np.zeros(dim), np.ones(dim))

    def applied(self, rows: Float64) -> Float64:
        """Rows (…, dim) in standard deviations from the mean."""
        scaled: Float64 = rows - self.mean
        scaled *= self.factor
        return scaled

    def bounded(self, rows: Float64) -> Float64:
        """As `applied`, but no further than `FARTHEST` from the mean: in an encoder's first layers some columns hardly
        move until a clip wakes them, and would then be thousands of standard deviations away.
        """
        scaled = self.applied(rows)
        return np.clip(scaled, -FARTHEST, FARTHEST, out=scaled)

    def undone(self, scaled: Float64) -> Float64:
        """What was `applied` to rows (…, dim), taken back; a column that never moved is at its mean."""
        moves = self.factor > 0
        rows: Float64 = scaled * np.where(moves, 1.0 / np.where(moves, self.factor, 1.0), 0.0) + self.mean
        return rows
