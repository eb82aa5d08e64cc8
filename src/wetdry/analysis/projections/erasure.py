"""The smallest change of vectors after which no linear model can read the strength of an effect."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from scipy.linalg import eigh, solve

from wetdry.analysis.least_squares import Penalty, fit
from wetdry.analysis.projections.base import Desensitiser, Subspace
from wetdry.analysis.projections.rows import TrainingRows, checked_ranks
from wetdry.analysis.projections.spectra import orthonormal
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError

Concept = Literal["strength", "levels"]

LEAST_R2 = 1e-10
"""Squared correlation below which the vectors are taken to say nothing of the concept; strengths that a clip does not
tell apart, such as cut-offs above its band, give 0 but for rounding."""


class Erasure(Desensitiser):
    """Least-squares concept erasure (LEACE: Belrose et al., 2023), an oblique projection.

    Of all affine maps that leave no covariance between training vectors and concept, it moves the vectors least
    in mean square. With S the covariance of the vectors and C their covariance (dim, k) with the concept,
    P = C (Cᵀ S⁺ C)⁺ Cᵀ S⁺: vectors move along C, by as much as the regression S⁺ C reads of the concept. An orthogonal
    projection onto the complement of C erases too, but moves the vectors by whatever else lies along C.

    Parameters
    ----------
    concept
        `"strength"` erases the rank of the strength among wet rows: one dimension. `"levels"` erases which strength
        a row has, dry being one of them: as many dimensions as there are strengths, after which wet and dry
        rows of any strength have one mean.
    ridge
        Variance added to every dimension of S, as a share of their mean. The training vectors lose all covariance with
        the concept whatever it is. But with few clips S⁺ reads the concept where these clips hardly vary, and new ones
        do: without a ridge those are moved far.
    neutral
        Strength that marks dry rows.
    """

    def __init__(self, concept: Concept = "strength", *, ridge: float = 0.0, neutral: float = 0.0) -> None:
        super().__init__(neutral=neutral)
        self.concept = concept
        self.ridge = ridge

    def _learn(self, rows: TrainingRows) -> Subspace:
        vectors, concept = self._concept_of(rows)
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        covariance = centred.T @ concept
        regression = fit(centred, concept, None, Penalty(ridge=self.ridge)).weights
        # Eigenvalues of Cᵀ S⁺ C are squared canonical correlations, since the concept's columns are orthonormal; less
        # with a ridge.
        r2, turn = eigh(covariance.T @ regression)
        kept = turn[:, r2 > LEAST_R2]
        if kept.shape[1] == 0:
            raise DataError("The vectors have no covariance with the strength: there is nothing to erase.")
        basis, seen = orthonormal((covariance @ kept).T), orthonormal((regression @ kept).T)
        # P depends on the spans of C and S⁺ C alone: it projects onto the first along the complement of the second.
        # Solved in their bases it erases, and is idempotent, even where the regression is ill-conditioned.
        return Subspace(basis, solve(seen @ basis.T, seen), mean)

    def _concept_of(self, rows: TrainingRows) -> tuple[Float64, Float64]:
        """The vectors (m, dim) that have the concept, and orthonormal columns (m, k) that span its deviations."""
        match self.concept:
            case "strength":
                vectors, deviations = rows.wet_vectors, checked_ranks(rows.strengths[~rows.dry])[:, np.newaxis]
            case "levels":
                levels, member = np.unique(rows.strengths, return_inverse=True)
                if len(levels) < 2:
                    raise DataError("All rows have one strength, so there is nothing to erase: add another.")
                # One level is told by the absence of the others.
                flags = np.eye(len(levels))[member][:, 1:]
                vectors, deviations = rows.vectors, flags - flags.mean(axis=0)
            case _:
                raise DataError(
                    f"{self.concept!r} is no concept to erase: choose one of {', '.join(get_args(Concept))}."
                )
        return vectors, np.linalg.qr(deviations)[0]
