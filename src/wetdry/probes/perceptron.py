"""Layers of rectified units as plain arrays: how they are run, kept and read, whatever trained them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes.family import Family, counted
from wetdry.probes.parts import Parts, Tensors


class Perceptron(Family):
    """One or two hidden layers of rectified units; a kind of it says how they learn.

    Attributes
    ----------
    hidden
        Units of each hidden layer.
    weights_, constants_
        Of each layer: (input, unit) and (unit,).
    """

    hidden: tuple[int, ...]
    weights_: list[Float64]
    constants_: list[Float64]

    def _outputs(self, rows: Float64) -> Float64:
        return forward(rows, self.weights_, self.constants_)

    def _tensors(self) -> Tensors:
        layers = enumerate(zip(self.weights_, self.constants_, strict=True))
        return {
            f"{name}.{i}": each for i, pair in layers for name, each in zip(("weights", "constant"), pair, strict=True)
        }

    def _restore(self, parts: Parts) -> None:
        sizes = (self.dim, *self._layers(), len(self.task_.names))
        steps = list(enumerate(pairwise(sizes)))
        self.weights_ = [parts.take(f"weights.{i}", step) for i, step in steps]
        self.constants_ = [parts.take(f"constant.{i}", step[1:]) for i, step in steps]

    def _layers(self) -> tuple[int, ...]:
        if not isinstance(self.hidden, tuple) or len(self.hidden) not in (1, 2):
            raise DataError(
                f"Hidden layers {self.hidden!r} are no setting of a probe: give the units of 1 or 2 layers."
            )
        return tuple(counted("hidden layer", units) for units in self.hidden)

    def _width(self) -> int:
        return max(self._layers())


def forward(rows: Float64, weights: list[Float64], constants: list[Float64]) -> Float64:
    """Outputs (n, output) of rows (n, dim); all layers but the last are rectified."""
    for each, constant in zip(weights[:-1], constants[:-1], strict=True):
        rows = np.maximum(rows @ each + constant, 0.0)
    outputs: Float64 = rows @ weights[-1] + constants[-1]
    return outputs
