"""Two-dimensional maps (UMAP) of the paths that embeddings take as an effect grows: pictures, not evidence.

References
----------
McInnes, Healy and Melville (2018), UMAP: Uniform manifold approximation and projection for dimension reduction;
Venna and Kaski (2001), Neighborhood preservation in nonlinear projection methods;
Deng et al. (2025), Investigating the Sensitivity of Pre-trained Audio Embeddings to Common Effects.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from threading import Lock
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError

FitOn = Literal["wet", "dry"]

TRUSTED_NEIGHBOURS = 5
"""Neighbourhoods by which a map is judged; fewer where there are not twice as many points."""

START, START_DECIMALS = 10.0, 4

_one_map_at_a_time = Lock()
"""Numba's threads end the process if two callers enter its parallel code at once."""


@dataclass(frozen=True, eq=False)
class TrajectoryMap:
    """Positions on a map whose axes have no unit.

    Attributes
    ----------
    wet
        Shape (clip, strength, 2).
    dry
        Shape (clip, 2).
    trustworthiness
        1 if the nearest neighbours of each point on the map, wet and dry, are its neighbours in the embedding space
        too; about ½ if the map is drawn at random.
    fit_on
        Which vectors laid the map out; the others were placed on it afterwards.
    """

    wet: Float64
    dry: Float64
    trustworthiness: float
    fit_on: FitOn


def trajectory_map(
    wet: npt.ArrayLike,
    dry: npt.ArrayLike,
    *,
    fit_on: FitOn = "wet",
    background: npt.ArrayLike | None = None,
    neighbours: int = 3,
    seed: int = 0,
) -> TrajectoryMap:
    """Map of the paths of a few clips, laid out by UMAP.

    Fitted on the wet vectors, as published (but that it starts from principal components), the layout is made of the
    paths it then shows: strengths of one clip are each other's nearest neighbours, and come out as threads whatever the
    effect. Fitted on dry vectors, it shows where among clips without the effect the paths lead; a wet vector is placed
    near the dry ones it resembles most, so that a path which leaves them all is folded back.

    Neither shows lengths, angles, the distance or direction between paths, or the density of points; gaps, loops and
    kinks may be the layout's own and change with `seed` and `neighbours`. `trajectories` measures the paths in the
    embedding space itself.

    Parameters
    ----------
    wet
        Vectors (clip, strength, dim).
    dry
        Vectors (clip, dim) of the same clips.
    fit_on
        `"wet"`, or `"dry"`: the dry clips and `background`.
    background
        Further dry vectors (n, dim) to lay the map out with; they are not drawn. Those of the clips themselves may
        be among them, and count once.
    neighbours
        Nearest vectors, each counted as one of its own, that the layout keeps together: at least 2.
    seed
        The same arguments give the same bytes on one machine.

    Returns
    -------
    TrajectoryMap

    >>> from wetdry.errors import DataError
    >>> try:
    ...     trajectory_map(np.zeros((2, 5, 8)), np.ones((2, 8)))
    ... except DataError as error:
    ...     print(error)
    A map of 3 neighbours needs 5 different wet vectors to be laid out, not 1: take more clips or fewer neighbours.
    """
    paths, origins = _checked(wet, "Wet", 3), _checked(dry, "Dry", 2)
    clips, strengths, dim = paths.shape
    if origins.shape != (clips, dim):
        raise DataError(
            f"Dry vectors of shape {origins.shape} do not fit wet ones of shape {paths.shape}: "
            "give one for each clip, from the same layer."
        )
    if fit_on not in get_args(FitOn):
        raise DataError(f"A map cannot be fitted on {fit_on!r}: choose one of {', '.join(get_args(FitOn))}.")
    if neighbours < 2:
        raise DataError(f"A map of {neighbours} neighbours connects nothing: ask for at least 2.")
    stations = paths.reshape(-1, dim)
    fitted, placed = (stations, origins) if fit_on == "wet" else (_with_background(origins, background), stations)
    if fit_on == "wet" and background is not None:
        raise DataError("A background has no part in a map fitted on wet vectors: leave it out, or fit on dry ones.")
    _check_enough(fitted, fit_on, neighbours)

    # UMAP computes in single precision, which neither a far origin nor a large unit may use up.
    origin = fitted.mean(axis=0)
    unit = np.abs(fitted - origin).max()
    laid_out, set_down = _layout((fitted - origin) / unit, (placed - origin) / unit, neighbours, seed)
    drawn = (laid_out, set_down) if fit_on == "wet" else (set_down, laid_out[:clips])
    return TrajectoryMap(
        wet=drawn[0].reshape(clips, strengths, 2),
        dry=drawn[1],
        trustworthiness=_trust((np.concatenate([stations, origins]) - origin) / unit, np.concatenate(drawn)),
        fit_on=fit_on,
    )


