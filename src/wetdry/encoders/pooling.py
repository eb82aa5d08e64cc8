"""One vector from the vectors of many windows, without holding them all."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from wetdry.errors import EncoderError

Vectors = npt.NDArray[np.float32]


class Pool(Protocol):
    """Takes vectors (window, dim) as they come and gives the pooled ones."""

    def add(self, vectors: Vectors) -> None: ...

    def result(self) -> Vectors: ...


class Every:
    """No pooling: a row a window."""

    def __init__(self) -> None:
        self._parts: list[Vectors] = []

    def add(self, vectors: Vectors) -> None:
        self._parts.append(vectors)

    def result(self) -> Vectors:
        return np.concatenate(self._parts).astype(np.float32, copy=False)


class Mean:
    """Mean over windows, and the standard deviation beside it if asked for; sums are kept in float64.

    >>> pool = Mean(spread=True)
    >>> pool.add(np.array([[1.0], [2.0]], dtype=np.float32))
    >>> pool.add(np.array([[6.0]], dtype=np.float32))
    >>> print(pool.result())
    [[3.        2.1602468]]
    """

    def __init__(self, *, spread: bool = False) -> None:
        self._spread = spread
        self._count = 0
        self._mean: npt.NDArray[np.float64] | float = 0.0
        self._squares: npt.NDArray[np.float64] | float = 0.0

    def add(self, vectors: Vectors) -> None:
        # Deviations of a batch from its own mean, joined as Chan et al. do: no cancellation of large squares.
        values = vectors.astype(np.float64)
        count, mean = len(values), values.mean(axis=0)
        total = self._count + count
        shift = mean - self._mean
        self._squares = self._squares + np.square(values - mean).sum(axis=0) + shift**2 * (self._count * count / total)
        self._mean = self._mean + shift * (count / total)
        self._count = total

    def result(self) -> Vectors:
        parts = [self._mean, np.sqrt(self._squares / self._count)] if self._spread else [self._mean]
        return np.concatenate([np.atleast_1d(part) for part in parts]).astype(np.float32)[np.newaxis]


def pool_named(name: str) -> Pool:
    """The pooling called `name`: `none`, `mean` or `mean+sd`."""
    if name == "none":
        return Every()
    if name in ("mean", "mean+sd"):
        return Mean(spread=name == "mean+sd")
    raise EncoderError(f'Unknown pooling "{name}": known: none, mean, mean+sd')
