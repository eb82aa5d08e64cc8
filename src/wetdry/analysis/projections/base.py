"""The transformer that all desensitisers are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from wetdry.analysis.blocks import parts_of
from wetdry.analysis.projections.rows import TrainingRows, checked_rows, checked_vectors
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError


@dataclass(frozen=True, eq=False)
class Subspace:
    """What is to be projected out.

    Attributes
    ----------
    basis
        Orthonormal directions along which vectors are moved, shape (rank, dim).
    readout
        How far they are moved along each: (vector − mean) · readout, shape (rank, dim); `basis` itself for an
        orthogonal projection, which is what None means.
    mean
        The vector that stays where it is, shape (dim,); the mean of all training rows if None.
    explained
        Share that each direction has in what the subspace was learnt from, shape (rank,); None where it is not a sum.
    """

    basis: Float64
    readout: Float64 | None = None
    mean: Float64 | None = None
    explained: Float64 | None = None


class Desensitiser(TransformerMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Learns a subspace in which an effect moves vectors, and projects it out: x − P (x − mean).

    The projection is affine. A linear one, x − P x, differs from it by the constant P · mean: all differences
    between vectors are the same, but every vector would be moved by the mean's share of the subspace, dry ones too.
    About the mean, the training vectors move as little as a projection lets them, lengths and cosines stay those
    of the encoder, and a classifier with a penalised intercept sees no offset.

    Parameters
    ----------
    neutral
        Strength that marks dry rows. The default is none of the strengths of a low-pass (Hz) or a bit depth,
        and no effect at all for a gain in dB; set another mark if 0 is wet, as it is for a room size.

    Attributes
    ----------
    rank_ : int
        Dimensions projected out.
    basis_, readout_ : ndarray (rank, dim)
        Orthonormal directions of the change, and what is read of a vector to change it: P = basis_ᵀ · readout_.
    mean_ : ndarray (dim,)
        The fixed point.
    explained_ : ndarray (rank,)
        Share of each direction in what the subspace was learnt from, for the methods that say so.
    removed_ : float
        How far training rows are moved: mean squared change, as a share of their variance about `mean_`; the price of
        the projection, for comparing methods.
    n_features_in_ : int
        Dimensions of the vectors.
    """

    def __init__(self, *, neutral: float = 0.0) -> None:
        self.neutral = neutral

    def fit(
        self,
        X: npt.ArrayLike,  # noqa: N803
        y: object = None,  # noqa: ARG002
        *,
        strengths: npt.ArrayLike,
        clips: npt.ArrayLike,
    ) -> Self:
        """Learn from training rows.

        Parameters
        ----------
        X
            Vectors (n, dim) of dry and wet clips.
        y
            Ignored: in a pipeline it is what the classifier learns.
        strengths
            Strength of the effect on each row, shape (n,); `neutral` marks dry rows.
        clips
            Label of the clip that each row is a version of, shape (n,).
        """
        rows = checked_rows(X, strengths, clips, self.neutral)
        learnt = self._learn(rows)
        self.basis_ = learnt.basis
        self.readout_ = learnt.basis if learnt.readout is None else learnt.readout
        self.mean_ = rows.vectors.mean(axis=0) if learnt.mean is None else learnt.mean
        self.rank_ = len(learnt.basis)
        self.n_features_in_ = rows.vectors.shape[1]
        if learnt.explained is not None:
            self.explained_ = learnt.explained
        moved, varied = 0.0, 0.0
        for part in parts_of(rows.vectors):
            deviations = rows.vectors[part] - self.mean_
            moved += float(np.square(deviations @ self.readout_.T).sum())
            varied += float(np.square(deviations).sum())
        self.removed_ = moved / varied
        return self

    def transform(self, X: npt.ArrayLike) -> Float64:  # noqa: N803
        """Vectors (n, dim) without what the training rows showed of the effect."""
        check_is_fitted(self)
        vectors = checked_vectors(X)
        if vectors.shape[1] != self.n_features_in_:
            raise DataError(
                f"Vectors of {vectors.shape[1]} dimensions do not fit a {type(self).__name__} that learnt from "
                f"{self.n_features_in_}: take them from the same layer of the same encoder."
            )
        cleaned: Float64 = vectors - (vectors - self.mean_) @ self.readout_.T @ self.basis_
        return cleaned

    @abstractmethod
    def _learn(self, rows: TrainingRows) -> Subspace:
        """The subspace that `rows` show."""
