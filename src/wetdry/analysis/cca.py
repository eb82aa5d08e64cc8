"""The direction along which embeddings follow the strength of an effect: canonical correlation in closed form.

With one variable on the other side, the canonical direction is the least-squares regression of the ranks of the
strength on the vectors. R² is the squared Spearman correlation of the projection with the strength, as published.
In-sample it is 1 for pure noise as soon as there are no fewer dimensions than rows, so each fit carries the R² on
clips (or strengths) that its direction was not fitted on, and each has a permutation null.

References
----------
Deng et al. (2025), Investigating the Sensitivity of Pre-trained Audio Embeddings to Common Effects;
Hotelling (1936), Relations between two sets of variates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from wetdry.analysis.agreement import spearman
from wetdry.analysis.displacement import SINGLE_PRECISION
from wetdry.analysis.folds import FEWEST_STRENGTHS, folds_of_groups, folds_of_strengths
from wetdry.analysis.least_squares import NO_PENALTY, Fit, Penalty, dual, fit
from wetdry.analysis.statistics.permutation import TIE
from wetdry.analysis.statistics.units import ROUNDING, Counts, Flags, Float64
from wetdry.errors import DataError

TIE_DECIMALS = 9
"""Projections that agree to so many decimals of the largest are one value: an exact fit ties clips but for rounding."""


@dataclass(frozen=True, eq=False)
class GlobalCCA:
    """One direction for all clips.

    Attributes
    ----------
    direction
        Unit vector (dim,) that points to greater strengths; zeros if nothing correlates.
    r2
        In-sample R²: no evidence unless rows outnumber dimensions many times.
    held_out_r2
        Square, with its sign, of the mean over folds of Spearman's correlation on clips left out; NaN if `folds` is
        None. A direction that leads backwards on new clips is negative, one that orders nothing 0.
    """

    direction: Float64
    r2: float
    held_out_r2: float


@dataclass(frozen=True, eq=False)
class SamplewiseCCA:
    """One direction for each clip; R² is NaN, and the direction zeros, where a clip's vectors do not move.

    Attributes
    ----------
    directions
        Unit vectors (clip, dim) that point to greater strengths.
    r2
        In-sample R² (clip,): 1 for anything, noise too, with fewer strengths than dimensions.
    held_out_r2
        R² (clip,) on strengths left out, as of `GlobalCCA`; NaN if `folds` is None.
    """

    directions: Float64
    r2: Float64
    held_out_r2: Float64

    @property
    def still(self) -> Flags:
        """Clips (clip,) whose vectors do not move."""
        return np.isnan(self.r2)


@dataclass(frozen=True, eq=False)
class CCANull:
    """What fits to strengths shuffled within clips reach: (permutation,), or sample-wise (permutation, clip).

    Attributes
    ----------
    r2
        In-sample R².
    held_out_r2
        R² on what was left out.
    """

    r2: Float64
    held_out_r2: Float64

    def p(self, found: GlobalCCA | SamplewiseCCA) -> tuple[Float64, Float64]:
        """P-values of `found.r2` and `found.held_out_r2`, the fit itself counted in; NaN where these are."""
        return _share_reaching(self.r2, found.r2), _share_reaching(self.held_out_r2, found.held_out_r2)


def global_cca(
    vectors: npt.ArrayLike,
    strengths: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    folds: int | None = 5,
    penalty: Penalty = NO_PENALTY,
) -> GlobalCCA:
    """Direction that follows the strength best over all clips, tested on groups of clips left out.

    Parameters
    ----------
    vectors
        Embeddings (clip, strength, dim), or rows (n, dim).
    strengths
        Strengths (strength,), or of each row (n,); in any unit, since ranks count.
    groups
        Label of each clip (clip,) or row (n,) that folds keep together, such as its source recording. Each clip is
        its own group if None; rows need them.
    folds
        Parts that the groups are dealt into, each left out once; None for no cross-validation.
    penalty
        Ridge or principal components, fitted within the folds; least squares with the shortest weights by default.

    Returns
    -------
    GlobalCCA

    >>> clips = np.random.default_rng(0).standard_normal((40, 1, 3))
    >>> moved = clips + 5.0 * np.linspace(0, 1, 9)[:, np.newaxis] * np.array([0.0, 0.6, 0.8])
    >>> found = global_cca(moved, np.arange(9))
    >>> found.r2 > 0.6, found.held_out_r2 > 0.6
    (True, True)
    """
    array = _checked(vectors, dims=(2, 3))
    clips = array.shape[:-2]
    strength = _strengths(strengths, array.shape[-2])
    if groups is None and not clips and folds is not None:
        raise DataError("Rows cannot be cross-validated without knowing their clips: give groups, or folds=None.")
    rows = _centred_rows(array)
    ranks = np.tile(_ranks(strength), clips)[:, np.newaxis]
    fold = None
    if folds is not None:
        fold = np.repeat(folds_of_groups(groups, len(array), folds), len(rows) // len(array))
    fitted = fit(rows, ranks, fold, penalty)
    held_out = np.nan if fold is None else _held_out_r2(fitted.held_out, ranks, fold)[0]
    return GlobalCCA(_unit(fitted.weights[:, 0]), float(_r2(fitted.scores, ranks)[0]), float(held_out))


def samplewise_cca(
    vectors: npt.ArrayLike, strengths: npt.ArrayLike, *, folds: int | None = 4, penalty: Penalty = NO_PENALTY
) -> SamplewiseCCA:
    """Direction that follows the strength best in each clip alone, tested on strengths left out.

    Parameters
    ----------
    vectors
        Embeddings (clip, strength, dim).
    strengths
        Strengths (strength,).
    folds
        Interleaved parts of the strengths, each left out once, of at least 3 strengths each; None for no test.
    penalty
        As of `global_cca`, fitted clip by clip.

    Returns
    -------
    SamplewiseCCA

    >>> path = np.linspace(0, 1, 12)[:, np.newaxis] * np.array([0.0, 3.0, 4.0])
    >>> found = samplewise_cca(path[np.newaxis], np.arange(12))
    >>> found.directions.round(6).tolist(), found.held_out_r2.round(6).tolist()
    ([[0.0, 0.6, 0.8]], [1.0])
    """
    array = _checked(vectors, dims=(3,))
    strength = _strengths(strengths, array.shape[1])
    fold = None if folds is None else folds_of_strengths(strength, folds)
    rows = _centred(array)
    shape = (len(rows), len(strength), 1)
    fitted = dual(rows, np.broadcast_to(_ranks(strength)[:, np.newaxis], shape), fold, penalty)
    r2, held_out = _samplewise_r2(rows, fitted, np.broadcast_to(strength[:, np.newaxis], shape), fold)
    return SamplewiseCCA(_unit(fitted.weights[..., 0]), r2[0], held_out[0])


def global_null(
    vectors: npt.ArrayLike,
    strengths: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    folds: int = 5,
    penalty: Penalty = NO_PENALTY,
    permutations: int = 199,
    seed: int = 0,
) -> CCANull:
    """What `global_cca` reaches for strengths shuffled within each clip, all from the same factorisations.

    Vectors are (clip, strength, dim); the other parameters are those of `global_cca`.

    >>> noise = np.random.default_rng(0).standard_normal((4, 6, 50))
    >>> global_null(noise, np.arange(6), folds=2, permutations=3).r2.round(6).tolist()
    [1.0, 1.0, 1.0]
    """
    array = _checked(vectors, dims=(3,))
    clips, count = array.shape[:2]
    strength = _strengths(strengths, count)
    rows = _centred_rows(array)
    fold = np.repeat(folds_of_groups(groups, clips, folds), count)
    ranks = _shuffled(_ranks(strength), clips, permutations, seed).reshape(clips * count, permutations)
    fitted = fit(rows, ranks, fold, penalty)
    return CCANull(_r2(fitted.scores, ranks), _held_out_r2(fitted.held_out, ranks, fold))


def samplewise_null(
    vectors: npt.ArrayLike,
    strengths: npt.ArrayLike,
    *,
    folds: int = 4,
    penalty: Penalty = NO_PENALTY,
    permutations: int = 199,
    seed: int = 0,
) -> CCANull:
    """What `samplewise_cca` reaches for strengths shuffled within each clip, all from the same factorisations.

    The folds stay those of the true strengths. Parameters are those of `samplewise_cca`.
    """
    array = _checked(vectors, dims=(3,))
    strength = _strengths(strengths, array.shape[1])
    fold = folds_of_strengths(strength, folds)
    rows = _centred(array)
    ranks = _shuffled(_ranks(strength), len(rows), permutations, seed)
    fitted = dual(rows, ranks, fold, penalty)
    return CCANull(*_samplewise_r2(rows, fitted, ranks, fold))


def _checked(vectors: npt.ArrayLike, dims: tuple[int, ...]) -> Float64:
    array = np.asarray(vectors, dtype=np.float64)
    if array.ndim not in dims or 0 in array.shape:
        wanted = "(clip, strength, dim)" + (" or (n, dim)" if 2 in dims else "")
        raise DataError(f"Embeddings need the shape {wanted}, with none of them 0, not {array.shape}.")
    if not np.isfinite(array).all():
        raise DataError("Embeddings must be finite: leave out clips that could not be embedded.")
    return array


def _strengths(strengths: npt.ArrayLike, count: int) -> Float64:
    array = np.asarray(strengths, dtype=np.float64)
    if array.shape != (count,):
        raise DataError(f"Strengths of shape {array.shape} do not fit embeddings at {count}: give one for each.")
    if not np.isfinite(array).all():
        raise DataError("Strengths must be finite: leave the dry embeddings out, or give them a strength.")
    distinct = len(np.unique(array))
    if distinct < FEWEST_STRENGTHS:
        raise DataError(f"A trend over {distinct} strengths cannot fail: measure at least {FEWEST_STRENGTHS}.")
    return array


def _centred(vectors: Float64) -> Float64:
    """Vectors (…, n, dim) as deviations from their mean."""
    return _deviations(vectors, vectors.min(axis=-2, keepdims=True), vectors.max(axis=-2, keepdims=True))


def _centred_rows(array: Float64) -> Float64:
    """All vectors (n, dim) as deviations from their common mean, provided that the effect moves any of them."""
    low, high = array.min(axis=-2), array.max(axis=-2)
    if (high - low).max() <= SINGLE_PRECISION * max(np.abs(low).max(), np.abs(high).max()):
        raise DataError("The embeddings are the same at every strength: take an effect that the encoder can hear.")
    dim = array.shape[-1]
    low, high = (each.reshape(-1, dim) for each in (low, high))
    return _deviations(array.reshape(-1, dim), low.min(axis=0, keepdims=True), high.max(axis=0, keepdims=True))


def _deviations(vectors: Float64, low: Float64, high: Float64) -> Float64:
    """Deviations from the mean; 0 where the extremes differ by rounding, of float64 or, in all dimensions, float32."""
    extent, largest = high - low, np.maximum(np.abs(low), np.abs(high))
    frozen = extent <= ROUNDING * largest
    frozen |= extent.max(axis=-1, keepdims=True) <= SINGLE_PRECISION * largest.max(axis=-1, keepdims=True)
    deviations: Float64 = vectors - vectors.mean(axis=-2, keepdims=True)
    if frozen.any():
        deviations[np.broadcast_to(frozen, deviations.shape)] = 0.0
    return deviations


def _ranks(strength: Float64) -> Float64:
    """Centred ranks (n,), ties sharing their mean rank."""
    ranks: Float64 = rankdata(strength)
    ranks -= ranks.mean()
    return ranks


def _shuffled(ranks: Float64, clips: int, permutations: int, seed: int) -> Float64:
    """Ranks (clip, strength, permutation), shuffled within each clip anew."""
    if permutations < 1:
        raise DataError(f"A null of {permutations} permutations is empty: draw at least 1, better 199 or more.")
    copies = np.broadcast_to(ranks, (permutations, clips, len(ranks)))
    return np.moveaxis(np.random.default_rng(seed).permuted(copies, axis=2), 0, 2)


def _samplewise_r2(rows: Float64, fitted: Fit, ranks: Float64, fold: Counts | None) -> tuple[Float64, Float64]:
    """In-sample and held-out R², (target, clip) each, of projections (clip, strength, target)."""
    moves = rows.any(axis=(1, 2))
    by_strength = np.moveaxis(ranks, 1, 0)
    r2 = _r2(np.moveaxis(fitted.scores, 1, 0), by_strength)
    if fold is None:
        held_out = np.full_like(r2, np.nan)
    else:
        held_out = _held_out_r2(np.moveaxis(fitted.held_out, 1, 0), by_strength, fold)
    return np.where(moves, r2.T, np.nan), np.where(moves, held_out.T, np.nan)


def _r2(scores: Float64, ranks: Float64) -> Float64:
    """Squared Spearman correlation of projections with ranks (n, …); 0 where the projections are all equal."""
    return np.square(_correlation(scores, ranks))


def _held_out_r2(scores: Float64, ranks: Float64, fold: Counts) -> Float64:
    """Signed square of the mean correlation over folds: projections of two folds have no common origin or unit."""
    mean = np.mean([_correlation(scores[fold == part], ranks[fold == part]) for part in np.unique(fold)], axis=0)
    return np.asarray(mean * np.abs(mean))


def _correlation(scores: Float64, ranks: Float64) -> Float64:
    largest = np.abs(scores).max(axis=0)
    rounded = np.round(scores / np.where(largest > 0, largest, 1.0), TIE_DECIMALS)
    rho: Float64 = np.nan_to_num(spearman(rounded, ranks), nan=0.0)
    return rho


def _unit(weights: Float64) -> Float64:
    """Weights (…, dim) at unit length; zeros stay zeros."""
    length = np.linalg.norm(weights, axis=-1, keepdims=True)
    return np.asarray(weights / np.where(length > 0, length, 1.0))


def _share_reaching(null: Float64, observed: float | Float64) -> Float64:
    reached = (null >= np.asarray(observed) - TIE).sum(axis=0)
    return np.where(np.isnan(observed), np.nan, (1.0 + reached) / (1.0 + len(null)))[()]
