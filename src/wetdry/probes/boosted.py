"""Gradient-boosted trees, grown by XGBoost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from wetdry.analysis.statistics.units import Float64
from wetdry.analysis.threads import in_blocks
from wetdry.probes.family import Family, Settings, counted, positive
from wetdry.probes.parts import Parts, Tensors
from wetdry.probes.task import Task
from wetdry.probes.trees import Trees, side_by_side


class BoostedProbe(Family):
    """One model for all classes, or one for each target. The settings to choose from are those of Katsis et al. (2025).

    Trees are grown by histograms, one thread a model and nothing drawn at random, so that the same rows give the same
    trees; models that are compared are grown side by side on as many threads as BLAS may use.

    Parameters
    ----------
    n_estimators, max_depth, learning_rate
        Rounds, splits from root to leaf, and share of each tree that counts.
    bins
        Quantiles of each dimension at which it may be split. Time grows with them; XGBoost's own default is 256.
    """

    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "n_estimators": (100, 200),
        "max_depth": (3, 5),
        "learning_rate": (0.01, 0.1),
    }

    def __init__(
        self,
        n_estimators: int = 100,
        max_depth: int = 3,
        learning_rate: float = 0.1,
        bins: int = 64,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_depth = max_depth
        self.learning_rate = learning_rate
        self.bins = bins

    @property
    def parameters(self) -> int:
        return self.trees_.numbers

    def _learn(self, rows: Float64, answers: Float64) -> None:
        self.trees_ = self._grown(rows, answers, self.task_)

    def _outputs(self, rows: Float64) -> Float64:
        return self.trees_.outputs(rows)

    def _outputs_at(
        self, candidates: Sequence[Settings], task: Task, rows: Float64, answers: Float64, held: Float64
    ) -> Float64:
        wanted = [type(self)(**{**self.get_params(), **each}) for each in candidates]
        # The first rounds of a long run are those of a short one.
        longest: dict[tuple[int, float, int], BoostedProbe] = {}
        for model in wanted:
            longest[model._alike()] = max(longest.get(model._alike(), model), model, key=BoostedProbe._rounds)
        runs = list(longest.values())
        grown = in_blocks(lambda part: [run._grown(rows, answers, task) for run in runs[part]], len(runs), 1)
        trees = {run._alike(): each for run, (each,) in zip(runs, grown, strict=True)}
        return np.stack([trees[model._alike()].first(model._rounds()).outputs(held) for model in wanted])

    def _alike(self) -> tuple[int, float, int]:
        """What models have in common whose shorter ones are the beginning of the longer ones."""
        depth, bins = counted("tree depth", self.max_depth), counted("number of bins", self.bins)
        return depth, positive("learning rate", self.learning_rate), bins

    def _rounds(self) -> int:
        return counted("number of trees", self.n_estimators)

    def _grown(self, rows: Float64, answers: Float64, task: Task) -> Trees:
        import xgboost  # Slow to import, and not needed to read a probe.

        depth, learning_rate, bins = self._alike()
        parameters = {
            "max_depth": depth,
            "learning_rate": learning_rate,
            "max_bin": bins,
            "tree_method": "hist",
            "nthread": 1,
            "verbosity": 0,
        }
        matrix = xgboost.QuantileDMatrix(rows.astype(np.float32), nthread=1, max_bin=bins)

        def grow(labels: Float64, base: Float64, **objective: Any) -> Trees:
            matrix.set_info(label=labels, base_margin=np.tile(base, (len(rows), 1)))
            booster = xgboost.train({**parameters, **objective}, matrix, self._rounds())
            return Trees.of_json(booster.save_raw("json"), base)

        if task.classes:
            prior = np.log(answers.mean(axis=0))
            labels = answers.argmax(axis=1).astype(np.float64)
            return grow(labels, prior - prior.mean(), objective="multi:softprob", num_class=len(task.names))
        forests = [grow(each, np.zeros(1), objective="reg:squarederror") for each in answers.T]
        return side_by_side(forests)

    def _tensors(self) -> Tensors:
        return self.trees_.tensors()

    def _restore(self, parts: Parts) -> None:
        self.trees_ = Trees.restored(parts, self.dim, len(self.task_.names))
