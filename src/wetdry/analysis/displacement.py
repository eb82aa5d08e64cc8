"""How far an effect moves an embedding, in units of how far dry audio moves by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.blocks import Vectors, as_vectors, parts_of
from wetdry.analysis.statistics.units import Flags, Float64
from wetdry.errors import DataError

SINGLE_PRECISION = 1e-6
"""A spread smaller than this share of the vectors' length is rounding of float32 embeddings."""


@dataclass(frozen=True, eq=False)
class Displacement:
    """How far wet vectors lie from dry ones, each field of the shape of the clips.

    Attributes
    ----------
    distance
        Euclidean length of the mean displacement wet − dry.
    spread
        Dry spread that it is compared with (see `spread`).
    relative
        `distance` / `spread`; NaN where the dry vectors have no spread.
    cosine
        Cosine distance of mean wet and mean dry vector, 0 … 2; NaN where either is zero.
    """

    distance: Float64
    spread: Float64
    relative: Float64
    cosine: Float64

    @property
    def undetermined(self) -> Flags:
        """Where there is no dry spread to compare with."""
        return np.isnan(self.relative)


def spread(vectors: npt.ArrayLike) -> Float64:
    """Root-mean-square distance of vectors (…, n, dim) from their mean, with n − 1: shape ….

    n − 1 makes it comparable between clips of few and many windows. 0 where the vectors differ by no more than
    the rounding of single precision, NaN for a single vector.

    >>> float(spread([[0.0, 0.0], [6.0, 8.0], [3.0, 4.0]]))
    5.0
    """
    rows = as_vectors(vectors)
    if rows.ndim == 2 and len(rows) > 1:
        return _spread_of_rows(rows)
    array = _vectors(rows)
    if array.shape[-2] < 2:
        return np.full(array.shape[:-2], np.nan)[()]
    deviation = array - array.mean(axis=-2, keepdims=True)
    result = np.sqrt(np.square(deviation).sum(axis=(-2, -1)) / (array.shape[-2] - 1))
    length = np.linalg.norm(array, axis=-1).max(axis=-1)
    return np.where(result > SINGLE_PRECISION * length, result, 0.0)[()]


def displacement(wet: npt.ArrayLike, dry: npt.ArrayLike, *, dry_spread: npt.ArrayLike | None = None) -> Displacement:
    """Displacement of clips from their dry versions, in units of the dry spread.

    Parameters
    ----------
    wet
        Window embeddings (…, windows, dim) of wet clips, such as (levels, windows, dim).
    dry
        Window embeddings of the dry clips, broadcast against `wet`.
    dry_spread
        What a displacement of 1 means, broadcast against …; the spread of each dry clip's own windows if
        None. Give `spread` of the dry clips' mean vectors (clips, dim) to compare with the distance
        between clips.

    Returns
    -------
    Displacement
        With shape ….

    >>> dry = [[0.0, 1.0], [0.0, 3.0]]
    >>> moved = displacement([[1.0, 1.0], [1.0, 3.0]], dry)
    >>> float(moved.distance), round(float(moved.relative), 4)
    (1.0, 0.7071)
    """
    after, before = _vectors(wet), _vectors(dry)
    if after.shape[-1] != before.shape[-1]:
        raise DataError(
            f"Wet vectors of {after.shape[-1]} and dry ones of {before.shape[-1]} dimensions cannot be compared: "
            "take both from one layer of one encoder."
        )
    unit = spread(before) if dry_spread is None else np.asarray(dry_spread, dtype=np.float64)
    after, before = after.mean(axis=-2), before.mean(axis=-2)
    distance = np.linalg.norm(after - before, axis=-1)
    distance, unit = np.broadcast_arrays(distance, unit)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(unit > 0, distance / unit, np.nan)
        after = after / np.linalg.norm(after, axis=-1, keepdims=True)
        before = before / np.linalg.norm(before, axis=-1, keepdims=True)
        # 1 − cos = ½ |a − b|² for unit vectors; unlike 1 − a·b it does not cancel for small angles.
        cosine = 0.5 * np.square(after - before).sum(axis=-1)
    cosine = np.broadcast_to(cosine, distance.shape)
    return Displacement(distance[()], unit[()], relative[()], cosine[()])


def _spread_of_rows(vectors: Vectors) -> Float64:
    """`spread` of vectors (n, dim), two or more, a block at a time."""
    total, longest, squares = np.zeros(vectors.shape[1]), 0.0, 0.0
    for part in parts_of(vectors):
        block = _vectors(vectors[part])
        total += block.sum(axis=0)
        longest = max(longest, float(np.linalg.norm(block, axis=-1).max()))
    mean = total / len(vectors)
    for part in parts_of(vectors):
        squares += float(np.square(vectors[part] - mean).sum())
    result = np.sqrt(squares / (len(vectors) - 1))
    return np.where(result > SINGLE_PRECISION * longest, result, 0.0)[()]


def _vectors(values: npt.ArrayLike) -> Float64:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise DataError(f"Embeddings need the shape (…, windows, dim), not {array.shape}.")
    if not np.isfinite(array).all():
        raise DataError("Embeddings must be finite: leave out clips that could not be embedded.")
    return array
