"""The direction that best tells wet vectors from dry ones."""

from __future__ import annotations

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from wetdry.analysis.projections.base import Desensitiser, Subspace
from wetdry.analysis.projections.rows import TrainingRows, are_alike
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError


class WetDryLDA(Desensitiser):
    """Projects out the linear discriminant of wet against dry rows.

    Found by the eigen solver with automatic (Ledoit–Wolf) shrinkage, which standardises each dimension: unlike
    the other methods it depends on the axes in which the vectors are given.
    """

    def _learn(self, rows: TrainingRows) -> Subspace:
        _check_covariance(rows.wet_vectors, rows.dry_vectors)
        discriminant = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto").fit(rows.vectors, ~rows.dry)
        # Not the first of `scalings_`: shrunk covariances of all rows and within kinds differ by more than the means,
        # so that it is not the direction along which the discriminant decides.
        direction = discriminant.coef_[0]
        return Subspace((direction / np.linalg.norm(direction))[np.newaxis])


def _check_covariance(wet: Float64, dry: Float64) -> None:
    if min(len(wet), len(dry)) < 2:
        raise DataError(f"{len(wet)} wet and {len(dry)} dry rows have no covariance: give two or more of each.")
    if are_alike(wet) and are_alike(dry):
        raise DataError("The rows of each kind are all the same and have no covariance: give clips that differ.")
