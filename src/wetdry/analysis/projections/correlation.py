"""Directions that correlate best with the strength of an effect, over all clips or clip by clip."""

from __future__ import annotations

import numpy as np

from wetdry.analysis.directions import follow_all, follow_each
from wetdry.analysis.projections.base import Desensitiser, Subspace
from wetdry.analysis.projections.rows import TrainingRows, checked_ranks
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError


class GlobalCCA(Desensitiser):
    """Projects out the one direction that correlates best with the strength over all wet rows.

    It is what a linear model reads the strength with, which need not be along what the effect changes: a direction
    can tell the strength well for being quiet otherwise.
    """

    def _learn(self, rows: TrainingRows) -> Subspace:
        wet = rows.wet_vectors
        ranks = checked_ranks(rows.strengths[~rows.dry])
        direction = follow_all(wet, ranks[:, np.newaxis]).directions
        if not direction.any():
            raise DataError(
                "The wet vectors have no covariance with the strength: there is no direction to project out."
            )
        return Subspace(direction[np.newaxis])


class SamplewiseCCASVD(Desensitiser):
    """Projects out what the directions of single clips have in common.

    Each clip's wet rows give one unit direction (with fewer strengths than dimensions it fits any labels
    perfectly, so its fit is no evidence; the agreement of clips is). Of the directions' singular vectors, those are
    kept whose singular value exceeds `threshold` times the largest. Clips that the effect does not move have no
    direction and are left out. `explained_` is the share of the squared singular values.
    """

    def __init__(self, threshold: float = 0.4, *, neutral: float = 0.0) -> None:
        super().__init__(neutral=neutral)
        self.threshold = threshold

    def _learn(self, rows: TrainingRows) -> Subspace:
        if not 0 <= self.threshold < 1:
            raise DataError(f"The threshold {self.threshold:g} must be a share of the largest singular value, 0 … 1.")
        directions = directions_of_clips(rows)
        if not len(directions):
            raise DataError("No clip's wet vectors follow the strength: take an effect that changes the embedding.")
        _, values, axes = np.linalg.svd(directions, full_matrices=False)
        # A threshold of 0 still leaves out what is only rounding.
        least = max(self.threshold, max(directions.shape) * np.finfo(np.float64).eps)
        kept = values > least * values[0]
        return Subspace(axes[kept], explained=np.square(values[kept]) / np.square(values).sum())


def directions_of_clips(rows: TrainingRows) -> Float64:
    """Unit directions (clip, dim) along which the strengths of single clips rise, of the clips that have one."""
    wet, strengths, clips = rows.wet_vectors, rows.strengths[~rows.dry], rows.clips[~rows.dry]
    order = np.argsort(clips, kind="stable")
    _, firsts, counts = np.unique(clips[order], return_index=True, return_counts=True)
    directions = np.empty((len(firsts), wet.shape[1]))
    # Clips of as many rows are fitted together.
    for count in np.unique(counts):
        alike = counts == count
        members = order[firsts[alike, np.newaxis] + np.arange(count)]
        ranks = checked_ranks(strengths[members])
        directions[alike] = follow_each(wet[members], ranks[..., np.newaxis]).directions
    return directions[directions.any(axis=1)]
