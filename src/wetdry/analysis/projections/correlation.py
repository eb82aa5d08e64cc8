"""Directions that correlate best with the strength of an effect, over all clips or clip by clip.

With one variable on the other side, canonical correlation is least squares: the direction u that maximises
corr(u · x, rank of the strength) holds the coefficients of the regression of that rank on the vectors. With no more
rows than dimensions there are many such directions and the shortest coefficients are taken.
"""

from __future__ import annotations

import numpy as np

from wetdry.analysis.projections.base import Desensitiser, Subspace
from wetdry.analysis.projections.rows import TrainingRows, centred_ranks, is_still
from wetdry.analysis.projections.spectra import least_squares
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError


class GlobalCCA(Desensitiser):
    """Projects out the one direction that correlates best with the strength over all wet rows.

    It is what a linear model reads the strength with, which need not be along what the effect changes: a direction
    can tell the strength well for being quiet otherwise.
    """

    def _learn(self, rows: TrainingRows) -> Subspace:
        wet = rows.wet_vectors
        direction = strength_direction(wet, rows.strengths[~rows.dry])
        if direction is None:
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
        wet, strengths, clips = rows.wet_vectors, rows.strengths[~rows.dry], rows.clips[~rows.dry]
        order = np.argsort(clips, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(clips[order])) + 1)
        found = [strength_direction(wet[part], strengths[part]) for part in parts]
        directions = [direction for direction in found if direction is not None]
        if not directions:
            raise DataError("No clip's wet vectors follow the strength: take an effect that changes the embedding.")
        _, values, axes = np.linalg.svd(np.stack(directions), full_matrices=False)
        # A threshold of 0 still leaves out what is only rounding.
        least = max(self.threshold, max(len(directions), wet.shape[1]) * np.finfo(np.float64).eps)
        kept = values > least * values[0]
        return Subspace(axes[kept], explained=np.square(values[kept]) / np.square(values).sum())


def strength_direction(vectors: Float64, strengths: Float64) -> Float64 | None:
    """Unit direction (dim,) of wet vectors (n, dim) along which the ranks of the strengths rise; None if there is none.

    There is none if the vectors are all the same, or have no covariance with the ranks but rounding.
    """
    ranks = centred_ranks(strengths)[:, np.newaxis]
    centred = vectors - vectors.mean(axis=0)
    if is_still(centred, vectors) or is_still(centred.T @ ranks, np.abs(centred).T @ np.abs(ranks)):
        return None
    coefficients = least_squares(centred, ranks)[:, 0]
    unit: Float64 = coefficients / np.linalg.norm(coefficients)
    return unit
