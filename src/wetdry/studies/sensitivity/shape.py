"""What paths clips take as the effect grows, and over how many dimensions they spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.analysis import (
    dimensionality,
    direction_agreement,
    mean_interval,
    samplewise_cca,
    trajectories,
)
from wetdry.studies.deformations import Floats
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.subject import Subject

MEASURES = {
    "length": "length of the path, in dry spreads",
    "straightness": "distance of its ends / length",
    "forward": "share of steps towards the far end",
    "monotonicity": "order along the mean direction of other clips, ρ",
    "turning": "angle between successive steps, radians",
    "departure": "share of variance of three neighbouring points off a line",
    "discontinuity": "largest step / median step",
    "agreement": "cosine between the directions of two clips",
}
"""What is measured of paths, in words."""

DIRECTIONS, SHUFFLED, DRY = "directions of single clips", "shuffled strengths", "dry embeddings"
DISPLACEMENTS = "displacements"


def path_rows(subject: Subject, config: SensitivityConfig) -> list[dict[str, Any]]:
    """Each measure of the paths of one class, or of all clips: mean over groups with interval, and that of noise."""
    # Unscaled vectors have a size of their own, and so has noise that is as spread as dry clips.
    size = 1.0 if subject.unit_of else float(np.sqrt(subject.dry.var(axis=0).mean())) or 1.0
    noise = _path_measures(size * subject.noise(config.seed), subject, config)
    return [
        {**subject.facts, "measure": measure, **values, "noise": noise[measure]["estimate"]}
        for measure, values in _path_measures(subject.wet, subject, config).items()
    ]


def _path_measures(paths: Floats, subject: Subject, config: SensitivityConfig) -> dict[str, dict[str, float]]:
    found = trajectories(paths, subject.dry, subject.groups)
    by_clip = {
        "length": found.length,
        "straightness": found.straightness,
        "forward": found.forward,
        "monotonicity": found.shared_monotonicity,
        "turning": _known_mean(found.turning),
        "departure": _known_mean(found.departure),
        "discontinuity": np.where(np.isfinite(found.discontinuity), found.discontinuity, np.nan),
    }
    rows = {}
    for measure, values in by_clip.items():
        if np.isnan(values).all():
            rows[measure] = {"estimate": np.nan, "low": np.nan, "high": np.nan}
            continue
        interval = mean_interval(values, subject.groups, resamples=config.resamples, seed=config.seed)
        rows[measure] = {
            "estimate": float(interval.estimate),
            "low": float(interval.low),
            "high": float(interval.high),
        }
    agreement = direction_agreement(found.chord, subject.groups)
    rows["agreement"] = {
        "estimate": float(agreement.estimate),
        "low": float(agreement.low),
        "high": float(agreement.high),
    }
    return rows


def dimension_rows(subject: Subject) -> list[dict[str, Any]]:
    """Effective dimensions of the dry vectors, of all displacements, and of the directions of single clips."""
    clips, strengths, dim = subject.wet.shape
    moves = (subject.wet - subject.dry[:, np.newaxis]).reshape(clips * strengths, dim)
    directions = samplewise_cca(subject.wet, subject.strengths, folds=None).directions
    found = {
        DRY: dimensionality(subject.dry, subject.groups),
        DISPLACEMENTS: dimensionality(moves, np.repeat(subject.groups, strengths)),
        DIRECTIONS: dimensionality(directions, subject.groups, centred=False),
    }
    return [
        {**subject.facts, "kind": kind, "participation": float(each.participation), "corrected": float(each.corrected)}
        for kind, each in found.items()
    ]


def spectrum_rows(subject: Subject, config: SensitivityConfig) -> list[dict[str, Any]]:
    """Singular values, relative to the largest, of the directions of single clips and of the dry vectors.

    Directions fitted to strengths shuffled within each clip say what the spectrum looks like without a common
    direction.
    """
    directions = samplewise_cca(subject.wet, subject.strengths, folds=None).directions
    shuffled = np.random.default_rng(config.seed).permuted(_orders(subject), axis=1)
    without = samplewise_cca(
        np.take_along_axis(subject.wet, shuffled[..., np.newaxis], axis=1), subject.strengths, folds=None
    ).directions
    spectra = {
        DIRECTIONS: dimensionality(directions, centred=False).singular_values,
        SHUFFLED: dimensionality(without, centred=False).singular_values,
        DRY: dimensionality(subject.dry).singular_values,
    }
    return [
        {"label": subject.label, "kind": kind, "rank": rank, "value": float(value)}
        for kind, values in spectra.items()
        for rank, value in enumerate(values, 1)
    ]


def _orders(subject: Subject) -> npt.NDArray[np.int64]:
    """Places of the strengths, for each clip (clip, strength)."""
    clips, strengths = subject.wet.shape[:2]
    return np.tile(np.arange(strengths), (clips, 1))


def _known_mean(values: Floats) -> Floats:
    """Mean over the last axis of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=-1)
    mean: Floats = np.where(known.any(axis=-1), total / np.maximum(known.sum(axis=-1), 1), np.nan)
    return mean