def _checked(vectors: npt.ArrayLike, kind: str, axes: int) -> Float64:
    array = np.asarray(vectors, dtype=np.float64)
    if array.ndim != axes or 0 in array.shape:
        wanted = "(clip, strength, dim)" if axes == 3 else "(n, dim)"
        raise DataError(f"{kind} vectors need the shape {wanted}, with none of them 0, not {array.shape}.")
    if not np.isfinite(array).all():
        raise DataError(f"{kind} vectors must be finite: leave out clips that could not be embedded.")
    return array


def _with_background(origins: Float64, background: npt.ArrayLike | None) -> Float64:
    if background is None:
        return origins
    others = _checked(background, "Background", 2)
    if others.shape[1] != origins.shape[1]:
        raise DataError(
            f"A background of {others.shape[1]} dimensions does not fit vectors of {origins.shape[1]}: "
            "take both from one layer of one encoder."
        )
    own = np.zeros(len(others), dtype=bool)
    for origin in origins:
        own |= (others == origin).all(axis=1)
    return np.concatenate([origins, others[~own]])


def _check_enough(fitted: Float64, fit_on: FitOn, neighbours: int) -> None:
    distinct, needed = len(np.unique(fitted, axis=0)), neighbours + 2
    if distinct < needed:
        remedy = "take more clips or fewer neighbours" if fit_on == "wet" else "give a background"
        raise DataError(
            f"A map of {neighbours} neighbours needs {needed} different {fit_on} vectors to be laid out, "
            f"not {distinct}: {remedy}."
        )


def _layout(fitted: Float64, placed: Float64, neighbours: int, seed: int) -> tuple[Float64, Float64]:
    """Positions (n, 2) of the vectors that make the map, and of those placed on it; equal vectors share one.

    Of equal vectors only rounding would say which are whose neighbours, and so would it of UMAP's own starting point,
    eigenvectors of a graph in many pieces: the same vectors would not give the same map twice.
    """
    distinct, which = _distinct(fitted.astype(np.float32))
    others, whose = _distinct(placed.astype(np.float32))
    with _one_map_at_a_time, warnings.catch_warnings():
        # UMAP warns of what is meant here: paths that are not connected with each other, and a fixed seed.
        warnings.simplefilter("ignore")
        from umap import UMAP  # takes seconds to import

        start = _principal_plane(distinct)
        model = UMAP(n_neighbors=neighbours, init=start, random_state=seed, transform_seed=seed, n_jobs=1)
        laid_out = np.asarray(model.fit_transform(distinct), dtype=np.float64)
        set_down = np.asarray(model.transform(others), dtype=np.float64)
    return laid_out[which], set_down[whose]


def _distinct(vectors: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], Counts]:
    """The different vectors as they first appear, and the place (n,) of each vector among them."""
    _, first, which = np.unique(vectors, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place: Counts = np.argsort(order)[which.ravel()]
    return vectors[first[order]], place


def _principal_plane(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Where UMAP starts: principal components (n, 2) over ±10, as usual, without the digits that rounding sets."""
    centred = vectors - vectors.mean(axis=0, dtype=np.float64)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    plane = left[:, :2] * values[:2]
    plane *= np.where(np.take_along_axis(plane, np.abs(plane).argmax(axis=0)[np.newaxis], axis=0) < 0, -1.0, 1.0)
    if plane.shape[1] < 2:
        plane = np.column_stack([plane, np.zeros(len(plane))])
    start: npt.NDArray[np.float32] = np.round(START * plane / np.abs(plane).max(), START_DECIMALS).astype(np.float32)
    return start


def _trust(vectors: Float64, positions: Float64) -> float:
    from sklearn.manifold import trustworthiness  # takes a second to import

    return float(trustworthiness(vectors, positions, n_neighbors=min(TRUSTED_NEIGHBOURS, (len(vectors) - 1) // 2)))
