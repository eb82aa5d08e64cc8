"""Ridge regression on a step and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.coordinates import NEGLIGIBLE
from wetdry.probes.temporal.songs import Songs

PENALTIES = tuple(10.0**power for power in range(3, -5, -1))
"""Times the number of rated steps, beside the sum of squares; of equals the strongest is taken."""

MOST_AXES = 128
"""Vectors are seen along so many axes of greatest variance: neighbours multiply them, and the work goes by the cube."""


@dataclass(frozen=True, eq=False)
class WindowRidge:
    """Linear in a step's vector and its neighbours'.

    Attributes
    ----------
    weights
        Shape (neighbour, dim, target), the earliest neighbour first.
    constant
        Shape (target,).
    """

    weights: Float64
    constant: Float64

    @property
    def parameters(self) -> int:
        return self.weights.size + self.constant.size

    def outputs(self, rows: Float64) -> Float64:
        """Standardised values (t, target) of standardised rows (t, dim)."""
        reach, _, targets = self.weights.shape
        values: Float64 = neighbourhoods(rows, reach // 2) @ self.weights.reshape(-1, targets) + self.constant
        return values


def neighbourhoods(rows: Float64, context: int) -> Float64:
    """Each step's rows (t, (2 · context + 1) · dim) from `context` steps before to as many after, the ends repeated.

    >>> neighbourhoods(np.array([[1.0], [2.0], [3.0]]), 1).tolist()
    [[1.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 3.0]]
    """
    steps = np.arange(len(rows))[:, np.newaxis] + np.arange(-context, context + 1)
    around: Float64 = rows[np.clip(steps, 0, len(rows) - 1)]
    return around.reshape(len(rows), -1)


def fit_ridge(training: Songs, held_out: Songs, context: int) -> WindowRidge:
    """The best of all penalties on the songs held out, for each target by itself."""
    axes = _main_axes(training)
    moments = _Moments(training, axes, context)
    spread, basis = eigh(moments.covariance, driver="evd")
    spread = np.maximum(spread, NEGLIGIBLE * spread[-1])
    along = basis.T @ moments.shared
    found = np.stack([basis @ (along / (spread + penalty)[:, np.newaxis]) for penalty in PENALTIES])
    constants = -moments.mean @ found
    explained = held_out.explained(lambda rows: neighbourhoods(rows @ axes, context) @ found + constants[:, np.newaxis])
    best = explained.argmax(axis=0)
    targets = np.arange(len(best))
    chosen = found[best, :, targets].T.reshape(2 * context + 1, -1, len(best))
    return WindowRidge(np.einsum("da,kat->kdt", axes, chosen), constants[best, targets])


class _Moments:
    """Mean (column,) of neighbourhoods, their covariance (column, column), and that with the answers (column, target).

    They are added up song by song: all neighbourhoods at once would be as many times larger than the songs as there
    are neighbours.
    """

    def __init__(self, songs: Songs, axes: Float64, context: int) -> None:
        width = (2 * context + 1) * axes.shape[1]
        steps, total = 0, np.zeros(width)
        for rows, _ in _rated(songs, axes, context):
            steps, total = steps + len(rows), total + rows.sum(axis=0)
        self.mean = total / steps
        self.covariance = np.zeros((width, width))
        self.shared = np.zeros((width, songs.ratings[0].shape[1]))
        for rows, answers in _rated(songs, axes, context):
            centred = rows - self.mean
            self.covariance += centred.T @ centred / steps
            self.shared += centred.T @ answers / steps


def _rated(songs: Songs, axes: Float64, context: int) -> Iterator[tuple[Float64, Float64]]:
    """Neighbourhoods and ratings of each song's rated steps."""
    for rows, values, rated in zip(songs.vectors, songs.ratings, songs.rated, strict=True):
        yield neighbourhoods(rows @ axes, context)[rated], values[rated]


def _main_axes(songs: Songs) -> Float64:
    """Axes (dim, axis) of the greatest variance of standardised vectors, or all dimensions if they are few."""
    dim = songs.vectors[0].shape[1]
    if dim <= MOST_AXES:
        return np.eye(dim)
    covariance = sum((rows.T @ rows for rows in songs.vectors), np.zeros((dim, dim)))
    _, axes = eigh(covariance, subset_by_index=[dim - MOST_AXES, dim - 1])
    return np.asarray(axes)
