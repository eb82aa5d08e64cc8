"""What each dimension adds to a boosted model's estimates: exact SHAP values of its trees.

References
----------
Lundberg, Erion, Chen, DeGrave, Prutkin, Nair, Katz, Himmelfarb, Bansal and Lee (2020), From local explanations to
global understanding with explainable AI for trees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes.family import checked
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task

if TYPE_CHECKING:
    import xgboost

ROUNDS, DEPTH, LEARNING_RATE, BINS = 100, 3, 0.1, 64

SEEN = 0.5
"""Share of the dimensions that each tree may look at: of several that say the same, each gets its share."""


def shap_values(
    vectors: npt.ArrayLike, answers: npt.ArrayLike, held_out: npt.ArrayLike | None = None, *, seed: int = 0
) -> Float64:
    """What each dimension adds to the estimate of each row, in the unit of the target.

    One boosted model a target, of 100 trees of depth 3; with the mean of its estimates, the values of a row add up to
    the model's estimate for it.

    Parameters
    ----------
    vectors
        Shape (n, dim), which the models learn from.
    answers
        Shape (n,) or (n, target).
    held_out
        Rows (m, dim) that are explained; those that were learnt from if None.
    seed
        Draws the dimensions that each tree may look at.

    Returns
    -------
    Shape (target, m, dim).
    """
    return contributions(vectors, answers, held_out, seed=seed)[..., :-1]


def contributions(
    vectors: npt.ArrayLike, answers: npt.ArrayLike, held_out: npt.ArrayLike | None = None, *, seed: int = 0
) -> Float64:
    """As `shap_values`, and at the end (target, m, dim + 1) the mean estimate that they are counted from."""
    learnt, task = checked(vectors), Task.of(answers)
    if task.classes:
        raise DataError("Classes have no SHAP values here: give the number of each clip that is to be explained.")
    explained = learnt if held_out is None else checked(held_out, learnt.shape[1])
    targets = task.answers(answers)
    if len(targets) != len(learnt):
        raise DataError(f"{len(targets)} labels do not fit {len(learnt)} vectors: give one for each.")
    scaling, answer_scaling = Scaling.of(learnt), Scaling.of(targets)
    rows, shown = scaling.applied(learnt), scaling.applied(explained)
    scaled = [_contributions(grown(rows, each, seed), shown) for each in answer_scaling.applied(targets).T]
    found: Float64 = np.stack(scaled) / answer_scaling.factor[:, np.newaxis, np.newaxis]
    found[..., -1] += answer_scaling.mean[:, np.newaxis]
    return found


def importance(rows: Float64, answer: Float64, *, seed: int = 0) -> Float64:
    """Mean size (dim,) of what each dimension adds to estimates of a standardised answer (n,) of the rows (n, dim)."""
    means: Float64 = np.abs(_contributions(grown(rows, answer, seed), rows)[:, :-1]).mean(axis=0)
    return means


def grown(rows: Float64, answer: Float64, seed: int) -> xgboost.Booster:
    """The boosted model that is explained."""
    import xgboost  # Slow to import, and not needed to read a probe.

    settings: dict[str, Any] = {
        "max_depth": DEPTH,
        "learning_rate": LEARNING_RATE,
        "max_bin": BINS,
        "colsample_bytree": SEEN,
        "seed": seed,
        "base_score": 0.0,
        "tree_method": "hist",
        "nthread": 1,
        "verbosity": 0,
    }
    matrix = xgboost.QuantileDMatrix(rows.astype(np.float32), label=answer, nthread=1, max_bin=BINS)
    return xgboost.train(settings, matrix, ROUNDS)


def _contributions(booster: xgboost.Booster, rows: Float64) -> Float64:
    import xgboost

    matrix = xgboost.DMatrix(rows.astype(np.float32), nthread=1)
    return np.asarray(booster.predict(matrix, pred_contribs=True), dtype=np.float64)
