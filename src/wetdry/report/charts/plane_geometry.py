"""Paths, tips and labels in a plane of two emotions, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.report.charts.labels import label_offsets

DRY = "dry"
LEAST_SPAN = 0.2
"""Of the scale: the axes never zoom in further, or noise would look like an effect."""

LEAST_ARROW = 0.02
"""Paths shorter than this part of the span have no arrowhead: it would be larger than they are."""

_LONGEST_NAME = 24


@dataclass(frozen=True)
class Axes:
    """The two columns that a plane is drawn of.

    `scale` holds both ends of the scale of both, where it has ends: what lies beyond is not in sight, and its middle
    is marked.
    """

    x: str = "valence"
    y: str = "energy"
    x_title: str = "valence →"
    y_title: str = "energy →"
    scale: tuple[float, float] | None = (0.0, 1.0)

    @property
    def columns(self) -> list[str]:
        return [self.x, self.y]

    @property
    def middle(self) -> float | None:
        return None if self.scale is None else (self.scale[0] + self.scale[1]) / 2

    @property
    def least_span(self) -> float:
        return LEAST_SPAN if self.scale is None else LEAST_SPAN * (self.scale[1] - self.scale[0])


@dataclass(frozen=True)
class Frame:
    """The part of the plane that is drawn, and its usual size in pixels; both sides have the same span."""

    axes: Axes
    x: list[float]
    y: list[float]
    size: tuple[float, float]

    @classmethod
    def around(cls, points: pd.DataFrame, axes: Axes, size: tuple[float, float]) -> Frame:
        """Zoomed to the points, and within the scale unless they are not."""
        low, high = points[axes.columns].min(), points[axes.columns].max()
        span = max(axes.least_span, 1.3 * float((high - low).max()))
        x, y = (_window(low[column], high[column], span, axes.scale) for column in axes.columns)
        return cls(axes, x, y, size)

    @property
    def span(self) -> float:
        return self.x[1] - self.x[0]

    def pixels(self, points: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Places of the points from the top left of a picture of the usual size, shape (n, 2)."""
        across = (points[self.axes.x].to_numpy(float) - self.x[0]) / self.span * self.size[0]
        down = (self.y[1] - points[self.axes.y].to_numpy(float)) / self.span * self.size[1]
        return np.column_stack([across, down])


def _window(low: float, high: float, span: float, scale: tuple[float, float] | None) -> list[float]:
    start = (low + high - span) / 2
    if scale is not None and low >= scale[0] and high <= scale[1]:
        start = min(max(start, scale[0]), max(scale[0], scale[1] - span))
    return [round(start, 3), round(start + span, 3)]


def mean_clip(points: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    """The mean over clips: the mean dry point, and from there each mean shift over the clips that have it."""
    dry = points[points["family"] == DRY].set_index("clip")[axes.columns]
    wet = points[points["family"] != DRY]
    shifts = wet.assign(**{axis: wet[axis] - wet["clip"].map(dry[axis]) for axis in axes.columns})
    means = shifts.groupby(["family", "level", "control"], dropna=False, sort=False)[axes.columns].mean() + dry.mean()
    start = pd.DataFrame([{"family": DRY, "level": 0.0, **dry.mean()}])
    return pd.concat([start, means.reset_index()], ignore_index=True).assign(clip=f"mean of {len(dry)} clips")


def paths_from(wet: pd.DataFrame, dry: pd.DataFrame) -> pd.DataFrame:
    """The wet points by level, each family's preceded by the dry point of its clip; `step` counts from there."""
    pieces = []
    for (clip, family), rows in wet.groupby(["clip", "family"], sort=False):
        start = dry[dry["clip"] == clip].assign(family=str(family), level=0.0)
        if start.empty:
            raise ValueError(f'clip "{clip}" has no point of family "{DRY}"')
        path = pd.concat([start, rows[rows["level"] != 0].sort_values("level")], ignore_index=True)
        pieces.append(path.assign(step=range(len(path))))
    return pd.concat(pieces, ignore_index=True)


def tips_of(paths: pd.DataFrame, frame: Frame) -> pd.DataFrame:
    """The end of each path, farthest from dry first, with the direction it arrives from."""
    rows = []
    for _, path in paths.groupby(["clip", "family"], sort=False):
        at = path[frame.axes.columns].to_numpy(float)
        toward = _arrival(at, LEAST_ARROW * frame.span)
        distance = float(np.hypot(*(at[-1] - at[0])))
        rows.append({**path.iloc[-1], "toward_x": toward[0], "toward_y": toward[1], "distance": distance})
    return pd.DataFrame(rows).sort_values("distance", ascending=False, ignore_index=True)


def _arrival(at: npt.NDArray[np.float64], enough: float) -> npt.NDArray[np.float64]:
    """The direction in which a path of shape (steps, 2) ends, seen over at least `enough` of its length."""
    toward = np.zeros(2)
    for earlier in at[-2::-1]:
        toward = at[-1] - earlier
        if np.hypot(*toward) >= enough:
            break
    return toward


def labels_for(dry: pd.DataFrame, tips: pd.DataFrame, paths: pd.DataFrame, frame: Frame) -> pd.DataFrame:
    """What is written beside each dry point and tip, with its offset in pixels; NaN where there is no room."""
    alone = len(dry) == 1
    starts = dry.assign(text=DRY if alone else dry["clip"].str.slice(0, _LONGEST_NAME))
    labels = pd.concat([starts, tips.assign(text=tips["family"])], ignore_index=True)
    lines = [frame.pixels(path) for _, path in paths.groupby(["clip", "family"], sort=False)]
    down = labels[["toward_x", "toward_y"]].fillna(0.0).to_numpy(float) * [1, -1]
    offsets = label_offsets(frame.pixels(labels), list(labels["text"]), down, lines, frame.size)
    return labels.assign(
        dx=[np.nan if offset is None else offset[0] for offset in offsets],
        dy=[np.nan if offset is None else offset[1] for offset in offsets],
    )
