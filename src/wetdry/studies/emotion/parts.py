"""The analysis cut into parts, one a layer and family of probes, one more a layer for its space; kept when finished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from wetdry.analysis.statistics import cluster_means, mean_known
from wetdry.extract.plan import View
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.emotion import classes, tables
from wetdry.studies.emotion.answers import Answers, novelty
from wetdry.studies.emotion.chains import additivity
from wetdry.studies.emotion.config import EmotionConfig
from wetdry.studies.emotion.fits import Fits, fits
from wetdry.studies.emotion.material import Floats, Material
from wetdry.studies.emotion.measure import Measured
from wetdry.studies.emotion.performance import performance, split_comparison
from wetdry.studies.emotion.space import displacements, emotional_shares, paths
from wetdry.studies.jobs import Job, run_jobs

SPACE, LINEAR = "space", "linear"
COPIES = 8
"""Memory that a part takes at most, in sizes of its vectors as they are stored."""

NOT_OF_ONE_PART = {"data", "train", "encoders", "layers", "probes", "effects", "chains", "baselines", "device", "dtype"}
"""Settings that a part does not follow from beyond what it names itself."""


def count(config: EmotionConfig, measured: Measured) -> int:
    """How many parts there are."""
    return len(measured.layers) * (1 + len(config.families))


def parts(config: EmotionConfig, measured: Measured, checkpoints: Checkpoints, workers: int) -> Iterator[Tables]:
    """The tables of each part in order, computed in as many processes as there are workers."""
    jobs = _jobs(config, measured, checkpoints)
    yield from run_jobs(jobs, min(workers, count(config, measured)), COPIES * measured.largest())


def _jobs(config: EmotionConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """A call for each part, which can be sent to another process; those known already only hand their tables over."""
    for view, layer in measured.layers:
        material: Material | None = None
        for family in (SPACE, *config.families):
            follows_from = _follows_from(config, measured, view, layer, family)
            known = checkpoints.known(follows_from)
            if known is not None:
                yield partial(dict, known)
                continue
            material = material or measured.material(view, layer)
            compute = partial(_part, material, config, family, measured.steps.chains)
            yield partial(checkpoints.tables, follows_from, compute)


def _follows_from(config: EmotionConfig, measured: Measured, view: View, layer: str, family: str) -> dict[str, Any]:
    steps = (*measured.steps.controlled, *measured.steps.parts)
    task = measured.targets.task
    return {
        "config": config.model_dump(mode="json", exclude=NOT_OF_ONE_PART),
        "main": config.families[0] == family,
        "family": family,
        "encoder": view.key,
        "layer": layer,
        "recipe": view.recipe,
        "effects": [(step.family, step.level, step.effect.key, step.effect.revision) for step in steps],
        "task": [task.names, task.classes, measured.unit],
        "train": measured.train.drop(columns="path").to_numpy().tolist(),
        "test": measured.test.drop(columns="path").to_numpy().tolist(),
        "labels": [
            measured.train_targets.of(list(measured.train["item"])).tolist(),
            measured.targets.of(list(measured.test["item"])).tolist(),
        ],
    }


def _part(material: Material, config: EmotionConfig, family: str, chains: dict[str, list[int]]) -> Tables:
    return analyse_space(material, config) if family == SPACE else analyse_family(material, config, family, chains)


def analyse_space(material: Material, config: EmotionConfig) -> Tables:
    """How far the vectors of a layer move, along which paths, and how much of it is emotional.

    Returns
    -------
    dict
        `displacements`, `paths` and `alignment`.
    """
    draws: dict[str, Any] = {"seed": config.seed, "resamples": config.resamples}
    linear = fits(material, LINEAR, refits=0, shuffles=0, seed=config.seed).main
    found = {
        "displacements": displacements(material, **draws),
        "alignment": emotional_shares(material, linear, **draws),
        "paths": paths(material, **draws),
    }
    return {name: _named(rows, material.name) for name, rows in found.items()}


def analyse_family(material: Material, config: EmotionConfig, family: str, chains: dict[str, list[int]]) -> Tables:
    """Everything that one family of probes says of a layer; the main family also goes through the controls.

    Returns
    -------
    dict
        `estimates`, `overall`, `profiles`, `performance`, `robustness`, `probes`; of the main family also `shifts`,
        `shares`, `trends`, `additivity`, `splits`, and of classes `flow`, `transitions`, `class_tests` and
        `published_tests`.
    """
    main = family == config.families[0]
    chosen = fits(material, family, refits=config.refits, shuffles=config.shuffles if main else 0, seed=config.seed)
    answers = Answers.of(chosen.main, material)
    draws: dict[str, Any] = {"seed": config.seed, "resamples": config.resamples}
    scores, robustness = performance(answers, **draws)
    found = {
        "estimates": _estimates(answers, *novelty(chosen.main, material)),
        "overall": tables.overall(answers, **draws),
        "profiles": _profiles(chosen, material),
        "performance": scores,
        "robustness": robustness,
        "probes": _described(chosen),
    }
    if main:
        found |= {
            "shifts": tables.shifts(answers, **draws),
            "shares": tables.shares(answers),
            "trends": tables.trends(answers, seed=config.seed),
            "additivity": additivity(answers, answers.parts(chosen.main), chains, **draws),
            "splits": split_comparison(material, family, **draws),
            **classes.tables(answers, seed=config.seed),
        }
    return {name: _named(rows, material.name | {"probe": family}) for name, rows in found.items()}


def _named(rows: pd.DataFrame, name: Mapping[str, str]) -> pd.DataFrame:
    return pd.concat([pd.DataFrame(dict(name), index=rows.index), rows], axis=1)


def _estimates(answers: Answers, dry_novelty: Floats, wet_novelty: Floats) -> pd.DataFrame:
    """A row for each evaluated clip, dry and under each variant: its emotions, and how strange it is to the probe."""
    material = answers.material
    variants = material.variants.rename(columns={"family": "effect", "effect": "key"})
    rows, columns = answers.wet.shape[:2]
    dry = pd.DataFrame({"effect": "dry", "level": 0.0, "control": "raw", "key": "identity"}, index=range(rows))
    wet = variants.loc[np.tile(np.arange(columns), rows)].reset_index(drop=True)
    clips = pd.concat(
        [material.clips[["item", "group"]], material.clips[["item", "group"]].loc[np.repeat(np.arange(rows), columns)]]
    )
    values = np.concatenate([answers.dry, answers.wet.reshape(rows * columns, -1)])
    table = pd.concat([clips.reset_index(drop=True), pd.concat([dry, wet], ignore_index=True)], axis=1)
    table[list(answers.names)] = values
    return table.assign(novelty=np.concatenate([dry_novelty, wet_novelty.ravel()]))


def _profiles(chosen: Fits, material: Material) -> pd.DataFrame:
    """Shift of each effect over its levels, as each single probe says: a row a probe, effect, control and emotion.

    Beside it the spread of what the probe says of dry clips: one that knows nothing also moves within less.
    """
    runs = [
        ("main", 0, chosen.main),
        *(("refit", run, probe) for run, probe in enumerate(chosen.refits, 1)),
        *(("shuffled", run, probe) for run, probe in enumerate(chosen.shuffled, 1)),
    ]
    return pd.concat([_profile(kind, run, Answers.of(probe, material)) for kind, run, probe in runs], ignore_index=True)


def _profile(kind: str, run: int, answers: Answers) -> pd.DataFrame:
    rows = []
    spread = answers.dry.std(axis=0, ddof=1)
    for control in ("raw", "matched"):
        names, shift = answers.over_levels(control)
        # As in `overall`, a group of clips counts once.
        mean = mean_known(cluster_means(shift, answers.material.groups)[0])
        rows.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "run": run,
                    "effect": np.repeat(np.array(names, dtype=object), len(answers.names)),
                    "control": control,
                    "target": np.tile(np.array(answers.names, dtype=object), len(names)),
                    "shift": mean.ravel(),
                    "spread": np.tile(spread, len(names)),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _described(chosen: Fits) -> pd.DataFrame:
    """The main probe in one row: its settings, what it learnt from and how well, by cross-validation."""
    probe = chosen.main
    return pd.DataFrame(
        [
            {
                "settings": ", ".join(f"{name}={value}" for name, value in probe.settings.items()),
                "rows": probe.rows,
                "dim": probe.dim,
                "cross_validated": probe.score,
                "refits": len(chosen.refits),
                "shuffles": len(chosen.shuffled),
            }
        ]
    )
