"""Ranks of strengths shuffled within each clip, many times over, at a byte each."""

from __future__ import annotations

import numpy as np

from wetdry.analysis.blocks import Blockwise
from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError


class ShuffledRanks(Blockwise):
    """Ranks (clip · strength, permutation), clip by clip.

    Parameters
    ----------
    ranks
        Of the strengths (strength,).
    clips, permutations
        How many there are.
    seed
        Of all permutations.

    >>> shuffled = ShuffledRanks(np.array([-1.0, 0.0, 1.0]), clips=2, permutations=4, seed=0)
    >>> shuffled.shape, np.sort(shuffled[3:6], axis=0)[:, 0].tolist()
    ((6, 4), [-1.0, 0.0, 1.0])
    """

    def __init__(self, ranks: Float64, clips: int, permutations: int, seed: int) -> None:
        if permutations < 1:
            raise DataError(f"A null of {permutations} permutations is empty: draw at least 1, better 199 or more.")
        self._ranks = ranks
        rng, in_order = np.random.default_rng(seed), np.broadcast_to(np.arange(len(ranks)), (clips, len(ranks)))
        self._places = np.empty((permutations, clips * len(ranks)), dtype=np.min_scalar_type(len(ranks)))
        for permutation in self._places:
            permutation[:] = rng.permuted(in_order, axis=1).ravel()
        self.shape = self._places.shape[::-1]

    def columns(self, some: slice) -> Float64:
        """The ranks (clip · strength, k) of some permutations."""
        return np.ascontiguousarray(self._ranks[self._places[some]].T)

    def _made(self, rows: slice | Counts) -> Float64:
        return np.ascontiguousarray(self._ranks[self._places[:, rows]].T)
