"""Does a direction follow the strength? Canonical correlation of all clips, and of each clip alone.

Each fit stands beside what it reaches on clips (or strengths) that it was not fitted on, and beside what it reaches
for noise of the same shape, since in-sample figures are 1 for noise as soon as there are no fewer dimensions than
rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wetdry.analysis import (
    GlobalCCA,
    Penalty,
    global_cca,
    global_null,
    mean_interval,
    samplewise_cca,
    samplewise_null,
    spearman,
)
from wetdry.analysis.blocks import Vectors
from wetdry.analysis.cca import held_out_interval
from wetdry.analysis.least_squares import NO_PENALTY
from wetdry.analysis.statistics.units import cluster_means
from wetdry.errors import DataError
from wetdry.studies.deformations import Floats
from wetdry.studies.grids import Grid
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.published import published_r2
from wetdry.studies.sensitivity.subject import ALL, Subject

FEWEST_STRENGTHS_LEFT_OUT = 3
SAMPLEWISE_FOLDS = 4
GLOBAL_COLUMNS = (
    "r2",
    "held_out_r2",
    "ridge_r2",
    "ridge_held_out_r2",
    "low",
    "high",
    "noise_r2",
    "noise_held_out_r2",
    "within",
    "within_low",
    "within_high",
    "p",
)
SAMPLEWISE_COLUMNS = (
    "r2",
    "held_out_r2",
    "ridge_held_out_r2",
    "low",
    "high",
    "noise_r2",
    "noise_held_out_r2",
    "shuffled_r2",
    "shuffled_held_out_r2",
)
SHUFFLES = 5
"""Of the strengths within each clip; means over clips make more of them needless."""


def global_row(subject: Subject, config: SensitivityConfig) -> tuple[dict[str, Any], GlobalCCA | None]:
    """The row of one class, or of all clips, and the ridge fit it speaks of."""
    row: dict[str, Any] = {**subject.facts, **dict.fromkeys(GLOBAL_COLUMNS, np.nan)}
    folds = min(config.folds, subject.group_count)
    notes = (
        []
        if folds >= config.folds
        else [f"{subject.group_count} groups: {folds} folds, one for each, not {config.folds}"]
    )
    if folds < 2:
        folds_or_none, notes = None, ["one group: nothing can be held out"]
    else:
        folds_or_none = folds
    try:
        units = subject.units(folds_or_none)
        plain = global_cca(subject.wet, subject.strengths, subject.groups, folds=folds_or_none, units=units)
        penalty = Penalty(ridge=config.ridge)
        ridge = global_cca(
            subject.wet, subject.strengths, subject.groups, folds=folds_or_none, penalty=penalty, units=units
        )
    except DataError as error:
        return {**row, "notes": str(error)}, None
    noise = global_cca(subject.noise(config.seed), subject.strengths, subject.groups, folds=folds_or_none)
    rows, dim = subject.wet.shape[0] * subject.wet.shape[1], subject.wet.shape[2]
    if rows <= dim:
        notes.append("in-sample R² is 1 for anything: no more vectors than dimensions")
    row |= {
        "r2": plain.r2,
        "held_out_r2": plain.held_out_r2,
        "ridge_r2": ridge.r2,
        "ridge_held_out_r2": ridge.held_out_r2,
    }
    row |= {"noise_r2": noise.r2, "noise_held_out_r2": noise.held_out_r2}
    if folds_or_none is not None:
        interval = held_out_interval(ridge, subject.strengths, subject.groups)
        row |= {"low": float(interval.low), "high": float(interval.high)} | _within(ridge, subject, config)
        if subject.label == ALL:
            null = global_null(
                subject.wet,
                subject.strengths,
                subject.groups,
                folds=folds,
                penalty=penalty,
                units=units,
                permutations=config.permutations,
                seed=config.seed,
            )
            row["p"] = float(null.p(ridge)[1])
    return {**row, "notes": "; ".join(notes)}, ridge


def published_columns(encoder: str, effect: str, config: SensitivityConfig) -> dict[str, float]:
    """Mean and standard deviation as published, where the same model was measured on the same grid."""
    known = published_r2(encoder, effect) if config.preset else None
    return {"published": known.mean if known else np.nan, "published_sd": known.sd if known else np.nan}


def samplewise_rows(subject: Subject, labels: Floats | Any, config: SensitivityConfig) -> list[dict[str, Any]]:
    """A row for all clips and one for each class: means over groups of fits to each clip alone.

    `subject` is that of all clips, `labels` (clip,) their classes.
    """
    most = len(np.unique(subject.strengths)) // FEWEST_STRENGTHS_LEFT_OUT
    folds = min(SAMPLEWISE_FOLDS, most) if most >= 2 else None
    count, dim = subject.wet.shape[1:]
    note = "" if folds else f"{count} strengths: too few to leave some out"
    exact = "in-sample R² is 1 for anything: no more strengths than dimensions" if count <= dim else ""
    r2, held_out = _of_each(subject.wet, subject, folds)
    noise_r2, noise_held_out = _of_each(subject.noise(config.seed), subject, folds)
    _, ridge_held_out = _of_each(subject.wet, subject, folds, Penalty(ridge=config.ridge))
    columns = {"r2": r2, "held_out_r2": held_out, "ridge_held_out_r2": ridge_held_out}
    columns |= {"noise_r2": noise_r2, "noise_held_out_r2": noise_held_out}
    if folds:
        null = samplewise_null(subject.wet, subject.strengths, folds=folds, permutations=SHUFFLES, seed=config.seed)
        columns |= {"shuffled_r2": null.r2.mean(axis=0), "shuffled_held_out_r2": null.held_out_r2.mean(axis=0)}
    rows = []
    classes = [str(label) for label in np.unique(labels) if label]
    for label in [ALL, *(classes if len(classes) > 1 else ())]:
        which = np.ones(len(labels), dtype=bool) if label == ALL else labels == label
        row: dict[str, Any] = {**subject.facts, "label": label, "clips": int(which.sum())}
        row |= dict.fromkeys(SAMPLEWISE_COLUMNS, np.nan)
        row["groups"] = len(np.unique(subject.groups[which]))
        # Where a clip's vectors do not move there is nothing to be known.
        row["still"] = int(np.isnan(r2[which]).sum())
        for name, values in columns.items():
            of_groups, _ = cluster_means(values[which], subject.groups[which])
            row[name] = float(np.nanmean(of_groups)) if np.isfinite(of_groups).any() else np.nan
        if folds and np.isfinite(ridge_held_out[which]).any():
            interval = mean_interval(
                ridge_held_out[which], subject.groups[which], resamples=config.resamples, seed=config.seed
            )
            # Student's limits do not know that no R² is beyond 1.
            row |= {"low": float(np.maximum(interval.low, -1.0)), "high": float(np.minimum(interval.high, 1.0))}
        still = f"{row['still']} clips do not move" if row["still"] else ""
        rows.append({**row, "notes": "; ".join(text for text in (note, exact, still) if text)})
    return rows


def _of_each(
    vectors: Vectors, subject: Subject, folds: int | None, penalty: Penalty = NO_PENALTY
) -> tuple[Floats, Floats]:
    """In-sample and held-out R² (clip,); not the directions, which are as large as the dry vectors."""
    found = samplewise_cca(vectors, subject.strengths, folds=folds, penalty=penalty)
    return found.r2, found.held_out_r2


def projection_rows(scores: Floats, grid: Grid) -> list[dict[str, Any]]:
    """How clips lie along the direction that was fitted without them, at each strength: median, and where 80 % lie.

    `scores` are their projections (clip, strength).
    """
    low, middle, high = np.quantile(scores, [0.1, 0.5, 0.9], axis=0)
    return [
        {
            "position": position,
            "strength": strength,
            "setting": grid.setting(strength),
            "low": low[position],
            "middle": middle[position],
            "high": high[position],
        }
        for position, strength in enumerate(grid.strengths)
    ]


def _within(fit: GlobalCCA, subject: Subject, config: SensitivityConfig) -> dict[str, float]:
    """Spearman's correlation of strength and held-out projection in each clip, on average over groups.

    Clips start from different places, which hides the effect from a direction that must tell the strength without
    knowing them; within a clip only the effect moves. In simulations of 12 to 80 clips, 95 % intervals hold the average
    of such data 86 to 94 times in 100, 88 for noise: each fold's direction leans on the clips of the others. They hold
    it less often, down to 65 times, where nearly all clips follow and a rare one goes the other way.
    """
    by_strength = fit.held_out_scores.T
    rho = spearman(by_strength, np.broadcast_to(subject.strengths[:, np.newaxis], by_strength.shape))
    interval = mean_interval(np.nan_to_num(rho), subject.groups, resamples=config.resamples, seed=config.seed)
    low, high = np.clip([interval.low, interval.high], -1.0, 1.0)
    return {"within": float(interval.estimate), "within_low": float(low), "within_high": float(high)}
