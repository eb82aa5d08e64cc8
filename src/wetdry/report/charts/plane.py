"""Where effects move a clip in the plane of valence and energy."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.report.charts.frames import families_in
from wetdry.report.charts.labels import label_offsets
from wetdry.report.charts.scales import family_colour, tooltip

DRY = "dry"
LEAST_SPAN = 0.2
"""The axes never zoom in further than this, or noise would look like an effect."""

LEAST_ARROW = 0.02
"""Paths shorter than this part of the span have no arrowhead: it would be larger than they are."""

MOST_CLIPS = 3
MOST_FAMILIES = 10
"""That have a colour and a label; more are drawn faintly."""

MIDDLE = 0.5
"""Of both scales, which run from 0 to 1."""

CORNERS: dict[str, tuple[Literal["left", "right"], Literal["top", "bottom"]]] = {
    "excited ↗": ("right", "top"),
    "↖ tense": ("left", "top"),
    "↙ sad": ("left", "bottom"),
    "calm ↘": ("right", "bottom"),
}

_WIDTH, _HEIGHT = 620, 460
_LONGEST_NAME = 24


def plane(points: pd.DataFrame, control: str = "raw") -> alt.LayerChart:
    """The valence–energy plane: from each dry clip one arrow a family, through its levels to the strongest.

    `points` holds clip, family, level, control, valence and energy (means on a scale of 0 to 1); the dry point
    of a clip is its row of family "dry". Of more than three clips the arrows are the means; of many
    families those that move least are faint. Both axes have the same span and are zoomed to the data.
    """
    points = points[(points["family"] == DRY) | (points["control"] == control)]
    points = points.dropna(subset=["valence", "energy"])
    if points["clip"].nunique() > MOST_CLIPS:
        points = _mean_clip(points)
    dry = points[points["family"] == DRY].drop_duplicates("clip")
    paths = _paths(points[points["family"] != DRY], dry)
    frame = _Frame.around(points)
    tips = _tips(paths, frame.span)
    furthest = list(tips["family"].unique()[:MOST_FAMILIES])
    labels = _labels(dry, tips[tips["family"].isin(furthest)], paths, frame)
    unlabelled = labels[labels["dx"].isna() & (labels["family"] != DRY)]

    x = alt.X("valence:Q", title="valence →", scale=alt.Scale(domain=frame.x, nice=False), axis=_axis())
    y = alt.Y("energy:Q", title="energy →", scale=alt.Scale(domain=frame.y, nice=False), axis=_axis())
    colour = family_colour(families_in(paths), legend=families_in(unlabelled))
    place = alt.Chart().encode(x=x, y=y)
    arrows = [
        *_arrows(place, paths, tips, frame.span, ~paths["family"].isin(furthest), None),
        *_arrows(place, paths, tips, frame.span, paths["family"].isin(furthest), colour),
    ]
    origin = place.mark_point(style="dry", size=110).encode(tooltip=tooltip(dry, "clip", "family", "valence", "energy"))
    written = [_written(label, place, colour) for label in labels.dropna(subset=["dx"]).to_dict("records")]
    chart = alt.LayerChart(
        layer=[*_background(frame), *arrows, origin.properties(data=dry), *written], width="container", height=_HEIGHT
    )
    if tips["family"].nunique() > MOST_FAMILIES:
        text = f"In colour: the {MOST_FAMILIES} effects that move it furthest"
        chart.title = alt.TitleParams(text=text, fontSize=12, fontWeight=400)
    return chart


def _arrows(
    place: alt.Chart,
    paths: pd.DataFrame,
    tips: pd.DataFrame,
    span: float,
    which: pd.Series[bool],
    colour: alt.Color | None,
) -> list[alt.Chart]:
    """Shaft, stops and heads of the paths of which `which` holds, faint unless they have a colour."""
    paths = paths[which]
    if paths.empty:
        return []
    tips = tips[tips["family"].isin(paths["family"]) & (tips["distance"] > LEAST_ARROW * span)]
    hue: dict[str, Any] = {} if colour is None else {"color": colour}
    style: dict[str, Any] = {"style": "faint"} if colour is None else {"opacity": 0.85}
    turn = f"atan2(datum.toward_x / {span} * width, datum.toward_y / {span} * height) * 180 / PI"
    path = place.encode(detail=["clip:N", "family:N"])
    shaft = path.mark_line(strokeWidth=1.75, **style).encode(order="step:Q", **hue)
    stop = path.mark_point(size=14, **style).encode(
        tooltip=tooltip(paths, "clip", "family", "level", "valence", "energy"), **hue
    )
    head = (
        place.transform_calculate(turn=turn)
        .mark_point(shape="triangle", size=90, **style)
        .encode(angle=alt.Angle("turn:Q", scale=None), **hue)
    )
    return [shaft.properties(data=paths), stop.properties(data=paths), head.properties(data=tips)]


@dataclass(frozen=True)
class _Frame:
    """The part of the plane that is drawn; both sides have the same span."""

    x: list[float]
    y: list[float]

    @classmethod
    def around(cls, points: pd.DataFrame) -> _Frame:
        """Zoomed to the points, and within 0 to 1 unless they are not."""
        low, high = points[["valence", "energy"]].min(), points[["valence", "energy"]].max()
        span = max(LEAST_SPAN, 1.3 * float((high - low).max()))
        return cls(_window(low["valence"], high["valence"], span), _window(low["energy"], high["energy"], span))

    @property
    def span(self) -> float:
        return self.x[1] - self.x[0]

    def pixels(self, points: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Places of the points from the top left of a picture of the usual size, shape (n, 2)."""
        across = (points["valence"].to_numpy(float) - self.x[0]) / self.span * _WIDTH
        down = (self.y[1] - points["energy"].to_numpy(float)) / self.span * _HEIGHT
        return np.column_stack([across, down])


