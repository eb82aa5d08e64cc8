"""Directions of the displacements that an effect causes: wet vector − dry vector of the same clip."""

from __future__ import annotations

import numpy as np

from wetdry.analysis.projections.base import Desensitiser, Subspace
from wetdry.analysis.projections.rows import TrainingRows, is_still
from wetdry.analysis.projections.spectra import principal_axes
from wetdry.analysis.statistics.units import cluster_means
from wetdry.errors import DataError


class MeanDisplacement(Desensitiser):
    """Projects out the direction of the mean displacement, each clip counting once.

    `explained_` is the share of the displacements' energy along it.
    """

    def _learn(self, rows: TrainingRows) -> Subspace:
        moves, clips = rows.displacements()
        mean = cluster_means(moves, clips)[0].mean(axis=0)
        if is_still(mean, moves):
            raise DataError("The displacements cancel out and have no mean direction: use DisplacementPCA.")
        unit = mean / np.linalg.norm(mean)
        energy = np.square(moves @ unit).sum() / np.square(moves).sum()
        return Subspace(unit[np.newaxis], explained=np.array([energy]))


class DisplacementPCA(Desensitiser):
    """Projects out principal axes of the displacements about their mean.

    What all displacements share is `MeanDisplacement`'s and is not removed unless an axis contains it.
    `explained_` is the share of the displacements' variance.

    Parameters
    ----------
    n_components
        Axes to project out.
    relative
        Which axes: those of largest variance; or, if True, those whose variance is the largest multiple of that of
        the dry vectors' principal axis of the same rank, which spares axes along which dry clips differ as much.
        Ranks beyond either spectrum are not compared; the last dry ranks are small for want of clips, so give many
        more dry clips than the axes of interest.
    neutral
        Strength that marks dry rows.
    """

    def __init__(self, n_components: int = 1, *, relative: bool = False, neutral: float = 0.0) -> None:
        super().__init__(neutral=neutral)
        self.n_components = n_components
        self.relative = relative

    def _learn(self, rows: TrainingRows) -> Subspace:
        centred, _ = rows.displacements()
        centred -= centred.mean(axis=0)
        if is_still(centred, rows.vectors):
            raise DataError("All displacements are the same and have no principal axes: use MeanDisplacement.")
        energies, axes = principal_axes(centred)
        order = np.arange(len(energies))
        if self.relative:
            dry = rows.dry_vectors - rows.dry_vectors.mean(axis=0)
            if is_still(dry, rows.vectors):
                raise DataError("The dry vectors are all the same and nothing is relative to them: add dry clips.")
            references, _ = principal_axes(dry)
            shared = min(len(energies), len(references))
            order = np.argsort(-energies[:shared] / references[:shared], kind="stable")
        if not 1 <= self.n_components <= len(order):
            raise DataError(
                f"DisplacementPCA cannot project out {self.n_components} of {len(order)} principal axes: "
                "set n_components within them."
            )
        kept = order[: self.n_components]
        return Subspace(axes[kept], explained=energies[kept] / energies.sum())
