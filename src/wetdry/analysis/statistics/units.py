"""The unit of inference: rows of one cluster (song, actor) count once, as their mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.errors import DataError

Float64 = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Shape = tuple[int, ...]

BLOCK = 2**22
"""Numbers in one block of work, 32 MiB of float64."""

ROUNDING = 1e-13
"""Relative size below which a difference of float64 values is rounding."""


def finite(values: npt.ArrayLike) -> Float64:
    """`values` as float64 with at least one row; NaN means missing, infinity is an error."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or array.shape[0] == 0:
        raise DataError("Statistics need at least one row of values: check that some clips were measured.")
    if np.isinf(array).any():
        raise DataError("Statistics take finite values: leave infinite ones out, or mark them missing with NaN.")
    return array


def membership(clusters: npt.ArrayLike | None, rows: int) -> tuple[Counts, int]:
    """Cluster number (rows,) of each row, in the sorted order of the labels, and how many clusters there are."""
    if clusters is None:
        return np.arange(rows), rows
    labels: npt.NDArray[Any] = np.asarray(clusters)
    if labels.shape != (rows,):
        raise DataError(f"Clusters of shape {labels.shape} do not fit {rows} rows: give one label for each row.")
    if labels.dtype == object:
        labels = labels.astype(str)
    names, member = np.unique(labels, return_inverse=True)
    return member, len(names)


def cluster_means(values: npt.ArrayLike, clusters: npt.ArrayLike | None = None) -> tuple[Float64, Counts]:
    """Mean of the rows of each cluster.

    Parameters
    ----------
    values
        Shape (n, …); a missing value is NaN and is left out of its cluster's mean.
    clusters
        Label of each row, shape (n,); every row is its own cluster if None.

    Returns
    -------
    means
        Shape (g, …), in the sorted order of the labels; NaN where a cluster has no value.
    sizes
        Rows of each cluster, shape (g,).

    >>> means, sizes = cluster_means([1.0, 3.0, 10.0], ["a", "a", "b"])
    >>> means.tolist(), sizes.tolist()
    ([2.0, 10.0], [2, 1])
    """
    array = finite(values)
    member, count = membership(clusters, array.shape[0])
    sizes: Counts = np.bincount(member, minlength=count)
    if count == array.shape[0]:
        return array[np.argsort(member)], sizes
    order = np.argsort(member, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    present = ~np.isnan(array)
    sums = np.add.reduceat(np.where(present, array, 0.0)[order], starts, axis=0)
    shares = np.add.reduceat(present[order].astype(np.float64), starts, axis=0)
    with np.errstate(invalid="ignore"):
        return sums / shares, sizes


def mean_known(values: Float64) -> Float64:
    """Mean over rows (n, …) of what is not NaN; NaN where nothing is.

    >>> mean_known(np.array([[1.0, np.nan], [3.0, np.nan]])).tolist()
    [2.0, nan]
    """
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        mean: Float64 = np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)
    return mean


def unit_columns(values: npt.ArrayLike, clusters: npt.ArrayLike | None) -> tuple[Float64, Shape]:
    """Cluster means as a matrix (g, k), and the shape … that its k columns came in."""
    means, _ = cluster_means(values, clusters)
    return means.reshape(means.shape[0], -1), means.shape[1:]


def moments(columns: Float64) -> tuple[Float64, Float64, Counts]:
    """Mean, standard deviation (n − 1) and count of the values that each column has; NaN where there are too few.

    A spread that is no more than rounding is 0.
    """
    present = ~np.isnan(columns)
    count: Counts = present.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(present, columns, 0.0).sum(axis=0) / count
        deviation = np.where(present, columns - mean, 0.0)
        spread = np.abs(deviation).max(axis=0, initial=0.0)
        # Divided by the largest deviation first, lest the squares of tiny values underflow.
        relative = deviation / np.where(spread > 0, spread, 1.0)
        sd = spread * np.sqrt(np.square(relative).sum(axis=0) / (count - 1.0))
    largest = np.abs(np.where(present, columns, 0.0)).max(axis=0, initial=0.0)
    sd = np.where((spread <= ROUNDING * largest) & (count > 1), 0.0, sd)
    return mean, np.where(count > 1, sd, np.nan), count


def blocks(total: int, width: int) -> Iterator[slice]:
    """Slices that cover `total` rows of `width` numbers, each about `BLOCK` numbers large."""
    step = max(1, BLOCK // max(1, width))
    return (slice(first, min(first + step, total)) for first in range(0, total, step))
