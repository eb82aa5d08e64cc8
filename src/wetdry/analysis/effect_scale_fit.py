"""Fitting an `EffectScale`, and finding how well one reads clips that it was not fitted on.

Groups of clips are dealt into parts. Sums over the rows of each part are taken once, and every regression that leaves
out one part or two follows from them: those that leave out one give the calibration and the conformal errors of the
scale itself; those that leave out two give the same to the scales that are fitted without one part, which then
read that part as a new clip would be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve

from wetdry.analysis.conformal import group_quantile
from wetdry.analysis.displacement import SINGLE_PRECISION
from wetdry.analysis.effect_scale import EffectScale, Reading, grid_positions
from wetdry.analysis.folds import FEWEST_STRENGTHS, folds_of_groups
from wetdry.analysis.neighbourhood import neighbourhood
from wetdry.analysis.statistics.units import Counts, Float64, cluster_means, membership
from wetdry.errors import DataError

FOLDS = 5
RIDGES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Shares of the mean variance, of which the one with the smallest error on groups left out is taken."""
SMALLEST_DRY_SHARE = 0.01
"""Of the spread of wet vectors: a dimension in which dry clips hardly differ is not blown up beyond this."""
USUAL = 0.99
"""Share of the vectors left out that lies within the neighbourhood's reach."""

Left = frozenset[int]
"""Parts that a fit leaves out."""


@dataclass(frozen=True, eq=False)
class ScaleFit:
    """An effect's scale, and what is known of it.

    Attributes
    ----------
    scale
        Fitted to all clips.
    in_sample
        What it says of the wet vectors that it was fitted on, clip by clip: no evidence.
    held_out, held_out_dry
        What scales fitted without a clip's group, and calibrated without it, say of its wet vectors (clip · strength)
        and of its dry one (clip,).
    ridge
        Share of the mean variance.
    """

    scale: EffectScale
    in_sample: Reading
    held_out: Reading
    held_out_dry: Reading
    ridge: float


def fit_scale(
    dry: npt.ArrayLike,
    wet: npt.ArrayLike,
    strengths: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    level: float = 0.9,
) -> ScaleFit:
    """The direction that an effect takes vectors, with its strengths marked along it.

    Dry vectors set the unit of each dimension; that they are an effect of strength zero is not assumed, and they do not
    take part in the regression.

    Parameters
    ----------
    dry
        Vectors (clip, dim) without the effect.
    wet
        Vectors (clip, strength, dim) with it.
    strengths
        Strengths (strength,), rising.
    groups
        Label of each clip (clip,), such as its source recording; each is its own group if None. At least 5.
    level
        Share of new vectors that intervals are to cover. With fewer than 9 groups no error of 90 % can be
        vouched for, and intervals span the grid.

    >>> rng = np.random.default_rng(0)
    >>> dry = rng.standard_normal((40, 3))
    >>> wet = dry[:, np.newaxis] + np.arange(1.0, 11.0)[:, np.newaxis] * np.array([0.0, 0.6, 0.8])
    >>> found = fit_scale(dry, wet, np.arange(1.0, 11.0))
    >>> found.scale.direction.round(1).tolist(), found.scale.read(wet[:1, 7]).strength.round().tolist()
    ([-0.1, 0.6, 0.8], [8.0])
    """
    clips = _Clips.checked(dry, wet, strengths, groups)
    regressions = _Regressions(clips)
    apart = [regressions.scale(frozenset([part]), level)[0] for part in range(FOLDS)]
    scale, ridge = regressions.scale(frozenset(), level)
    held_out, held_out_dry = clips.read(apart, clips.wet), clips.read(apart, clips.dry)
    # The reach of those that left out a part is 1, so what they call strangeness is the distance.
    reach = group_quantile(
        np.concatenate([held_out.strangeness, held_out_dry.strangeness]),
        np.concatenate([np.repeat(clips.group, len(clips.strengths)), clips.group]),
        level=USUAL,
        guaranteed=False,
    )
    scale = replace(scale, neighbourhood=replace(scale.neighbourhood, reach=reach))
    return ScaleFit(
        scale,
        clips.read([scale] * FOLDS, clips.wet),
        replace(held_out, strangeness=held_out.strangeness / reach),
        replace(held_out_dry, strangeness=held_out_dry.strangeness / reach),
        ridge,
    )


