"""Support vector regression, fitted by libsvm and from then on a mixture of kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from sklearn.svm import SVR

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes.family import Regressor, Settings, positive
from wetdry.probes.kernel import few_enough, squared_distances
from wetdry.probes.parts import LARGEST, Parts, Tensors
from wetdry.probes.task import Task

GAP = 1e-4
"""Up to which the conditions of the optimum may be violated, in standard deviations of a target."""

CACHE_MB = 64


class _Solution(NamedTuple):
    """Shares (n, target) of the rows, 0 for those that support nothing, and constants (target,)."""

    mixture: Float64
    constant: Float64


class SvrProbe(Regressor):
    """One support vector machine for each target, with a Gaussian kernel and an ε-insensitive loss.

    The kernel of rows x and y is exp(−g |x − y|²).

    Parameters
    ----------
    cost
        Of a standard deviation of error beyond `epsilon`; scikit-learn's `C`.
    epsilon
        Error that costs nothing, in standard deviations of the target.
    gamma
        g, as a multiple of one over (dimensions × their variance), which is scikit-learn's `gamma="scale"`.
    """

    KIND: ClassVar[str] = "svr"
    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {"cost": (0.1, 0.3, 1.0, 3.0, 10.0), "epsilon": (0.5, 0.2, 0.1)}

    def __init__(self, cost: float = 1.0, epsilon: float = 0.1, gamma: float = 1.0) -> None:
        self.cost = cost
        self.epsilon = epsilon
        self.gamma = gamma

    def _learn(self, rows: Float64, answers: Float64) -> None:
        self.gamma_ = self._reach(few_enough(rows, "svr"))
        found = self._solved(np.exp(-self.gamma_ * squared_distances(rows, rows)), answers)
        supports = (found.mixture != 0).any(axis=1)
        # Where every error is below epsilon nothing supports anything; one row then stands for none.
        supports[0] |= not supports.any()
        self.support_, self.mixture_, self.constant_ = rows[supports], found.mixture[supports], found.constant

    def _outputs(self, rows: Float64) -> Float64:
        outputs: Float64 = np.exp(-self.gamma_ * squared_distances(rows, self.support_)) @ self.mixture_
        return outputs + self.constant_

    def _outputs_at(
        self,
        candidates: Sequence[Settings],
        task: Task,  # noqa: ARG002
        rows: Float64,
        answers: Float64,
        held: Float64,
    ) -> Float64:
        models = [type(self)(**{**self.get_params(), **each}) for each in candidates]
        among, across = squared_distances(few_enough(rows, "svr"), rows), squared_distances(held, rows)
        found = np.empty((len(candidates), len(held), answers.shape[1]))
        for gamma in sorted({model._reach(rows) for model in models}):
            kernel, to_held = np.exp(-gamma * among), np.exp(-gamma * across)
            for number, model in enumerate(models):
                if model._reach(rows) == gamma:
                    best = model._solved(kernel, answers)
                    found[number] = to_held @ best.mixture + best.constant
        return found

    def _tensors(self) -> Tensors:
        return {
            "support": self.support_,
            "gamma": np.array(self.gamma_),
            "mixture": self.mixture_,
            "constant": self.constant_,
        }

    def _restore(self, parts: Parts) -> None:
        outputs = len(self.task_.names)
        self.support_ = parts.take("support", (None, self.dim))
        self.mixture_ = parts.take("mixture", (len(self.support_), outputs))
        self.constant_ = parts.take("constant", (outputs,))
        self.gamma_ = float(parts.take("gamma", ()))
        parts.check("gamma", self.gamma_ >= 1 / LARGEST)

    def _width(self) -> int:
        return len(self.support_)

    def _reach(self, rows: Float64) -> float:
        variance = float(np.var(rows))
        if variance == 0.0:
            raise DataError("All vectors are the same, so nothing can be learnt from them: check what was embedded.")
        return positive("gamma", self.gamma) / (len(rows[0]) * variance)

    def _solved(self, kernel: Float64, answers: Float64) -> _Solution:
        mixture, constant = np.zeros(answers.shape), np.empty(answers.shape[1])
        machine = SVR(
            kernel="precomputed",
            C=positive("cost", self.cost),
            epsilon=positive("epsilon", self.epsilon),
            tol=GAP,
            cache_size=CACHE_MB,
        )
        for target, answer in enumerate(answers.T):
            machine.fit(kernel, answer)
            mixture[machine.support_, target] = machine.dual_coef_[0]
            constant[target] = machine.intercept_[0]
        return _Solution(mixture, constant)
