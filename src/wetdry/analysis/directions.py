"""The direction of an effect: that along which vectors follow the ranks of its strengths best.

With one variable on the other side, the canonical direction is the least-squares regression of the ranks on the
vectors. With no more rows than dimensions there are many, and the shortest weights are taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from wetdry.analysis.blocks import Affine, Vectors, parts_of
from wetdry.analysis.displacement import SINGLE_PRECISION
from wetdry.analysis.least_squares import NO_PENALTY, Penalty, double_centred, fit, gram, mix, primal_weights
from wetdry.analysis.primal_sums import FOLLOWED_AT_ONCE, at_hand, projected
from wetdry.analysis.shuffled_ranks import ShuffledRanks
from wetdry.analysis.statistics.units import ROUNDING, Counts, Flags, Float64
from wetdry.analysis.threads import in_blocks
from wetdry.errors import DataError

NUMBERS_AT_ONCE = 2**18
"""Numbers in a block of clips, 2 MiB: few enough for the cache, and enough to make calls from Python cheap."""

DOUBTFUL = 100 * SINGLE_PRECISION
"""Deviations beyond this share of a clip's values leave no doubt that it moves, and by more than rounding."""


class Followed(NamedTuple):
    """How vectors follow k orders of ranks.

    Attributes
    ----------
    directions
        Unit vectors (…, dim) that point to greater ranks of the first order; zeros if nothing follows it.
    scores
        In-sample projections (…, n, k).
    held_out
        Projections (…, n, k) of each fold on directions fitted to the others, up to a constant for each fold and order;
        NaN without folds.
    still
        Whether (…) the vectors differ by no more than rounding, of float64 or, in all dimensions, of float32.
    """

    directions: Float64
    scores: Float64
    held_out: Float64
    still: Flags


class Extremes(NamedTuple):
    """Smallest and largest value (…, dim) of each dimension."""

    low: Float64
    high: Float64

    @property
    def frozen(self) -> Flags:
        """Dimensions (…, dim) whose values differ by no more than rounding."""
        extent, largest = self.high - self.low, np.maximum(np.abs(self.low), np.abs(self.high))
        still = extent.max(axis=-1, keepdims=True) <= SINGLE_PRECISION * largest.max(axis=-1, keepdims=True)
        return np.asarray((extent <= ROUNDING * largest) | still)


def extremes(vectors: npt.NDArray[np.floating]) -> Extremes:
    """Extremes (…, dim) of vectors (…, n, dim), which must be finite."""
    low, high = (np.asarray(reduced(axis=-2), dtype=np.float64) for reduced in (vectors.min, vectors.max))
    # Whatever is not finite shows in one of them, which saves a walk over all vectors.
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise DataError("Embeddings must be finite: leave out clips that could not be embedded.")
    return Extremes(low, high)


def extremes_of_moving(vectors: Vectors) -> Extremes:
    """Extremes (dim,) of vectors (n, dim) or (clip, n, dim), provided that those (of any clip) are not all the same."""
    lows, highs, moved = [], [], 0.0
    for part in parts_of(vectors):
        low, high = extremes(vectors[part])
        if vectors.ndim == 3:
            moved = max(moved, float((high - low).max()))
            low, high = low.min(axis=0), high.max(axis=0)
        lows.append(low)
        highs.append(high)
    found = Extremes(np.min(lows, axis=0), np.max(highs, axis=0))
    if vectors.ndim == 2:
        moved = float((found.high - found.low).max())
    if moved <= SINGLE_PRECISION * max(np.abs(found.low).max(), np.abs(found.high).max()):
        raise DataError("The embeddings are the same at every strength: take an effect that the encoder can hear.")
    return found


def _all_extremes(vectors: Vectors) -> Extremes:
    """Extremes (dim,) of vectors (n, dim)."""
    found = [extremes(vectors[part]) for part in parts_of(vectors)]
    return Extremes(np.min([each.low for each in found], axis=0), np.max([each.high for each in found], axis=0))


def follow_all(
    vectors: Vectors,
    ranks: Float64,
    fold: Counts | None = None,
    penalty: Penalty = NO_PENALTY,
    *,
    within: Extremes | None = None,
    units: Float64 | None = None,
) -> Followed:
    """One direction for all of the vectors (n, dim), along which centred `ranks` (n, k) rise.

    `fold` (n,) numbers the part that each row is left out with; `units` (part, dim) are those of the fits without each
    part, 1 if None. `within` are the vectors' extremes, where known.
    """
    rows, frozen = _about_mean(vectors, within)
    fitted = fit(rows, ranks, fold, penalty, units)
    return Followed(_unit(fitted.weights[:, 0]), fitted.scores, fitted.held_out, np.asarray(frozen.all()))


