"""What projecting out any subspace does, whatever the effect."""

from __future__ import annotations

import numpy as np

from wetdry.analysis.projections.base import Desensitiser, Subspace
from wetdry.analysis.projections.rows import TrainingRows
from wetdry.analysis.projections.spectra import orthonormal
from wetdry.errors import DataError


class RandomSubspace(Desensitiser):
    """Projects out a subspace drawn uniformly among those of its rank: the control of a desensitiser of that rank.

    It looks at no more of the training rows than their dimension and mean.
    """

    def __init__(self, rank: int = 1, seed: int = 0, *, neutral: float = 0.0) -> None:
        super().__init__(neutral=neutral)
        self.rank = rank
        self.seed = seed

    def _learn(self, rows: TrainingRows) -> Subspace:
        dim = rows.vectors.shape[1]
        if not 1 <= self.rank <= dim:
            raise DataError(f"A subspace of rank {self.rank} does not fit into {dim} dimensions: choose 1 to {dim}.")
        # The span of independent normal vectors has no preferred direction.
        return Subspace(orthonormal(np.random.default_rng(self.seed).standard_normal((self.rank, dim))))