@dataclass(frozen=True, eq=False)
class _Clips:
    """What is fitted: vectors (clip, 1, dim) and (clip, strength, dim), with group and part of each clip."""

    dry: npt.NDArray[np.floating]
    wet: npt.NDArray[np.floating]
    strengths: Float64
    group: Counts
    part: Counts

    @classmethod
    def checked(
        cls, dry: npt.ArrayLike, wet: npt.ArrayLike, strengths: npt.ArrayLike, groups: npt.ArrayLike | None
    ) -> _Clips:
        before, after = _numbers(dry), _numbers(wet)
        grid = np.asarray(strengths, dtype=np.float64)
        if after.ndim != 3 or before.shape != after.shape[::2] or grid.shape != after.shape[1:2]:
            raise DataError(
                f"Dry vectors {before.shape}, wet ones {after.shape} and strengths {grid.shape} do not fit together: "
                "give (clip, dim), (clip, strength, dim) and (strength,)."
            )
        _check_grid(grid)
        _check_vectors(before, after)
        group, count = membership(groups, len(before))
        if count < FOLDS:
            raise DataError(
                f"{count} groups of clips are too few to fit a direction and test it: give clips of {FOLDS} or more, "
                "better 20."
            )
        return cls(before[:, np.newaxis], after, grid, group, folds_of_groups(groups, len(before), FOLDS))

    def rows(self, vectors: npt.NDArray[np.floating], part: int) -> Float64:
        """The vectors of the clips of a part as rows (n, dim)."""
        rows: Float64 = vectors[self.part == part].reshape(-1, vectors.shape[-1]).astype(np.float64)
        return rows

    def read(self, scales: Sequence[EffectScale], vectors: npt.NDArray[np.floating]) -> Reading:
        """Each part's `vectors` read by the scale of its number, in the order of the clips."""
        found = {field.name: np.empty(vectors.shape[:2]) for field in fields(Reading)}
        for part, scale in enumerate(scales):
            reading = scale.read(self.rows(vectors, part))
            for name, values in found.items():
                values[self.part == part] = getattr(reading, name).reshape(-1, vectors.shape[1])
        return Reading(**{name: values.ravel() for name, values in found.items()})


