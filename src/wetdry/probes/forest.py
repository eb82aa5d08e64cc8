"""Random forests, grown by scikit-learn and from then on nothing but their nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.family import a_share, counted
from wetdry.probes.staged import StagedRegressor
from wetdry.probes.trees import DEEPEST, Trees


class ForestProbe(StagedRegressor):
    """The mean of trees, each grown on rows drawn with replacement; one forest for each target.

    Parameters
    ----------
    n_estimators
        Trees.
    min_samples_leaf
        Rows that every leaf has at least.
    max_features
        Share of the dimensions among which each split is chosen.
    seed
        Of the rows that are drawn, and of the dimensions.
    """

    KIND: ClassVar[str] = "forest"
    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "n_estimators": (100, 200),
        "min_samples_leaf": (5, 2),
        "max_features": (0.2, 0.5, 1.0),
    }

    def __init__(
        self, n_estimators: int = 200, min_samples_leaf: int = 2, max_features: float = 0.5, seed: int = 0
    ) -> None:
        self.n_estimators = n_estimators
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.seed = seed

    def _alike(self) -> tuple[int, float, int]:
        return counted("leaf size", self.min_samples_leaf), a_share("share of dimensions", self.max_features), self.seed

    def _grown(self, rows: Float64, answer: Float64) -> Trees:
        trees = self._forest(rows, answer).estimators_
        return Trees.of_sklearn([each.tree_ for each in trees], 1.0 / len(trees))

    def _stages(self, rows: Float64, answer: Float64, held: Float64) -> Float64:
        single = held.astype(np.float32)
        values = [each.tree_.predict(single)[:, 0] for each in self._forest(rows, answer).estimators_]
        means: Float64 = np.cumsum(values, axis=0) / np.arange(1, len(values) + 1)[:, np.newaxis]
        return means

    def _forest(self, rows: Float64, answer: Float64) -> RandomForestRegressor:
        leaf, share, seed = self._alike()
        forest = RandomForestRegressor(
            self._count(), min_samples_leaf=leaf, max_features=share, max_depth=DEEPEST, random_state=seed, n_jobs=1
        )
        return forest.fit(rows, answer)
