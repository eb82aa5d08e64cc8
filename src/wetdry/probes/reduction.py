"""What is left of rows before something is learnt from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np

from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.probes.parts import Parts, Tensors


class Reduction(ABC):
    """Fewer numbers `width` in the place of a row of `dim`."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Numbers of a row that are left."""

    @abstractmethod
    def applied(self, rows: Float64) -> Float64:
        """What is left (n, width) of rows (n, dim)."""

    @abstractmethod
    def spread(self, weights: Float64, dim: int) -> Float64:
        """Weights (width,) of what is left as weights (dim,) of the row."""

    @abstractmethod
    def tensors(self) -> Tensors:
        """All of it as arrays."""

    @classmethod
    @abstractmethod
    def restored(cls, parts: Parts, dim: int) -> Self:
        """What `tensors` gave, checked."""


@dataclass(frozen=True, eq=False)
class Columns(Reduction):
    """The dimensions `chosen` (width,), rising, as they are."""

    chosen: Counts

    @property
    def width(self) -> int:
        return len(self.chosen)

    def applied(self, rows: Float64) -> Float64:
        return np.ascontiguousarray(rows[:, self.chosen])

    def spread(self, weights: Float64, dim: int) -> Float64:
        found = np.zeros(dim)
        found[self.chosen] = weights
        return found

    def tensors(self) -> Tensors:
        return {"columns": self.chosen.astype(np.int32)}

    @classmethod
    def restored(cls, parts: Parts, dim: int) -> Self:
        chosen = parts.take("columns", (None,), np.int32).astype(np.int64)
        parts.check("columns", bool((chosen >= 0).all() and (chosen < dim).all() and (np.diff(chosen) > 0).all()))
        return cls(chosen)


@dataclass(frozen=True, eq=False)
class Projection(Reduction):
    """Coordinates along the columns of an orthonormal `basis` (dim, width)."""

    basis: Float64

    @property
    def width(self) -> int:
        return int(self.basis.shape[1])

    def applied(self, rows: Float64) -> Float64:
        return rows @ self.basis

    def spread(self, weights: Float64, dim: int) -> Float64:  # noqa: ARG002
        return np.asarray(self.basis @ weights)

    def tensors(self) -> Tensors:
        return {"basis": self.basis}

    @classmethod
    def restored(cls, parts: Parts, dim: int) -> Self:
        return cls(parts.take("basis", (dim, None)))
