"""Whether what was learnt on dry clips still tells classes when an effect is over them, in its own domain or the other.

Probes learn from the dry clips of one domain, as those of the table `probing` do, and are asked about the clips of both
domains that they did not learn from, dry and wet. The change is that of the same clips, and its interval is of groups
resampled: a group that is in both domains was learnt from in neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.scores import Scores, class_scores
from wetdry.analysis.statistics.units import Counts, Flags, Float64
from wetdry.extract.plan import View
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.jobs import Job
from wetdry.studies.resumable import resumable
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.distances import layer_follows_from
from wetdry.studies.transfer.learners import fold_probes
from wetdry.studies.transfer.measure import Measured, Texts
from wetdry.studies.transfer.probing import METRICS
from wetdry.studies.transfer.wet_distances import Wetness, in_order, versions

SCORED = ("metric", "value", "low", "high", "change", "change_low", "change_high", "clips", "groups")
"""Columns of `effect_scores` after those that name layer, probe, effect and domains."""


class Asked(NamedTuple):
    """What is known of the clips (n,): domain, group, class and the part in which they are held out."""

    domain: Texts
    group: Texts
    label: Texts
    fold: Counts


def count(config: TransferConfig, measured: Measured) -> int:
    """How many parts there are: one a layer, baselines too, and family of probes; none without effects."""
    return len(measured.layers) * len(set(config.probes)) if measured.steps else 0


def jobs(config: TransferConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """Calls that give parts of the table `effect_scores`."""
    if not measured.steps:
        return
    for view, layer, position in measured.layers:
        for family in dict.fromkeys(config.probes):
            follows_from = {
                "part": "wet scores",
                **layer_follows_from(measured, view, layer, position),
                "probe": family,
                "folds": measured.folds.probes.tolist(),
                "steps": [(*Wetness.of(step), step.effect.revision) for step in measured.steps],
                "settings": [config.resamples, config.seed],
            }
            yield resumable(
                checkpoints, follows_from, partial(_prepared, config, measured, view, layer, position, family)
            )


def _prepared(config: TransferConfig, measured: Measured, view: View, layer: str, position: int, family: str) -> Job:
    return partial(
        effect_scores,
        versions(measured, view, layer, measured.steps),
        Asked(measured.domain, measured.groups, measured.labels, measured.folds.probes),
        [Wetness.of(step) for step in measured.steps],
        {"encoder": view.encoder.spec.name, "layer": layer, "position": position, "probe": family},
        family=family,
        domains=measured.domains.names,
        classes=measured.classes,
        seed=config.seed,
        resamples=config.resamples,
    )


def effect_scores(
    vectors: npt.ArrayLike,
    clips: Asked,
    effects: Sequence[Wetness],
    about: dict[str, Any],
    *,
    family: str,
    domains: tuple[str, str],
    classes: Sequence[str],
    seed: int,
    resamples: int,
) -> Tables:
    """Scores of probes of each domain on the wet clips of each, and what they are more than on the same clips dry.

    Parameters
    ----------
    vectors
        Shape (1 + effect, n, dim), dry first; a clip that an effect failed on, NaN, is left out wet and dry.
    clips
        Of both domains.
    effects
        In the order of the vectors. One that failed on all clips of a domain has no rows there.
    about
        First columns of the table.
    family
        Kind of probe.
    domains, classes
        Names, classes in the order of their numbers.
    seed, resamples
        Of probes, and of groups.

    Returns
    -------
    dict
        `effect_scores`: one row an effect, learnt domain, tested domain and metric; limits as those of `class_scores`.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    found: list[dict[str, Any]] = []
    for learnt in domains:
        estimates = _estimates(rows, clips, clips.domain == learnt, family=family, classes=classes, seed=seed)
        for tested in domains:
            own = clips.domain == tested
            pair = {"learnt": learnt, "tested": tested}
            scored = _scored(estimates[own], clips.label[own], clips.group[own], effects, classes, resamples, seed)
            found += [{**about, **row._asdict(), **pair, **score} for row, score in scored]
    table = pd.DataFrame(found, columns=[*about, *Wetness._fields, "learnt", "tested", *SCORED])
    return {"effect_scores": in_order(table, effects)}


def _estimates(
    vectors: Float64, clips: Asked, learnt: Flags, *, family: str, classes: Sequence[str], seed: int
) -> Float64:
    """Probabilities (n, 1 + effect, class) by probes that learnt from dry clips of other groups; NaN where none."""
    estimates = np.full((vectors.shape[1], len(vectors), len(classes)), np.nan)
    probes = fold_probes(
        vectors[0], clips.label, clips.group, learnt, clips.fold, family=family, names=classes, seed=seed
    )
    for probe, held_out in probes:
        asked = vectors[:, held_out].swapaxes(0, 1)
        known: Flags = np.asarray(np.isfinite(asked).all(axis=2))
        said = np.full((*known.shape, len(classes)), np.nan)
        said[known] = probe.estimate(asked[known])
        estimates[held_out] = said
    return estimates


def _scored(
    estimates: Float64,
    labels: Texts,
    groups: Texts,
    effects: Sequence[Wetness],
    classes: Sequence[str],
    resamples: int,
    seed: int,
) -> Iterator[tuple[Wetness, dict[str, Any]]]:
    """Each effect with its scores on the clips of one domain that have an estimate: (n, 1 + effect, class)."""
    known: Flags = np.asarray(np.isfinite(estimates).all(axis=2))
    asked = [place for place in range(1, 1 + len(effects)) if known[:, place].any()]
    if not asked:
        return
    truth = np.array([list(classes).index(label) for label in labels], dtype=np.int64)
    scores = class_scores(truth, estimates[:, [0, *asked]], groups, resamples=resamples, seed=seed)
    for column, place in enumerate(asked, start=1):
        clips = int(known[:, place].sum())
        for metric in METRICS:
            yield effects[place - 1], _row(metric, scores[metric], column, clips)


def _row(metric: str, scores: Scores, column: int, clips: int) -> dict[str, Any]:
    return {
        "metric": metric,
        "value": scores.estimate[column],
        "low": scores.low[column],
        "high": scores.high[column],
        "change": scores.change[column],
        "change_low": scores.change_low[column],
        "change_high": scores.change_high[column],
        "clips": clips,
        "groups": int(scores.units[column]),
    }
