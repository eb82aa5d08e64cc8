"""Families that grow tree after tree, so that a small model is the beginning of a large one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from itertools import chain

import numpy as np

from wetdry.analysis.statistics.units import Float64
from wetdry.analysis.threads import in_blocks
from wetdry.probes.family import Regressor, Settings, counted
from wetdry.probes.parts import Parts, Tensors
from wetdry.probes.task import Task
from wetdry.probes.trees import Trees, side_by_side


class StagedRegressor(Regressor):
    """Trees that are grown one after another, for each target on its own; `n_estimators` of them."""

    n_estimators: int

    @property
    def parameters(self) -> int:
        return self.trees_.numbers

    def _learn(self, rows: Float64, answers: Float64) -> None:
        self.trees_ = side_by_side([self._grown(rows, answer) for answer in answers.T])

    def _outputs(self, rows: Float64) -> Float64:
        return self.trees_.outputs(rows)

    def _outputs_at(
        self,
        candidates: Sequence[Settings],
        task: Task,  # noqa: ARG002
        rows: Float64,
        answers: Float64,
        held: Float64,
    ) -> Float64:
        wanted = [type(self)(**{**self.get_params(), **each}) for each in candidates]
        largest: dict[Hashable, StagedRegressor] = {}
        for model in wanted:
            largest[model._alike()] = max(largest.get(model._alike(), model), model, key=StagedRegressor._count)
        runs = list(largest.values())

        def grown(part: slice) -> list[Float64]:
            return [
                np.stack([model._stages(rows, answer, held) for answer in answers.T], axis=-1) for model in runs[part]
            ]

        stages = dict(zip(largest, chain.from_iterable(in_blocks(grown, len(runs), 1)), strict=True))
        return np.stack([stages[model._alike()][model._count() - 1] for model in wanted])

    def _tensors(self) -> Tensors:
        return self.trees_.tensors()

    def _restore(self, parts: Parts) -> None:
        self.trees_ = Trees.restored(parts, self.dim, len(self.task_.names))

    def _count(self) -> int:
        return counted("number of trees", self.n_estimators)

    @abstractmethod
    def _alike(self) -> Hashable:
        """What models have in common whose smaller ones are the beginning of the larger ones; settings checked."""

    @abstractmethod
    def _grown(self, rows: Float64, answer: Float64) -> Trees:
        """The trees of one target (n,), whose leaves add up to its values."""

    @abstractmethod
    def _stages(self, rows: Float64, answer: Float64, held: Float64) -> Float64:
        """Values (stage, m) of rows (m, dim) held out by the first tree, the first two, and so on."""