def follow_shuffled(
    vectors: Vectors,
    ranks: ShuffledRanks,
    fold: Counts,
    penalty: Penalty = NO_PENALTY,
    *,
    within: Extremes | None = None,
    units: Float64 | None = None,
) -> Iterator[tuple[Float64, Float64, Float64]]:
    """As `follow_all` for many orders of ranks: ranks, scores and held-out projections (n, k) of some at a time."""
    rows, _ = _about_mean(vectors, within)
    if rows.shape[0] <= rows.shape[1]:
        order = ranks.columns(slice(None))
        fitted = fit(rows, order, fold, penalty, units)
        yield order, fitted.scores, fitted.held_out
        return
    weights, without = primal_weights(rows, ranks, fold, penalty, units)
    step = max(1, FOLLOWED_AT_ONCE // len(rows))
    for first in range(0, ranks.shape[1], step):
        some = slice(first, first + step)
        yield ranks.columns(some), *projected(rows, weights[:, some], [each[:, some] for each in without], fold)


def _about_mean(vectors: Vectors, within: Extremes | None) -> tuple[Vectors, Flags]:
    """Vectors (n, dim) from their mean, 0 where a dimension is frozen; and which (dim,) are."""
    total = np.zeros(vectors.shape[1])
    for part in parts_of(vectors):
        total += vectors[part].sum(axis=0, dtype=np.float64)
    frozen = (_all_extremes(vectors) if within is None else within).frozen
    # Whatever is divided by infinity is 0.
    size = np.where(frozen, np.inf, 1.0) if frozen.any() else None
    return at_hand(Affine(vectors, origin=total / len(vectors), size=size)), frozen


def follow_each(
    vectors: Vectors,
    ranks: Float64,
    fold: Counts | None = None,
    penalty: Penalty = NO_PENALTY,
    *,
    threads: int | None = None,
) -> Followed:
    """A direction for each clip (clip, n, dim), along which its centred ranks (clip, n, k) rise.

    `fold` (n,) numbers the part that each row is left out with, in all clips; `threads` is as of `in_blocks`.
    """
    clips, *shape = vectors.shape
    step = max(1, NUMBERS_AT_ONCE // int(np.prod(shape)))
    directions, still = np.empty((clips, shape[1])), np.empty(clips, dtype=bool)
    scores, held_out = np.empty(ranks.shape), np.empty(ranks.shape)
    # Fresh memory costs more than all that is done in it, so each thread takes what another block has left.
    spare: deque[Float64] = deque()

    def follow(part: slice) -> None:
        block = vectors[part]
        try:
            memory = spare.pop()
        except IndexError:
            memory = np.empty((step, *shape))
        rows = memory[: len(block)]
        inner, still[part] = _products(block, rows)
        found = mix(inner, ranks[part], fold, penalty, rows.shape[-1])
        weights = np.swapaxes(rows, -2, -1) @ found.mixture[..., :1]
        spare.append(memory)
        directions[part], scores[part], held_out[part] = _unit(weights[..., 0]), found.scores, found.held_out

    in_blocks(follow, clips, step, threads)
    return Followed(directions, scores, held_out, still)


def centred_ranks(strengths: Float64) -> Float64:
    """Deviations (…, n) of the ranks of strengths (…, n) from their mean, ties sharing one rank."""
    ranks: Float64 = rankdata(strengths, axis=-1)
    ranks -= ranks.mean(axis=-1, keepdims=True)
    return ranks


def _products(vectors: npt.NDArray[np.floating], rows: Float64) -> tuple[Float64, Flags]:
    """`gram` of vectors (clip, n, dim), and which clips are still; `rows` become vectors from an origin near them."""
    origins = vectors[:, :1].astype(np.float64)
    inner = np.empty((*rows.shape[:-1], rows.shape[-2]))
    # What is not finite leaves doubt, and is then named.
    with np.errstate(invalid="ignore", over="ignore"):
        # Clip by clip, so that the second step finds in the cache what the first has left there.
        for vectors_of_clip, origin, own, product in zip(vectors, origins, rows, inner, strict=True):
            np.subtract(vectors_of_clip, origin, out=own)
            np.matmul(own, own.T, out=product)
        inner = double_centred(inner)
        reach = np.sqrt(np.trace(inner, axis1=-2, axis2=-1) / (rows.shape[-2] * rows.shape[-1]))
        largest = np.abs(origins).max(axis=(-2, -1))
        doubtful = ~(reach > DOUBTFUL * largest)
    still = np.zeros(len(rows), dtype=bool)
    if doubtful.any():
        rows[doubtful], still[doubtful] = _about_centre(vectors[doubtful])
        inner[doubtful] = gram(rows[doubtful])
    return inner, still


def _about_centre(vectors: npt.NDArray[np.floating]) -> tuple[Float64, Flags]:
    """Vectors (clip, n, dim) from the middle of their extremes, 0 where frozen; and which clips (clip,) are still."""
    found = extremes(vectors)
    rows: Float64 = vectors - (0.5 * found.low + 0.5 * found.high)[:, np.newaxis]
    frozen = found.frozen
    rows[np.broadcast_to(frozen[:, np.newaxis], rows.shape)] = 0.0
    return rows, np.asarray(frozen.all(axis=-1))


def _unit(weights: Float64) -> Float64:
    """Weights (…, dim) at unit length; zeros stay zeros."""
    length = np.linalg.norm(weights, axis=-1, keepdims=True)
    return np.asarray(weights / np.where(length > 0, length, 1.0))
