"""A logistic regression for each class against the rest, its cost chosen by cross-validated ROC AUC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from wetdry.analysis.auc import roc_auc
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes.logistic import Solution, combination, minimum, path
from wetdry.probes.problems import Labels, Problem, class_weights, drawn, folds_of
from wetdry.probes.spaces import space_of

DECADES = tuple(10.0**power for power in range(-8, 4))
"""The costs of Deng et al. (2025)."""

FINAL_TOLERANCE = 1e-12
"""For the model that is kept: weights are right to about 7 digits."""

TIED = 1e-12
"""Difference of mean AUCs that is but the rounding of their sum."""


class OneVsRestLogistic(BaseEstimator):  # type: ignore[misc]
    """Scores rows for each class by a logistic regression of its own.

    For each class: as many negatives as positives, drawn evenly from the other classes; both sides weigh the same; the
    cost is that of the best mean ROC AUC over stratified folds, the smallest of equals; refitted on all rows. The
    constant is penalised as any weight. This is `GridSearchCV` over scikit-learn's liblinear solver, as Deng et al.
    (2025) use it, solved to convergence.

    Vectors enter as they are given: scale them before, in a pipeline, if their dimensions differ in size.
    Without groups, folds are blocks of the rows as given, negatives class by class, so each fold holds out
    negatives of classes that the others hardly contain.

    Parameters
    ----------
    costs
        What losses cost relative to the penalty (scikit-learn's C), to choose from.
    folds
        Parts of the rows, each left out once.
    seed
        Of the draw of negatives.
    classes
        The classes to tell from all others; every one if None.
    balanced_negatives
        Draw as many negatives as positives; otherwise learn from all rows.

    Attributes
    ----------
    classes_ : ndarray (class,)
    coef_ : ndarray (class, dim)
    intercept_ : ndarray (class,)
    costs_ : ndarray (class,)
        The chosen cost.
    cross_validated_auc_ : ndarray (class,)
        Mean ROC AUC over folds at that cost, and so a little optimistic.
    auc_of_costs_ : ndarray (class, cost)
        The same at each cost, rising.
    n_features_in_ : int

    References
    ----------
    Deng et al. (2025), Investigating the sensitivity of pre-trained audio embeddings to common effects.

    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat(["flute", "piano", "violin"], 20)
    >>> vectors = rng.standard_normal((60, 5)) + 4.0 * np.eye(3, 5).repeat(20, axis=0)
    >>> OneVsRestLogistic().fit(vectors, labels).cross_validated_auc_.round(2).tolist()
    [1.0, 1.0, 1.0]
    """

    def __init__(
        self,
        costs: Sequence[float] = DECADES,
        *,
        folds: int = 3,
        seed: int = 0,
        classes: Sequence[object] | None = None,
        balanced_negatives: bool = True,
    ) -> None:
        self.costs = costs
        self.folds = folds
        self.seed = seed
        self.classes = classes
        self.balanced_negatives = balanced_negatives

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Self:  # noqa: N803
        """Learn from vectors (n, dim) with labels (n,); `groups` (n,) label rows that no fold may part."""
        vectors = _checked(X)
        labels = _checked_labels(y, len(vectors), "labels")
        together = None if groups is None else _checked_labels(groups, len(vectors), "groups")
        costs = _checked_costs(self.costs)
        self.classes_ = np.unique(labels) if self.classes is None else np.asarray(self.classes)
        if not self.classes_.size:
            raise DataError("There is no class to learn: name at least one, or give None for all.")
        problems = [drawn(labels, name, seed=self.seed, balanced=self.balanced_negatives) for name in self.classes_]
        models = [_chosen(vectors, problem, together, costs, self.folds) for problem in problems]
        self.coef_ = np.stack([model.weights[:-1] for model in models])
        self.intercept_ = np.array([model.weights[-1] for model in models])
        self.costs_ = np.array([model.cost for model in models])
        self.auc_of_costs_ = np.stack([model.aucs for model in models])
        self.cross_validated_auc_ = np.array([model.auc for model in models])
        self.n_features_in_ = vectors.shape[1]
        return self

    def decision_function(self, X: npt.ArrayLike) -> Float64:  # noqa: N803
        """Scores (…, class) of vectors (…, dim): the log-odds of each class where both sides are as frequent."""
        check_is_fitted(self)
        vectors = np.asarray(X, dtype=np.float64)
        if vectors.shape[-1:] != (self.n_features_in_,):
            raise DataError(
                f"Vectors of shape {vectors.shape} do not fit a classifier that learnt from {self.n_features_in_} "
                "dimensions: take them from the same layer of the same encoder."
            )
        scores: Float64 = vectors @ self.coef_.T + self.intercept_
        return scores


class _Model(NamedTuple):
    weights: Float64
    cost: float
    auc: float
    aucs: Float64


def _chosen(vectors: Float64, problem: Problem, groups: Labels | None, costs: tuple[float, ...], folds: int) -> _Model:
    """The model of one problem, at its best cost."""
    space = space_of(vectors[problem.rows])
    signs = np.where(problem.positive, 1.0, -1.0)
    aucs = []
    by_fold: list[list[Float64]] = []
    for fitted, held_out in folds_of(problem, folds, None if groups is None else groups[problem.rows]):
        weights = class_weights(problem.positive[fitted])
        found = path(space.restricted(fitted), signs[fitted], weights, costs)
        coefficients = np.stack([each.coefficients for each in found])
        aucs.append(roc_auc(space.scores_elsewhere(coefficients, fitted, held_out), problem.positive[held_out]))
        by_fold.append(list(space.spread_out(coefficients, fitted)))
    mean = np.mean(aucs, axis=0)
    best = int(np.flatnonzero(mean >= mean.max() - TIED)[0])
    pulls = costs[best] * class_weights(problem.positive)
    # The folds' models at that cost already know two thirds of the rows each.
    known = [Solution(each[best], space.scores(each[best])) for each in by_fold]
    start = combination(space, signs, pulls, known)
    final = minimum(space, signs, pulls, start, tolerance=FINAL_TOLERANCE)
    return _Model(space.weights(final.coefficients), costs[best], float(mean[best]), mean)


def _checked(given: npt.ArrayLike) -> Float64:
    vectors = np.asarray(given, dtype=np.float64)
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise DataError(f"Vectors of shape {vectors.shape} cannot be learnt from: give one row a clip (n, dim).")
    broken = int((~np.isfinite(vectors).all(axis=1)).sum())
    if broken:
        raise DataError(f"{broken} of {len(vectors)} vectors are not finite: leave those rows out.")
    return vectors


def _checked_labels(given: npt.ArrayLike, rows: int, what: str) -> Labels:
    labels: npt.NDArray[Any] = np.asarray(given)
    if labels.shape != (rows,):
        raise DataError(f"{what.capitalize()} of shape {labels.shape} do not fit {rows} vectors: give one for each.")
    return labels.astype(str) if labels.dtype == object else labels


def _checked_costs(given: Sequence[float]) -> tuple[float, ...]:
    costs = tuple(sorted(float(cost) for cost in given))
    if not costs or not all(0.0 < cost < np.inf for cost in costs):
        raise DataError(f"Costs must be positive numbers, at least one, not {list(given)}: 1e-8 to 1e3 is usual.")
    return costs