def _window(low: float, high: float, span: float) -> list[float]:
    start = (low + high - span) / 2
    if low >= 0 and high <= 1:
        start = min(max(start, 0.0), max(0.0, 1.0 - span))
    return [round(start, 3), round(start + span, 3)]


def _mean_clip(points: pd.DataFrame) -> pd.DataFrame:
    """The mean over clips: the mean dry point, and from there each mean shift over the clips that have it."""
    axes = ["valence", "energy"]
    dry = points[points["family"] == DRY].set_index("clip")[axes]
    wet = points[points["family"] != DRY]
    shifts = wet.assign(**{axis: wet[axis] - wet["clip"].map(dry[axis]) for axis in axes})
    means = shifts.groupby(["family", "level", "control"], dropna=False, sort=False)[axes].mean() + dry.mean()
    start = pd.DataFrame([{"family": DRY, "level": 0.0, **dry.mean()}])
    return pd.concat([start, means.reset_index()], ignore_index=True).assign(clip=f"mean of {len(dry)} clips")


def _paths(wet: pd.DataFrame, dry: pd.DataFrame) -> pd.DataFrame:
    """The wet points by level, each family's preceded by the dry point of its clip; `step` counts from there."""
    pieces = []
    for (clip, family), rows in wet.groupby(["clip", "family"], sort=False):
        start = dry[dry["clip"] == clip].assign(family=str(family), level=0.0)
        if start.empty:
            raise ValueError(f'clip "{clip}" has no point of family "{DRY}"')
        path = pd.concat([start, rows[rows["level"] != 0].sort_values("level")], ignore_index=True)
        pieces.append(path.assign(step=range(len(path))))
    return pd.concat(pieces, ignore_index=True)


def _tips(paths: pd.DataFrame, span: float) -> pd.DataFrame:
    """The end of each path, farthest from dry first, with the direction it arrives from."""
    rows = []
    for _, path in paths.groupby(["clip", "family"], sort=False):
        at = path[["valence", "energy"]].to_numpy(float)
        toward = _arrival(at, LEAST_ARROW * span)
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


def _labels(dry: pd.DataFrame, tips: pd.DataFrame, paths: pd.DataFrame, frame: _Frame) -> pd.DataFrame:
    """What is written beside each dry point and tip, with its offset in pixels; NaN where there is no room."""
    alone = len(dry) == 1
    starts = dry.assign(text=DRY if alone else dry["clip"].str.slice(0, _LONGEST_NAME))
    labels = pd.concat([starts, tips.assign(text=tips["family"])], ignore_index=True)
    lines = [frame.pixels(path) for _, path in paths.groupby(["clip", "family"], sort=False)]
    down = labels[["toward_x", "toward_y"]].fillna(0.0).to_numpy(float) * [1, -1]
    offsets = label_offsets(frame.pixels(labels), list(labels["text"]), down, lines, (_WIDTH, _HEIGHT))
    return labels.assign(
        dx=[np.nan if offset is None else offset[0] for offset in offsets],
        dy=[np.nan if offset is None else offset[1] for offset in offsets],
    )


def _written(label: Mapping[Hashable, Any], place: alt.Chart, colour: alt.Color) -> alt.Chart:
    """One layer for one label, as its offset is a property of the mark."""
    chart = place.properties(data=pd.DataFrame([label]))
    if label["family"] == DRY:
        text = chart.mark_text(style="label", dx=label["dx"], dy=label["dy"])
    else:
        text = chart.mark_text(dx=label["dx"], dy=label["dy"], fontWeight=600).encode(color=colour)
    written: alt.Chart = text.encode(text="text:N")
    return written


def _background(frame: _Frame) -> list[alt.Chart]:
    """The middle of each scale, where it is in sight, and in the corners what lies that way."""
    once = alt.Chart(pd.DataFrame({"corner": [0]}))
    layers = []
    if frame.x[0] < MIDDLE < frame.x[1]:
        layers.append(once.mark_rule(style="frame").encode(x=alt.datum(MIDDLE)))
    if frame.y[0] < MIDDLE < frame.y[1]:
        layers.append(once.mark_rule(style="frame").encode(y=alt.datum(MIDDLE)))
    for text, (side, edge) in CORNERS.items():
        right, bottom = side == "right", edge == "bottom"
        corner = once.mark_text(
            style="remark", text=text, align=side, baseline=edge, dx=-6 if right else 6, dy=-6 if bottom else 6
        )
        layers.append(corner.encode(x=alt.value("width" if right else 0), y=alt.value("height" if bottom else 0)))
    return layers


def _axis() -> alt.Axis:
    return alt.Axis(format=".2~f", tickCount=6)
