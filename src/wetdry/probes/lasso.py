"""Linear regression that leaves most dimensions out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import lasso_path

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.family import Regressor, Settings, positive
from wetdry.probes.parts import Parts, Tensors
from wetdry.probes.task import Task

TOLERANCE, LOOSE = 1e-13, 1e-4
"""Duality gap, as a share of the squares of the answers: of the model that is kept, and to choose a penalty by."""

MOST_ROUNDS = 20_000


class LassoProbe(Regressor):
    """Outputs are linear in the vectors, the weights held small, and mostly at 0, by the sum of their sizes.

    Parameters
    ----------
    penalty
        In (1 / 2n) Σ error² + penalty Σ |weight|, of standardised dimensions and targets: from 1 on, all weights are 0.
    """

    KIND: ClassVar[str] = "lasso"
    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {"penalty": (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)}

    def __init__(self, penalty: float = 0.05) -> None:
        self.penalty = penalty

    def gradients(self) -> Float64:
        gradients: Float64 = (self.scaling_.factor[:, np.newaxis] * self.weights_).T
        return gradients

    def _learn(self, rows: Float64, answers: Float64) -> None:
        (self.weights_,) = _path(rows, answers, [positive("penalty", self.penalty)], TOLERANCE)

    def _outputs(self, rows: Float64) -> Float64:
        outputs: Float64 = rows @ self.weights_
        return outputs

    def _outputs_at(
        self,
        candidates: Sequence[Settings],
        task: Task,  # noqa: ARG002
        rows: Float64,
        answers: Float64,
        held: Float64,
    ) -> Float64:
        penalties = [positive("penalty", each.get("penalty", self.penalty)) for each in candidates]
        outputs: Float64 = held @ _path(rows, answers, penalties, LOOSE)
        return outputs

    def _tensors(self) -> Tensors:
        return {"weights": self.weights_}

    def _restore(self, parts: Parts) -> None:
        self.weights_ = parts.take("weights", (self.dim, len(self.task_.names)))


def _path(rows: Float64, answers: Float64, penalties: Sequence[float], tolerance: float) -> Float64:
    """Weights (penalty, dim, output) at each penalty, each found from those of the next stronger one."""
    falling = np.unique(penalties)[::-1]
    # Inner products spare the rows only where there are more rows than dimensions.
    products = rows.T @ rows if rows.shape[1] < len(rows) else False
    in_columns = np.asfortranarray(rows)
    found = []
    with warnings.catch_warnings():
        # Weak penalties on more dimensions than rows close the last of the gap slowly; estimates have long settled.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for answer in answers.T:
            _, weights, _ = lasso_path(
                in_columns,
                np.ascontiguousarray(answer),
                alphas=falling,
                precompute=products,
                tol=tolerance,
                max_iter=MOST_ROUNDS,
            )
            found.append(weights)
    by_penalty = np.moveaxis(np.stack(found), -1, 0).swapaxes(1, 2)
    return by_penalty[np.searchsorted(-falling, -np.asarray(penalties))]
