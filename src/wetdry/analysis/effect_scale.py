"""How strong an effect is, read off a vector: a direction, what lies where along it, and how far off it is.

Vectors are standardised by the spread of dry clips, a ridge regression of the position on the grid of strengths (0
at its first, 1 at its last) gives the direction, and an isotonic regression turns projections into positions.
The half width of intervals is conformal: groups of clips count the same, and what counts is how far off each was read
by a direction that it had no part in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.neighbourhood import Neighbourhood
from wetdry.analysis.statistics.units import Flags, Float64
from wetdry.errors import DataError


@dataclass(frozen=True, eq=False)
class Reading:
    """How strong the effect seems to be in each of n vectors, in the unit of its strength.

    Attributes
    ----------
    strength
        Estimates (n,), within the grid.
    low, high
        Bounds (n,) of the interval, within the grid.
    position, low_position, high_position
        The same as positions on the grid, 0 … 1.
    strangeness
        Distance (n,) from what the scale was fitted on, over that within which 99 % of vectors left out lie.
    """

    strength: Float64
    low: Float64
    high: Float64
    position: Float64
    low_position: Float64
    high_position: Float64
    strangeness: Float64

    @property
    def is_strange(self) -> Flags:
        """Vectors (n,) unlike those that the scale was fitted on: do not trust their intervals."""
        return np.asarray(self.strangeness > 1.0)


@dataclass(frozen=True, eq=False)
class EffectScale:
    """A direction with the strengths of one effect marked along it.

    Attributes
    ----------
    strengths
        The grid (strength,), rising, in its own unit.
    mean
        Vector (dim,) from which projections are measured.
    scale
        Spread (dim,) of dry clips, by which vectors are divided.
    direction
        Unit vector (dim,) of standardised vectors that points to greater strengths.
    projections, positions
        The calibration: projections (knot,), rising, and the position on the grid (knot,) at each, rising.
    half_width
        Half the width of an interval, in positions; 1 spans the grid wherever its middle is.
    level
        Share of new vectors that intervals are to cover.
    neighbourhood
        Where the standardised vectors lie.
    """

    strengths: Float64
    mean: Float64
    scale: Float64
    direction: Float64
    projections: Float64
    positions: Float64
    half_width: float
    level: float
    neighbourhood: Neighbourhood

    def project(self, vectors: npt.ArrayLike) -> Float64:
        """Projection (n,) of vectors (n, dim), in dry spreads."""
        along: Float64 = self._standardised(vectors) @ self.direction
        return along

    def read(self, vectors: npt.ArrayLike) -> Reading:
        """Strength that each of `vectors` (n, dim) seems to have, with its interval."""
        rows = self._standardised(vectors)
        position = np.interp(rows @ self.direction, self.projections, self.positions)
        low = np.clip(position - self.half_width, 0.0, 1.0)
        high = np.clip(position + self.half_width, 0.0, 1.0)
        return Reading(
            strength_at(position, self.strengths),
            strength_at(low, self.strengths),
            strength_at(high, self.strengths),
            position,
            low,
            high,
            self.neighbourhood.strangeness(rows),
        )

    def _standardised(self, vectors: npt.ArrayLike) -> Float64:
        array = np.asarray(vectors, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != self.direction.size:
            raise DataError(
                f"Vectors of shape {array.shape} do not fit a direction of {self.direction.size} dimensions: give "
                f"rows (n, {self.direction.size}) of the encoder and layer that it was fitted on."
            )
        broken = np.flatnonzero(~np.isfinite(array).all(axis=1))
        if broken.size:
            raise DataError(f"Vector {broken[0]} holds NaN or infinity, off which nothing can be read: leave it out.")
        standardised: Float64 = (array - self.mean) / self.scale
        return standardised


def grid_positions(strengths: Float64) -> Float64:
    """Position (strength,) of each strength of a grid: evenly from 0 to 1, whatever the unit."""
    return np.linspace(0.0, 1.0, len(strengths))


def strength_at(positions: npt.ArrayLike, strengths: Float64) -> Float64:
    """Strengths at positions 0 … 1 on a grid, between its own by interpolation.

    >>> strength_at([0.0, 0.25, 1.0], np.array([1600.0, 3200.0, 6400.0])).tolist()
    [1600.0, 2400.0, 6400.0]
    """
    return np.interp(np.asarray(positions, dtype=np.float64), grid_positions(strengths), strengths)
