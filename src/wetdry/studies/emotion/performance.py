"""How well a probe still estimates emotion when effects are on: scores at every level, and of splits that leak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.robustness import robustness
from wetdry.analysis.scores import Scores, class_scores, regression_scores
from wetdry.probes import out_of_fold
from wetdry.studies.emotion.answers import Answers
from wetdry.studies.emotion.fits import SHUFFLED_STREAM
from wetdry.studies.emotion.material import Floats, Labels, Material

ALL_CLASSES = "all classes"
GROUPS, RANDOM, SHUFFLED = "groups held out", "clips held out at random", "shuffled labels, groups held out"
"""Ways to hold out clips: random ones leak where several clips are of one song."""

CHANCE = {"r2": 0.0, "ccc": 0.0, "kappa": 0.0}
"""Scores of a probe that has learnt nothing, where they do not depend on the labels."""

CURVES = ("r2", "ccc", "accuracy", "macro_f1")
"""Metrics that figures show; tables have all."""

LOWER_IS_BETTER = ("mae", "rmse", "log_loss", "ece")
FOLDS = 5


def performance(answers: Answers, *, seed: int, resamples: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of the dry clips and of each variant, and their change from dry; and the area below each curve.

    Returns
    -------
    scores
        A row for each variant, target and metric: `value` with interval, `change` from dry with interval.
    robustness
        A row for each effect with levels, control, target and metric.
    """
    material = answers.material
    columns = np.concatenate([answers.dry[:, np.newaxis], answers.wet], axis=1)
    found = _scores(material, material.labels, columns, material.groups, seed=seed, resamples=resamples)
    dry = pd.DataFrame({"family": ["dry"], "level": [0.0], "control": ["raw"], "effect": ["identity"]})
    described = pd.concat([dry, material.variants], ignore_index=True).rename(
        columns={"family": "effect", "effect": "key"}
    )
    tables = [
        described.assign(
            target=target,
            metric=metric,
            value=score.estimate[:, place],
            low=score.low[:, place],
            high=score.high[:, place],
            change=score.change[:, place],
            change_low=score.change_low[:, place],
            change_high=score.change_high[:, place],
            units=score.units[:, place],
            chance=_chance(metric, material.labels),
        )
        for metric, score in found.items()
        for place, target in enumerate(_targets(material))
    ]
    return pd.concat(tables, ignore_index=True), _robustness(material, found)


def split_comparison(material: Material, family: str, *, seed: int, resamples: int) -> pd.DataFrame:
    """Scores of dry clips that were held out by groups, at random, and by groups from shuffled labels.

    All labelled clips take part, those of the training side and those that are evaluated; settings are chosen anew
    inside of what is left.
    """
    vectors = np.concatenate([material.train, material.dry])
    labels = np.concatenate([material.train_labels, material.labels])
    groups = np.concatenate([material.train_groups, material.groups])
    dealt = np.random.default_rng([seed, SHUFFLED_STREAM]).permutation(len(labels))
    ways: dict[str, tuple[Labels, npt.NDArray[np.str_] | None]] = {
        GROUPS: (labels, groups),
        RANDOM: (labels, None),
        SHUFFLED: (labels[dealt], groups),
    }
    rows = []
    for way, (truth, together) in ways.items():
        estimates, _ = out_of_fold(
            vectors, truth, together, family=family, folds=FOLDS, seed=seed, names=material.task.names
        )
        found = _scores(material, truth, estimates[:, np.newaxis], groups, seed=seed, resamples=resamples)
        rows += [
            {
                "split": way,
                "target": target,
                "metric": metric,
                "value": score.estimate[0, place],
                "low": score.low[0, place],
                "high": score.high[0, place],
                "chance": _chance(metric, truth),
                "clips": len(truth),
                "groups": len(np.unique(groups)),
            }
            for metric, score in found.items()
            for place, target in enumerate(_targets(material))
        ]
    return pd.DataFrame(rows)


def _scores(
    material: Material,
    labels: Labels,
    columns: Floats,
    groups: npt.NDArray[np.str_],
    *,
    seed: int,
    resamples: int,
) -> Mapping[str, Scores]:
    """Scores of each column (clip, column, emotion), all of shape (column, target)."""
    names = material.task.names
    estimates = columns[..., : len(names)]
    measured: npt.NDArray[np.bool_] = np.asarray((~np.isnan(estimates).any(axis=2)).any(axis=0))
    if material.task.classes:
        truth = np.array([names.index(str(label)) for label in labels])
        found = class_scores(truth, estimates[:, measured], groups, resamples=resamples, seed=seed)
        found = {name: _as_one_target(score) for name, score in found.items()}
    else:
        found = regression_scores(labels, estimates[:, measured], groups, resamples=resamples, seed=seed)
    return {name: _with_unmeasured(score, measured) for name, score in found.items()}


def _targets(material: Material) -> tuple[str, ...]:
    return (ALL_CLASSES,) if material.task.classes else material.task.names


def _chance(metric: str, labels: Labels) -> float:
    """The score of always saying the commonest class; NaN where it depends on more than the labels."""
    if metric == "accuracy":
        return float(np.unique(labels, return_counts=True)[1].max() / len(labels))
    if metric == "recall":
        return 1.0 / len(np.unique(labels))
    return CHANCE.get(metric, np.nan)


def _robustness(material: Material, found: Mapping[str, Scores]) -> pd.DataFrame:
    """Area below each metric's curve over the levels of an effect, as a share of its dry value."""
    swept = material.variants[material.variants["level"].notna()]
    sweeps = [rows.sort_values("level") for _, rows in swept.groupby(["family", "control"], sort=False)]
    if not sweeps:
        return pd.DataFrame(columns=["effect", "control", "target", "metric", "value", "low", "high", "units"])
    # The dry clips are column 0, the variants follow.
    columns = np.array([rows.index.to_numpy() + 1 for rows in sweeps])
    described = pd.DataFrame(
        {
            "effect": [rows["family"].iloc[0] for rows in sweeps],
            "control": [rows["control"].iloc[0] for rows in sweeps],
        }
    )
    tables = []
    for metric, score in found.items():
        share = robustness(score, columns, sweeps[0]["level"].to_numpy(), lower_is_better=metric in LOWER_IS_BETTER)
        tables += [
            described.assign(
                target=target,
                metric=metric,
                value=share.estimate[:, place],
                low=share.low[:, place],
                high=share.high[:, place],
                units=share.units[:, place],
            )
            for place, target in enumerate(_targets(material))
        ]
    return pd.concat(tables, ignore_index=True)


def _with_unmeasured(score: Scores, measured: npt.NDArray[np.bool_]) -> Scores:
    """Scores of all columns from those of the measured ones: NaN, of no clips, where an effect failed on every clip."""
    if measured.all():
        return score

    def spread_out(values: npt.NDArray[Any], axis: int) -> npt.NDArray[Any]:
        shape = (*values.shape[:axis], len(measured), *values.shape[axis + 1 :])
        wide = np.full(shape, np.nan if values.dtype.kind == "f" else 0, dtype=values.dtype)
        np.moveaxis(wide, axis, 0)[measured] = np.moveaxis(values, axis, 0)
        return wide

    names = [field.name for field in fields(score)]
    # Drawn scores have the resamples first.
    return replace(score, **{name: spread_out(getattr(score, name), int(name.startswith("drawn"))) for name in names})


def _as_one_target(score: Scores) -> Scores:
    """Scores (column,) as of a single target (column, 1)."""
    columns = {name: getattr(score, name)[..., np.newaxis] for name in (field.name for field in fields(score))}
    return replace(score, **columns)
