"""The linear probe: ridge regression for numbers, multinomial logistic regression for classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, ClassVar

import numpy as np

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.coordinates import Coordinates, axes_of_rows, coordinates_along, coordinates_of_rows
from wetdry.probes.family import Family, Settings, positive
from wetdry.probes.parts import Parts, Tensors
from wetdry.probes.penalised import solutions
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task


class LinearProbe(Family):
    """Outputs are linear in the vectors, the weights held small by a quadratic penalty.

    Parameters
    ----------
    penalty
        Added to the variance of every standardised dimension, which is 1; of n rows, it is n · penalty in
        Σ loss + ½ penalty |weights|² (classes) or Σ error² + penalty |weights|² (numbers). The constant is free.
    """

    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {"penalty": tuple(10.0**power for power in range(4, -4, -1))}

    def __init__(self, penalty: float = 1.0) -> None:
        self.penalty = penalty
        self._axes: Float64 | None = None

    def acquainted(self, vectors: Float64, task: Task) -> Family:
        if not task.classes or len(vectors) <= vectors.shape[1]:
            return self
        known = copy(self)
        known._axes = axes_of_rows(Scaling.of(vectors).applied(vectors))
        return known

    def gradients(self) -> Float64:
        # Those of classes sum to 0: a logit is against the mean of all.
        return (self.scaling_.factor[:, np.newaxis] * self.weights_).T

    def _learn(self, rows: Float64, answers: Float64) -> None:
        penalty = len(rows) * positive("penalty", self.penalty)
        space = self._space(rows)
        self._axes = None
        (found,) = solutions(space, answers, [penalty], classes=self.task_.classes, final=True)
        self.weights_, self.constant_ = space.basis @ found.axes, found.constant

    def _space(self, rows: Float64) -> Coordinates:
        # Any axes do for a logistic regression, the nearer to those of its rows the quicker.
        return coordinates_of_rows(rows) if self._axes is None else coordinates_along(rows, self._axes)

    def _outputs(self, rows: Float64) -> Float64:
        return rows @ self.weights_ + self.constant_

    def _outputs_at(
        self, candidates: Sequence[Settings], task: Task, rows: Float64, answers: Float64, held: Float64
    ) -> Float64:
        penalties = [len(rows) * positive("penalty", each.get("penalty", self.penalty)) for each in candidates]
        space = self._space(rows)
        found = solutions(space, answers, penalties, classes=task.classes)
        return np.stack([held @ (space.basis @ each.axes) + each.constant for each in found])

    def _tensors(self) -> Tensors:
        return {"weights": self.weights_, "constant": self.constant_}

    def _restore(self, parts: Parts) -> None:
        outputs = len(self.task_.names)
        self.weights_ = parts.take("weights", (self.dim, outputs))
        self.constant_ = parts.take("constant", (outputs,))