class _Sums(NamedTuple):
    """Rows, their sum and their inner products, with an axis for parts in front or over some of them."""

    rows: Float64
    total: Float64
    inner: Float64

    @classmethod
    def of(cls, parts: Sequence[Float64]) -> _Sums:
        """Sums over each of several arrays of rows (n, dim)."""
        return cls(
            np.array([float(len(rows)) for rows in parts]),
            np.stack([rows.sum(axis=0) for rows in parts]),
            np.stack([rows.T @ rows for rows in parts]),
        )

    def over(self, parts: Sequence[int]) -> _Sums:
        return _Sums(*(sums[list(parts)].sum(axis=0) for sums in self))

    def with_rows_of(self, other: _Sums) -> _Sums:
        return _Sums(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def mean(self) -> Float64:
        return self.total / self.rows

    @property
    def scatter(self) -> Float64:
        """Inner products of deviations from the mean."""
        return self.inner - np.outer(self.total, self.mean)

    @property
    def spread(self) -> Float64:
        variance = np.diagonal(self.inner) / self.rows - np.square(self.mean)
        return np.sqrt(np.maximum(variance, 0.0))


class _Lines(NamedTuple):
    """Position on the grid as a linear function of rows, for each ridge.

    Attributes
    ----------
    weights, levels
        Shapes (ridge, dim) and (ridge,).
    scale
        Spread (dim,) by which rows were divided before they were penalised.
    """

    weights: Float64
    levels: Float64
    scale: Float64


class _Regressions:
    """Every regression that leaves out no part, one or two, and what it says of the parts that it leaves out."""

    def __init__(self, clips: _Clips) -> None:
        self.clips = clips
        self.origin = clips.dry.mean(axis=(0, 1), dtype=np.float64)
        self.positions = grid_positions(clips.strengths)
        parts = range(FOLDS)
        wet = [clips.rows(clips.wet, part) - self.origin for part in parts]
        self.dry = _Sums.of([clips.rows(clips.dry, part) - self.origin for part in parts])
        self.wet = _Sums.of(wet)
        self.cross = np.stack([rows.T @ self.targets(part) for part, rows in enumerate(wet)])
        left_out = [frozenset(left) for count in range(3) for left in combinations(parts, count)]
        self.lines = {left: self._lines(left) for left in left_out}
        self.said = {
            (left, part): wet[part] @ self.lines[left].weights.T + self.lines[left].levels
            for left in left_out
            for part in left
        }

    def targets(self, part: int) -> Float64:
        """Position of each wet row (n,) of a part."""
        return np.tile(self.positions, int(np.count_nonzero(self.clips.part == part)))

    def scale(self, left: Left, level: float) -> tuple[EffectScale, float]:
        """The scale of all parts but those left out, of which nothing enters it; and its ridge."""
        kept = [part for part in range(FOLDS) if part not in left]
        said = [self.said[left | {part}, part] for part in kept]
        targets = [self.targets(part) for part in kept]
        groups = [np.repeat(self.clips.group[self.clips.part == part], len(self.positions)) for part in kept]
        chosen = _least_error(np.concatenate(said), np.concatenate(targets), np.concatenate(groups))
        scores = [scores[:, chosen] for scores in said]
        knots, positions = _rising(np.concatenate(scores), np.concatenate(targets))
        half_width = group_quantile(np.concatenate(_errors(scores, targets)), np.concatenate(groups), level=level)

        lines = self.lines[left]
        everything = self.dry.over(kept).with_rows_of(self.wet.over(kept))
        weights, offset = lines.weights[chosen], lines.levels[chosen] + lines.weights[chosen] @ everything.mean
        length = float(np.linalg.norm(weights * lines.scale))
        if length == 0.0:
            raise DataError(
                "Too few clips move with the strength of the effect: give more clips, or an encoder that hears it."
            )
        covariance = everything.scatter / everything.rows / lines.scale / lines.scale[:, np.newaxis]
        scale = EffectScale(
            self.clips.strengths,
            self.origin + everything.mean,
            lines.scale,
            weights * lines.scale / length,
            (knots - offset) / length,
            positions,
            min(half_width, 1.0),
            level,
            neighbourhood(np.zeros_like(self.origin), covariance),
        )
        return scale, RIDGES[chosen]

    def _lines(self, left: Left) -> _Lines:
        kept = [part for part in range(FOLDS) if part not in left]
        wet, dry = self.wet.over(kept), self.dry.over(kept)
        scale = np.maximum(dry.spread, SMALLEST_DRY_SHARE * wet.spread)
        # What never differs but for rounding has no unit, and must not be blown up to one.
        scale = np.where(scale > SINGLE_PRECISION * np.abs(self.origin), scale, 1.0)
        scatter = wet.scatter / scale / scale[:, np.newaxis]
        cross = (self.cross[kept].sum(axis=0) - wet.total * self.positions.mean()) / scale
        weights = np.stack([_ridge_weights(scatter, cross, ridge) / scale for ridge in RIDGES])
        return _Lines(weights, self.positions.mean() - weights @ wet.mean, scale)


def _ridge_weights(scatter: Float64, cross: Float64, ridge: float) -> Float64:
    """Weights (dim,) with so many mean variances added to every dimension; zeros where nothing varies."""
    variance = np.trace(scatter) / len(scatter)
    if variance <= 0:
        return np.zeros_like(cross)
    weights: Float64 = solve(scatter + ridge * variance * np.eye(len(scatter)), cross, assume_a="pos")
    return weights


def _least_error(said: Float64, targets: Float64, groups: Counts) -> int:
    """The ridge whose predictions (n, ridge) have the smallest squared error, groups counting the same."""
    means, _ = cluster_means(np.square(said - targets[:, np.newaxis]), groups)
    return int(np.argmin(means.mean(axis=0)))


def _rising(scores: Float64, targets: Float64) -> tuple[Float64, Float64]:
    """Knots of a rising function near the targets: scores, rising, and the position at each.

    Of the isotonic regression, a staircase, the middle of each step is a knot, so that what lies on one step keeps its
    order.

    References
    ----------
    Oron and Flournoy (2017), Centered isotonic regression.
    """
    from sklearn.isotonic import IsotonicRegression

    stairs = IsotonicRegression().fit_transform(scores, targets)
    positions, step = np.unique(stairs, return_inverse=True)
    return np.bincount(step, scores) / np.bincount(step), np.clip(positions, 0.0, 1.0)


def _errors(scores: Sequence[Float64], targets: Sequence[Float64]) -> list[Float64]:
    """Absolute errors (n,) of each part, its scores turned into positions by the curve of the other parts."""
    errors = []
    for part, (own, answers) in enumerate(zip(scores, targets, strict=True)):
        others = [other for other in range(len(scores)) if other != part]
        curve = _rising(np.concatenate([scores[o] for o in others]), np.concatenate([targets[o] for o in others]))
        errors.append(np.abs(np.interp(own, *curve) - answers))
    return errors


def _numbers(vectors: npt.ArrayLike) -> npt.NDArray[np.floating]:
    array = np.asarray(vectors)
    return array if np.issubdtype(array.dtype, np.floating) else array.astype(np.float64)


def _check_grid(strengths: Float64) -> None:
    if len(strengths) < FEWEST_STRENGTHS:
        raise DataError(
            f"{len(strengths)} strengths show no trend that could fail: give at least {FEWEST_STRENGTHS}, such as 1-10."
        )
    if not (np.isfinite(strengths).all() and (np.diff(strengths) > 0).all()):
        raise DataError("Strengths that do not rise from one to the next mark no scale: sort them, each once.")


def _check_vectors(dry: npt.NDArray[np.floating], wet: npt.NDArray[np.floating]) -> None:
    if dry.shape[1] < 2:
        raise DataError("Vectors of a single number have no direction: take a layer of 2 dimensions or more.")
    broken = np.flatnonzero(~(np.isfinite(dry).all(axis=1) & np.isfinite(wet).all(axis=(1, 2))))
    if broken.size:
        raise DataError(f"The vectors of clip {broken[0]} hold NaN or infinity: leave it out, or embed it again.")
    extent = np.ptp(wet, axis=1).max()
    if extent <= SINGLE_PRECISION * max(float(np.abs(wet).max()), float(np.abs(dry).max())):
        raise DataError(
            "No vector moves with the strength of the effect, so it has no direction: take an encoder that hears it."
        )
