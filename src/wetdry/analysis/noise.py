"""Vectors that hold nothing to be found, as many as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np

from wetdry.analysis.blocks import Blockwise
from wetdry.analysis.statistics.units import Counts, Float64

NUMBERS_AT_ONCE = 2**24
"""Numbers (128 MiB) that one generator draws: rows further on have another, so that they can be had by themselves."""


class Noise(Blockwise):
    """Independent normal numbers, drawn again whenever they are looked at, the same ones each time.

    Parameters
    ----------
    shape
        (n, …, dim).
    seed
        The first rows are what `numpy.random.default_rng(seed)` gives.
    size
        Standard deviation.

    >>> noise = Noise((4, 3), [7], size=2.0)
    >>> np.array_equal(noise[1:], 2.0 * np.random.default_rng([7]).standard_normal((4, 3))[1:])
    True
    """

    def __init__(self, shape: tuple[int, ...], seed: Sequence[int], size: float = 1.0) -> None:
        self.shape = shape
        self._seed, self._size = list(seed), size
        self._step = max(1, NUMBERS_AT_ONCE // max(1, int(np.prod(shape[1:]))))
        self._latest: tuple[int, Float64] | None = None
        self._drawing = Lock()

    def _made(self, rows: slice | Counts) -> Float64:
        wanted = np.arange(len(self))[rows]
        found = np.empty((len(wanted), *self.shape[1:]))
        of_draw = wanted // self._step
        for draw in np.unique(of_draw):
            own = of_draw == draw
            found[own] = self._drawn(int(draw))[wanted[own] - draw * self._step]
        found *= self._size
        return found

    def _drawn(self, number: int) -> Float64:
        """The rows that one generator gives; the latest are kept, since rows are mostly looked at in their order."""
        with self._drawing:
            if self._latest is None or self._latest[0] != number:
                self._latest = None
                count = min(self._step, len(self) - number * self._step)
                rng = np.random.default_rng([*self._seed, number] if number else self._seed)
                self._latest = number, rng.standard_normal((count, *self.shape[1:]))
            return self._latest[1]
