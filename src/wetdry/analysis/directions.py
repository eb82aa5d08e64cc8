"""The direction of an effect: that along which vectors follow the ranks of its strengths best.

With one variable on the other side, the canonical direction is the least-squares regression of the ranks on the
vectors. With no more rows than dimensions there are many, and the shortest weights are taken.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from wetdry.analysis.displacement import SINGLE_PRECISION
from wetdry.analysis.least_squares import NO_PENALTY, Penalty, double_centred, fit, gram, mix
from wetdry.analysis.statistics.units import ROUNDING, Counts, Flags, Float64
from wetdry.analysis.threads import in_blocks
from wetdry.errors import DataError

Vectors = npt.NDArray[np.floating]

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


def extremes(vectors: Vectors) -> Extremes:
    """Extremes (…, dim) of vectors (…, n, dim), which must be finite."""
    low, high = (np.asarray(reduced(axis=-2), dtype=np.float64) for reduced in (vectors.min, vectors.max))
    # Whatever is not finite shows in one of them, which saves a walk over all vectors.
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise DataError("Embeddings must be finite: leave out clips that could not be embedded.")
    return Extremes(low, high)


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
    found = extremes(vectors) if within is None else within
    frozen = found.frozen
    rows: Float64 = vectors - vectors.mean(axis=0, dtype=np.float64)
    if frozen.any():
        rows[:, frozen] = 0.0
    fitted = fit(rows, ranks, fold, penalty, units)
    return Followed(_unit(fitted.weights[:, 0]), fitted.scores, fitted.held_out, np.asarray(frozen.all()))


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
    # Fresh memory costs more than all that is done in it, so each thread takes what another block has left.
    spare: deque[Float64] = deque()

    def follow(part: slice) -> Followed:
        block = vectors[part]
        try:
            memory = spare.pop()
        except IndexError:
            memory = np.empty((step, *shape))
        rows = memory[: len(block)]
        inner, still = _products(block, rows)
        found = mix(inner, ranks[part], fold, penalty, rows.shape[-1])
        weights = np.swapaxes(rows, -2, -1) @ found.mixture[..., :1]
        spare.append(memory)
        return Followed(_unit(weights[..., 0]), found.scores, found.held_out, still)

    blocks = in_blocks(follow, clips, step, threads)
    return Followed(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def centred_ranks(strengths: Float64) -> Float64:
    """Deviations (…, n) of the ranks of strengths (…, n) from their mean, ties sharing one rank."""
    ranks: Float64 = rankdata(strengths, axis=-1)
    ranks -= ranks.mean(axis=-1, keepdims=True)
    return ranks


def _products(vectors: Vectors, rows: Float64) -> tuple[Float64, Flags]:
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


def _about_centre(vectors: Vectors) -> tuple[Float64, Flags]:
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
