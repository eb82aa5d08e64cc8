"""Vectors of which a block is made when it is asked for, so that they are never all in memory as they are wanted.

An array, one in a file (`numpy.memmap`) and a `Blockwise` are walked through by the same code: `taken[part]` is a block
of the first axis, as float64.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics import units
from wetdry.analysis.statistics.units import Counts, Flags, Float64
from wetdry.errors import DataError

Part = slice | Counts | Flags
"""Rows, of the first axis."""


class Blockwise(ABC):
    """Float64 numbers of a shape, of which rows are made when they are asked for.

    Attributes
    ----------
    shape
        (n, …, dim).
    """

    shape: tuple[int, ...]
    dtype = np.dtype(np.float64)

    @property
    def ndim(self) -> int:
        """Axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Part) -> Float64:
        if isinstance(rows, slice):
            return self._made(rows)
        return self._made(np.arange(len(self))[rows])

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[np.generic]:
        return np.asarray(self[:], dtype=dtype)

    @abstractmethod
    def _made(self, rows: slice | Counts) -> Float64:
        """The numbers (k, …, dim) of some rows."""


Vectors = npt.NDArray[np.floating] | Blockwise
"""What can be walked through: an array of any precision, in memory or in a file, or what makes its blocks."""


def as_vectors(values: npt.ArrayLike) -> Vectors:
    """`values` as they are if their blocks can be taken, in their own precision; as float64 if they are no floats.

    >>> as_vectors([[1, 2]]).dtype, as_vectors(np.ones((1, 2), dtype=np.float32)).dtype
    (dtype('float64'), dtype('float32'))
    """
    if isinstance(values, Blockwise):
        return values
    array = np.asarray(values)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def parts_of(vectors: Vectors, least: int = 1) -> Iterator[slice]:
    """Slices of the first axis, of a few million numbers each and of `least` rows; one for what is small.

    They follow from the shape alone, so that results are the same, bit by bit, wherever the vectors are.
    """
    step = max(least, units.BLOCK // max(1, int(np.prod(vectors.shape[1:]))))
    return (slice(first, min(first + step, len(vectors))) for first in range(0, len(vectors), step))


def check_finite(block: npt.NDArray[np.floating], name: str, start: int = 0) -> None:
    """Raise for a vector of a block (n, …, dim), which begins at row `start`, that is not finite."""
    # What is not finite shows in the sum of all, or it is rare and looked for.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(block.sum()):
            return
    missing = np.argwhere(~np.isfinite(block).all(axis=-1))
    if len(missing):
        where = ", ".join(map(str, [start + missing[0][0], *missing[0][1:]]))
        raise DataError(f"{name} have NaN or infinite values in row ({where}): leave out what could not be embedded.")


class Affine(Blockwise):
    """Some rows of vectors, from an origin, in units of a size, along axes.

    Parameters
    ----------
    vectors
        Shape (n, …, dim).
    rows
        Places (k,) of those that are meant; all if None.
    origin, size
        Of each dimension (dim,); 0 and 1 if None.
    axes
        Shape (dim, component), which the result is along; that of the vectors if None.

    >>> scaled = Affine(np.array([[1.0], [5.0], [9.0]]), np.array([0, 2]), origin=np.array([1.0]), size=np.array([4.0]))
    >>> scaled.shape, scaled[:].tolist()
    ((2, 1), [[0.0], [2.0]])
    """

    def __init__(
        self,
        vectors: Vectors,
        rows: Counts | None = None,
        *,
        origin: Float64 | None = None,
        size: Float64 | None = None,
        axes: Float64 | None = None,
    ) -> None:
        self._vectors, self._rows = vectors, rows
        self._origin, self._size, self._axes = origin, size, axes
        count = len(vectors) if rows is None else len(rows)
        self.shape = (count, *vectors.shape[1:-1], vectors.shape[-1] if axes is None else axes.shape[1])

    def _made(self, rows: slice | Counts) -> Float64:
        found = self._vectors[rows if self._rows is None else self._rows[rows]]
        made: Float64 = found.astype(np.float64) if self._origin is None else found - self._origin
        if self._size is not None:
            made /= self._size
        return made if self._axes is None else np.asarray(made @ self._axes)


class Flat(Blockwise):
    """Vectors (n, k, dim) one after another, shape (n · k, dim).

    >>> Flat(np.arange(8.0).reshape(2, 2, 2))[1:3].tolist()
    [[2.0, 3.0], [4.0, 5.0]]
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self.shape = (vectors.shape[0] * vectors.shape[1], vectors.shape[2])

    def _made(self, rows: slice | Counts) -> Float64:
        each = self._vectors.shape[1]
        if not isinstance(rows, slice):
            owners, which = np.unique(rows // each, return_inverse=True)
            return np.asarray(self._vectors[owners][which, rows % each], dtype=np.float64)
        start, stop, _ = rows.indices(len(self))
        found = self._vectors[start // each : -(-stop // each)]
        skipped = start % each
        return np.asarray(found.reshape(-1, self.shape[1])[skipped : skipped + stop - start], dtype=np.float64)


class Displacements(Blockwise):
    """Wet vectors (clip, strength, dim) minus the dry one (clip, dim) of the same clip."""

    def __init__(self, wet: Vectors, dry: Vectors) -> None:
        self._wet, self._dry = wet, dry
        self.shape = wet.shape

    def _made(self, rows: slice | Counts) -> Float64:
        return np.subtract(self._wet[rows], self._dry[rows][:, np.newaxis], dtype=np.float64)


class Reordered(Blockwise):
    """Vectors (clip, strength, dim) with those of each clip in an order (clip, strength) of its own."""

    def __init__(self, vectors: Vectors, order: Counts) -> None:
        self._vectors, self._order = vectors, order
        self.shape = vectors.shape

    def _made(self, rows: slice | Counts) -> Float64:
        found = np.take_along_axis(self._vectors[rows], self._order[rows][..., np.newaxis], axis=1)
        return np.asarray(found, dtype=np.float64)
