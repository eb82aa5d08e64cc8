"""The kernel probe: the linear one in the space of a Gaussian kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, ClassVar

import numpy as np

from wetdry.analysis.least_squares import double_centred
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes.coordinates import coordinates_of_kernel
from wetdry.probes.family import Family, Settings, positive
from wetdry.probes.parts import LARGEST, Parts, Tensors
from wetdry.probes.penalised import solutions
from wetdry.probes.task import Task

MOST_ROWS = 6000
"""Beyond, the spectrum of the kernel takes minutes."""

ROUNDING = 1e-12
"""Share of the largest squared distance up to which one is but the rounding of a difference."""


class KernelProbe(Family):
    """Kernel ridge regression for numbers, kernel multinomial logistic regression for classes.

    The kernel of rows x and y is exp(−|x − y|² / 2 h²), the outputs a mixture of the kernels around the training rows.

    Parameters
    ----------
    bandwidth
        h, as a share of the median distance between training rows.
    penalty
        Of the squared norm of the function, in Σ loss + ½ penalty |f|² (classes) or Σ error² + penalty |f|² (numbers).
    """

    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "bandwidth": (2.0, 1.0, 0.5),
        "penalty": (10.0, 1.0, 0.1, 0.01),
    }

    def __init__(self, penalty: float = 1.0, bandwidth: float = 1.0) -> None:
        self.penalty = penalty
        self.bandwidth = bandwidth

    def _learn(self, rows: Float64, answers: Float64) -> None:
        squared = squared_distances(few_enough(rows), rows)
        self.support_, self.reach_ = rows, positive("bandwidth", self.bandwidth) * _median_distance(squared)
        kernel = _gaussian(squared, self.reach_)
        penalty = positive("penalty", self.penalty)
        mixtures, constants = _mixtures(kernel, answers, [penalty], classes=self.task_.classes, final=True)
        self.mixture_, self.constant_ = mixtures[0], constants[0]

    def _outputs(self, rows: Float64) -> Float64:
        kernel = _gaussian(squared_distances(rows, self.support_), self.reach_)
        outputs: Float64 = kernel @ self.mixture_ + self.constant_
        return outputs

    def _outputs_at(
        self, candidates: Sequence[Settings], task: Task, rows: Float64, answers: Float64, held: Float64
    ) -> Float64:
        among, across = squared_distances(few_enough(rows), rows), squared_distances(held, rows)
        typical = _median_distance(among)
        models = [(number, type(self)(**{**self.get_params(), **each})) for number, each in enumerate(candidates)]
        found = np.empty((len(candidates), len(held), answers.shape[1]))
        for bandwidth, same in groupby(sorted(models, key=_bandwidth), key=_bandwidth):
            numbers, alike = zip(*same, strict=True)
            penalties = [positive("penalty", each.penalty) for each in alike]
            kernel = _gaussian(among, bandwidth * typical)
            mixtures, constants = _mixtures(kernel, answers, penalties, classes=task.classes)
            found[list(numbers)] = _gaussian(across, bandwidth * typical) @ mixtures + constants[:, np.newaxis]
        return found

    def _tensors(self) -> Tensors:
        return {
            "support": self.support_,
            "reach": np.array(self.reach_),
            "mixture": self.mixture_,
            "constant": self.constant_,
        }

    def _restore(self, parts: Parts) -> None:
        outputs = len(self.task_.names)
        self.support_ = parts.take("support", (None, self.dim))
        self.mixture_ = parts.take("mixture", (len(self.support_), outputs))
        self.constant_ = parts.take("constant", (outputs,))
        self.reach_ = float(parts.take("reach", ()))
        parts.check("reach", self.reach_ >= 1 / LARGEST)

    def _width(self) -> int:
        return len(self.support_)


def _mixtures(
    kernel: Float64, answers: Float64, penalties: Sequence[float], *, classes: bool, final: bool = False
) -> tuple[Float64, Float64]:
    """Shares of the rows (penalty, n, output) and constants (penalty, output) that are best for each penalty.

    The constant being free, the functions may as well be counted from their mean: that takes the axis out of the kernel
    that nearly is a constant, and with it the one thing that makes the problem hard.
    """
    space = coordinates_of_kernel(double_centred(kernel))
    best = solutions(space, answers, penalties, classes=classes, final=final)
    mixtures = space.basis @ np.stack([each.axes for each in best])
    return mixtures, np.stack([each.constant for each in best]) - kernel.mean(axis=0) @ mixtures


def _bandwidth(numbered: tuple[int, KernelProbe]) -> float:
    return positive("bandwidth", numbered[1].bandwidth)


def few_enough(rows: Float64, kind: str = "kernel") -> Float64:
    """Rows (n, dim), if all their pairs can be held in memory."""
    if len(rows) > MOST_ROWS:
        raise DataError(f"{len(rows)} clips are more than the {MOST_ROWS} of a {kind} probe: take a linear one.")
    return rows


def _median_distance(squared: Float64) -> float:
    """Median of the distances whose squares (n, n) are given, of a row from itself left out."""
    typical = float(np.median(squared[np.triu_indices(len(squared), 1)]))
    if typical <= ROUNDING * float(squared.max()):
        raise DataError("Most vectors are the same, so they have no typical distance: check what was embedded.")
    return float(np.sqrt(typical))


def squared_distances(one: Float64, other: Float64) -> Float64:
    """Squared distances (n, m) of rows (n, dim) from rows (m, dim)."""
    lengths = np.square(one).sum(axis=1)[:, np.newaxis] + np.square(other).sum(axis=1)
    squared: Float64 = np.maximum(lengths - 2.0 * (one @ other.T), 0.0)
    return squared


def _gaussian(squared: Float64, reach: float) -> Float64:
    kernel: Float64 = np.exp(squared / (-2.0 * reach**2))
    return kernel
