"""How much of a displacement is emotional: its share along the directions that a probe reads.

A probe's direction is a gradient: what its estimate gains by a step along each dimension. To ask how much of a
displacement lies along it, lengths must be comparable between dimensions. Here they are in units in which dry vectors
are white. There a gradient and the pattern that goes with the estimate in dry vectors (Haufe et al., 2014) are one and
the same direction, a step of length 1 is as common one way as any other, and stretching or mixing the dimensions of an
embedding changes (but for shrinkage) nothing. In the embedding's own units, a share would mostly tell which dimensions
happen to be large.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.directions import extremes
from wetdry.analysis.statistics.units import Flags, Float64, blocks, membership
from wetdry.errors import DataError

FEWEST_DRY = 3
"""With two dry vectors there is but one direction in which they vary."""

NEGLIGIBLE = 1e-9
"""Singular values of directions below this share of the largest are 0 but for rounding."""


@dataclass(frozen=True, eq=False)
class White:
    """Units in which dry vectors are white.

    Attributes
    ----------
    scale
        Standard deviation of each dimension (dim,) of the dry vectors; 0 where they do not vary.
    root
        Symmetric root (varied, varied) of the shrunk correlation of the dimensions that vary.
    inverse_root
        Its inverse.
    shrinkage
        Weight of the identity in the correlation, 0 … 1.
    """

    scale: Float64
    root: Float64
    inverse_root: Float64
    shrinkage: float

    @property
    def varied(self) -> Flags:
        """Dimensions (dim,) that have a unit."""
        return self.scale > 0

    def moves(self, displacements: Float64) -> Float64:
        """Displacements (…, dim) in these units, (…, varied); what lies in dimensions without a unit is left out."""
        found: Float64 = displacements[..., self.varied] / self.scale[self.varied] @ self.inverse_root
        return found

    def gradients(self, directions: Float64) -> Float64:
        """Gradients (…, dim) in these units, (…, varied): their products with displacements stay what they are."""
        found: Float64 = directions[..., self.varied] * self.scale[self.varied] @ self.root
        return found


@dataclass(frozen=True, eq=False)
class Alignment:
    """How far displacements follow directions. Lengths are in standard deviations of dry vectors.

    Attributes
    ----------
    share
        Share of the squared length of each displacement (n, column) that lies within the span of the directions, 0 … 1;
        NaN where nothing moves, or the displacement is missing.
    within
        Length (n, column) of that part.
    length
        Length (n, column) of all of it.
    cosine
        Signed cosine (n, column, k) of each displacement with each direction; NaN where nothing moves, and for a
        direction of length 0.
    mean_share
        Mean share of each column (column,), over the clusters of clips that move.
    expected
        What it is on average for random directions: `rank` / dimensions that vary.
    random_low, random_high
        Limits (column,) between which the mean share lies for 95 % of random directions. They are wide where all clips
        move alike, for then one direction meets all or none of them.
    p
        Share (column,) of random directions that meet as much of the displacements, the probe's counted as one more.
    rank
        Dimensions of the span of the directions.
    shrinkage
        Weight of the identity in the correlation of dry vectors, 0 … 1.
    """

    share: Float64
    within: Float64
    length: Float64
    cosine: Float64
    mean_share: Float64
    expected: float
    random_low: Float64
    random_high: Float64
    p: Float64
    rank: int
    shrinkage: float


def white_units(dry: npt.ArrayLike) -> White:
    """Units in which dry vectors (m, dim) are white.

    Each dimension is scaled to a standard deviation of 1; the correlation of all is shrunk towards the identity as
    Ledoit and Wolf (2004) do, for clips are often fewer than dimensions. Dimensions that do not vary have no unit.
    """
    from sklearn.covariance import ledoit_wolf

    vectors = _vectors(dry, "Dry vectors", 2)
    if len(vectors) < FEWEST_DRY:
        raise DataError(f"{len(vectors)} dry vectors do not show how dry clips vary: give {FEWEST_DRY} or more.")
    scale = np.where(extremes(vectors).frozen, 0.0, vectors.std(axis=0))
    if not (scale > 0).any():
        raise DataError("Dry vectors that are all the same give displacements no unit: give those of different clips.")
    standard = (vectors - vectors.mean(axis=0))[:, scale > 0] / scale[scale > 0]
    covariance, shrinkage = ledoit_wolf(standard, assume_centered=True)
    values, axes = np.linalg.eigh(covariance)
    # Rank-deficient only if the shrinkage is 0, as for one dimension or exact copies of others.
    values = np.maximum(values, NEGLIGIBLE * values[-1])
    return White(scale, (axes * np.sqrt(values)) @ axes.T, (axes / np.sqrt(values)) @ axes.T, float(shrinkage))


def alignment(
    displacement: npt.ArrayLike,
    directions: npt.ArrayLike,
    dry: npt.ArrayLike | White,
    clusters: npt.ArrayLike | None = None,
    *,
    draws: int = 200,
    seed: int = 0,
) -> Alignment:
    """How much of displacements lies along directions, against random directions.

    Parameters
    ----------
    displacement
        Wet less dry vectors of clips, shape (n, column, dim); NaN is missing.
    directions
        Gradients of a probe's outputs by the vector, shape (k, dim): what each gains by a step along each dimension.
    dry
        Dry vectors, shape (m, dim), that tell what is common; those of the clips at hand, or better of others. For
        several probes, what `white_units` makes of them.
    clusters
        Label of each clip, shape (n,): mean shares are over clusters. Every clip is its own if None.
    draws
        Random sets of directions of the same rank, drawn as dry vectors vary: in white units, any is as likely.
    seed
        Seed of the draws. All columns share them.

    Returns
    -------
    Alignment
        See there. Its null takes the displacements as they are: it asks if the probe's directions are special to them,
        not if other clips would move alike.

    References
    ----------
    Haufe et al. (2014), On the interpretation of weight vectors of linear models in multivariate neuroimaging;
    Ledoit and Wolf (2004), A well-conditioned estimator for large-dimensional covariance matrices.

    >>> dry = np.random.default_rng(0).standard_normal((4000, 4))
    >>> found = alignment([[[3.0, 0.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0]]], [[1.0, 0.0, 0.0, 0.0]], dry)
    >>> found.share.round(1).tolist(), found.expected
    ([[1.0, 0.2]], 0.25)
    """
    moved = _vectors(displacement, "Displacements", 3, missing=True)
    gradients = _vectors(directions, "Directions", 2)
    units = dry if isinstance(dry, White) else white_units(dry)
    if not moved.shape[-1] == gradients.shape[-1] == units.scale.size:
        raise DataError(
            f"Displacements of {moved.shape[-1]}, directions of {gradients.shape[-1]} and dry vectors of "
            f"{units.scale.size} dimensions do not fit: take all from one layer of one encoder."
        )
    if draws < 1:
        raise DataError(f"{draws} random directions show no spread: ask for 100 or more.")
    with np.errstate(invalid="ignore", divide="ignore"):
        step, pull = units.moves(moved), units.gradients(gradients)
        basis = _span(pull)
        length = np.linalg.norm(step, axis=-1)
        within = np.linalg.norm(step @ basis, axis=-1)
        unit_step = step / np.where(length > 0, length, np.nan)[..., np.newaxis]
        unit_pull = pull / np.linalg.norm(pull, axis=-1, keepdims=True)
        share = np.minimum(np.square(within / np.where(length > 0, length, np.nan)), 1.0)
    weight = _weights(~np.isnan(share), clusters)
    mean_share = np.where(weight.any(axis=0), (np.where(weight > 0, share, 0.0) * weight).sum(axis=0), np.nan)
    random = _random_shares(unit_step, weight, basis.shape[1], draws, seed)
    low, high = np.quantile(random, [0.025, 0.975], axis=0)
    return Alignment(
        share=share,
        within=within,
        length=length,
        cosine=unit_step @ unit_pull.T,
        mean_share=mean_share,
        expected=basis.shape[1] / step.shape[-1],
        random_low=low,
        random_high=high,
        p=np.where(np.isnan(mean_share), np.nan, (1 + (random >= mean_share).sum(axis=0)) / (1 + draws)),
        rank=basis.shape[1],
        shrinkage=units.shrinkage,
    )


def _vectors(values: npt.ArrayLike, what: str, ndim: int, *, missing: bool = False) -> Float64:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim or 0 in array.shape:
        raise DataError(f"{what} need {ndim} axes, the last of them the dimensions, not shape {array.shape}.")
    if not (np.isfinite(array) | (missing & np.isnan(array))).all():
        raise DataError(f"{what} must be finite: leave out clips that could not be embedded.")
    return array


def _span(directions: Float64) -> Float64:
    """Orthonormal basis (dim, rank) of what directions (k, dim) span."""
    lengths = np.linalg.norm(directions, axis=-1, keepdims=True)
    if not (lengths > 0).any():
        raise DataError("Directions of length 0 lead nowhere: this probe's estimate does not depend on the vectors.")
    # At unit length: an output in small units is no less of a direction.
    _, values, rows = np.linalg.svd(directions / np.where(lengths > 0, lengths, 1.0), full_matrices=False)
    return np.ascontiguousarray(rows[values > NEGLIGIBLE * values[0]].T)


def _weights(moving: Flags, clusters: npt.ArrayLike | None) -> Float64:
    """What each clip counts in the mean of a column (n, column): clusters alike, and clips alike within each."""
    member, count = membership(clusters, len(moving))
    sizes = np.zeros((count, moving.shape[1]))
    np.add.at(sizes, member, moving)
    share: Float64 = moving / np.maximum(sizes, 1.0)[member]
    share /= np.maximum((sizes > 0).sum(axis=0), 1)
    return share


def _random_shares(unit_steps: Float64, weight: Float64, rank: int, draws: int, seed: int) -> Float64:
    """Mean share (draw, column) of unit steps (n, column, dim) within random subspaces of a rank."""
    clips, columns, width = unit_steps.shape
    # Single precision is ample for shares to compare with, and their products are most of the work.
    heavy = np.sqrt(weight)[..., np.newaxis]
    steps = (np.where(heavy > 0, unit_steps, 0.0) * heavy).astype(np.float32)
    rng = np.random.default_rng(seed)
    shares = np.empty((draws, columns))
    for part in blocks(draws, rank * max(clips * columns, width)):
        normal = rng.standard_normal((part.stop - part.start, width, rank))
        bases = np.linalg.qr(normal)[0].astype(np.float32)
        shares[part] = np.square(np.tensordot(steps, bases, axes=(2, 1))).sum(axis=(0, 3), dtype=np.float64).T
    return np.where(weight.any(axis=0), shares, np.nan)
