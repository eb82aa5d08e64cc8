"""What paths clips take as the effect grows, and over how many dimensions they spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.analysis import dimensionality, samplewise_cca
from wetdry.analysis.blocks import Displacements, Flat, Reordered, Vectors, parts_of
from wetdry.studies.paths import path_shapes
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.subject import Subject

DIRECTIONS, SHUFFLED, DRY = "directions of single clips", "shuffled strengths", "dry embeddings"
DISPLACEMENTS = "displacements"


def path_rows(subject: Subject, config: SensitivityConfig) -> list[dict[str, Any]]:
    """Each measure of the paths of one class, or of all clips: mean over groups with interval, and that of noise."""
    # Unscaled vectors have a size of their own, and so has noise that is as spread as dry clips.
    size = 1.0 if subject.unit_of else _spread(subject.dry) or 1.0
    shapes = path_shapes(
        subject.wet,
        subject.dry,
        subject.groups,
        subject.noise(config.seed, size),
        seed=config.seed,
        resamples=config.resamples,
    )
    return [{**subject.facts, **{str(name): value for name, value in row.items()}} for row in shapes.to_dict("records")]


def dimension_rows(subject: Subject) -> list[dict[str, Any]]:
    """Effective dimensions of the dry vectors, of all displacements, and of the directions of single clips."""
    moves = Flat(Displacements(subject.wet, subject.dry))
    directions = samplewise_cca(subject.wet, subject.strengths, folds=None).directions
    found = {
        DRY: dimensionality(subject.dry, subject.groups),
        DISPLACEMENTS: dimensionality(moves, np.repeat(subject.groups, len(subject.strengths))),
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
    without = samplewise_cca(Reordered(subject.wet, shuffled), subject.strengths, folds=None).directions
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


def _spread(dry: Vectors) -> float:
    """Root of the mean variance of the dimensions of vectors (clip, dim)."""
    mean = sum(dry[part].sum(axis=0) for part in parts_of(dry)) / len(dry)
    squares = sum(float(np.square(dry[part] - mean).sum()) for part in parts_of(dry))
    return float(np.sqrt(squares / (dry.shape[0] * dry.shape[1])))


def _orders(subject: Subject) -> npt.NDArray[np.int64]:
    """Places of the strengths, for each clip (clip, strength)."""
    clips, strengths = subject.wet.shape[:2]
    return np.tile(np.arange(strengths), (clips, 1))
