"""Gradient boosting over exact splits, by scikit-learn; `boosted` is XGBoost's, over histograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.family import a_share, counted, positive
from wetdry.probes.staged import StagedRegressor
from wetdry.probes.trees import Trees


class BoostingProbe(StagedRegressor):
    """Small trees, each of which learns what the ones before it missed; one model for each target.

    Parameters
    ----------
    n_estimators, max_depth, learning_rate
        Rounds, splits from root to leaf, and share of each tree that counts.
    subsample
        Share of the rows that each tree is grown on.
    seed
        Of the rows that are drawn, and of which of two equally good splits is taken.
    """

    KIND: ClassVar[str] = "boosting"
    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "n_estimators": (50, 100, 200),
        "max_depth": (2, 3),
        "learning_rate": (0.05, 0.1),
    }

    def __init__(
        self,
        n_estimators: int = 100,
        max_depth: int = 3,
        learning_rate: float = 0.1,
        subsample: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_depth = max_depth
        self.learning_rate = learning_rate
        self.subsample = subsample
        self.seed = seed

    def _alike(self) -> tuple[int, float, float, int]:
        depth, rate = counted("tree depth", self.max_depth), positive("learning rate", self.learning_rate)
        return depth, rate, a_share("share of rows", self.subsample), self.seed

    def _grown(self, rows: Float64, answer: Float64) -> Trees:
        booster = self._boosted(rows, answer)
        trees = [each.tree_ for each in booster.estimators_[:, 0]]
        return Trees.of_sklearn(trees, float(self.learning_rate), float(booster.init_.constant_[0, 0]))

    def _stages(self, rows: Float64, answer: Float64, held: Float64) -> Float64:
        return np.stack(list(self._boosted(rows, answer).staged_predict(held)))

    def _boosted(self, rows: Float64, answer: Float64) -> GradientBoostingRegressor:
        depth, rate, share, seed = self._alike()
        booster = GradientBoostingRegressor(
            n_estimators=self._count(),
            max_depth=depth,
            learning_rate=rate,
            subsample=share,
            random_state=seed,
        )
        return booster.fit(rows, answer)
