"""Which dimensions a target is learnt from, or which axes: chosen from the rows that are learnt from, and no others."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.probes.attributions import importance
from wetdry.probes.coordinates import coordinates_of_rows
from wetdry.probes.reduction import Columns, Projection, Reduction
from wetdry.probes.scaling import Scaling


def reductions(selection: str, rows: Float64, answers: Float64, k: int, seed: int) -> list[Reduction]:
    """What each target is learnt from.

    Parameters
    ----------
    selection
        One of `SELECTIONS`.
    rows
        Shape (n, dim), standardised.
    answers
        Shape (n, target), standardised.
    k
        Dimensions that a ranking names, or principal components; all where there are fewer.
    seed
        Of the boosted trees whose SHAP values rank.
    """
    if selection == PCA:
        return [principal_components(rows, k)] * answers.shape[1]
    choose = _CHOICES[selection]
    return [Columns(choose(rows, answer, k, seed)) for answer in answers.T]


def pearson(rows: Float64, answers: Float64) -> Float64:
    """Pearson's r (dim, target) of every dimension with every target; 0 where one of the two is constant."""
    return Scaling.of(rows).applied(rows).T @ Scaling.of(answers).applied(answers) / len(rows)


def principal_components(rows: Float64, k: int) -> Projection:
    """The k axes of rows (n, dim), of mean 0, along which they vary most; each points where its largest weight is."""
    basis = coordinates_of_rows(rows).basis[:, ::-1][:, :k]
    largest = np.take_along_axis(basis, np.abs(basis).argmax(axis=0)[np.newaxis], axis=0)
    return Projection(np.ascontiguousarray(basis * np.sign(largest)))


def _first(importances: Float64, k: int) -> Counts:
    """The k most important dimensions, rising; of equals the first."""
    return np.sort(np.argsort(-importances, kind="stable")[:k])


def _by_pearson(rows: Float64, answer: Float64, k: int, seed: int) -> Counts:  # noqa: ARG001
    return _first(np.abs(pearson(rows, answer[:, np.newaxis])[:, 0]), k)


def _by_shap(rows: Float64, answer: Float64, k: int, seed: int) -> Counts:
    return _first(importance(rows, answer, seed=seed), k)


def _by_either(rows: Float64, answer: Float64, k: int, seed: int) -> Counts:
    return np.union1d(_by_pearson(rows, answer, k, seed), _by_shap(rows, answer, k, seed))


def _by_both(rows: Float64, answer: Float64, k: int, seed: int) -> Counts:
    """Those that both name; if there are none, the one of the largest |r|, for a model has to look at something."""
    both = np.intersect1d(_by_pearson(rows, answer, k, seed), _by_shap(rows, answer, k, seed))
    return both if both.size else _by_pearson(rows, answer, 1, seed)


PCA = "pca"

_CHOICES = MappingProxyType[str, Callable[[Float64, Float64, int, int], Counts]](
    {"pearson": _by_pearson, "shap": _by_shap, "union": _by_either, "intersection": _by_both}
)

SELECTIONS: tuple[str, ...] = (*_CHOICES, PCA)
"""Largest |Pearson's r|; largest mean |SHAP value|; named by either; named by both; principal components."""

DRAWING = ("shap", "union", "intersection")
"""Selections by trees that draw at random what they look at, so that another seed may choose otherwise."""
