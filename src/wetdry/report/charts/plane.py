"""Where effects move a clip in the plane of two emotions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import families_in
from wetdry.report.charts.plane_geometry import (
    DRY,
    LEAST_ARROW,
    Axes,
    Frame,
    labels_for,
    mean_clip,
    paths_from,
    tips_of,
)
from wetdry.report.charts.scales import family_colour
from wetdry.report.charts.tooltips import tooltip

MOST_CLIPS = 3
MOST_FAMILIES = 10
"""That have a colour and a label; more are drawn faintly."""

CORNERS: dict[str, tuple[Literal["left", "right"], Literal["top", "bottom"]]] = {
    "excited ↗": ("right", "top"),
    "↖ tense": ("left", "top"),
    "↙ sad": ("left", "bottom"),
    "calm ↘": ("right", "bottom"),
}

_SIZE = (620, 460)


def plane(points: pd.DataFrame, control: str = "raw", axes: Axes | None = None) -> alt.LayerChart:
    """The valence–energy plane: from each dry clip one arrow a family, through its levels to the strongest.

    `points` holds clip, family, level, control, valence and energy (means on a scale of 0 to 1), or the columns of
    `axes`; the dry point of a clip is its row of family "dry". Of more than three clips the arrows are the means; of
    many families those that move least are faint. Both axes have the same span and are zoomed to the data.
    """
    axes = axes or Axes()
    points = points[(points["family"] == DRY) | (points["control"] == control)].dropna(subset=axes.columns)
    if points["clip"].nunique() > MOST_CLIPS:
        points = mean_clip(points, axes)
    frame = Frame.around(points, axes, _SIZE)
    parts = parts_of(points, frame)

    def source(chart: alt.Chart, part: str) -> alt.Chart:
        drawn: alt.Chart = chart.properties(data=parts.tables[part])
        return drawn

    once = alt.Chart(pd.DataFrame({"corner": [0]}))
    layers = [*background(frame, once), *foreground(frame, parts, source, ("width", "height"))]
    chart = alt.LayerChart(layer=layers, width="container", height=_SIZE[1])
    if parts.crowded:
        chart.title = alt.TitleParams(text=CROWDED, fontSize=12, fontWeight=400)
    return chart


CROWDED = f"In colour: the {MOST_FAMILIES} effects that move it furthest"


@dataclass(frozen=True, eq=False)
class Parts:
    """What is drawn in one plane: a table each for what is drawn alike."""

    tables: dict[str, pd.DataFrame]
    families: list[str]
    unlabelled: list[str]
    crowded: bool


def parts_of(points: pd.DataFrame, frame: Frame) -> Parts:
    """Sort the points of one plane into tables: paths and tips (in colour or "faint"), dry points and labels."""
    dry = points[points["family"] == DRY].drop_duplicates("clip")
    paths = paths_from(points[points["family"] != DRY], dry)
    tips = tips_of(paths, frame)
    furthest = list(tips["family"].unique()[:MOST_FAMILIES])
    labels = labels_for(dry, tips[tips["family"].isin(furthest)], paths, frame)
    written = labels.dropna(subset=["dx"])
    headed = tips[tips["distance"] > LEAST_ARROW * frame.span]
    tables = {
        "faint path": paths[~paths["family"].isin(furthest)],
        "path": paths[paths["family"].isin(furthest)],
        "faint tip": headed[~headed["family"].isin(furthest)],
        "tip": headed[headed["family"].isin(furthest)],
        "dry": dry,
        "dry label": written[written["family"] == DRY],
        "label": written[written["family"] != DRY],
    }
    unlabelled = labels[labels["dx"].isna() & (labels["family"] != DRY)]
    return Parts(tables, families_in(paths), families_in(unlabelled), tips["family"].nunique() > MOST_FAMILIES)


def foreground(
    frame: Frame, parts: Parts, source: Callable[[alt.Chart, str], alt.Chart], size: tuple[str, str]
) -> list[alt.Chart]:
    """Arrows, dry points and labels; `source` gives a layer its part of the data, `size` names width and height."""
    axes = frame.axes
    x = alt.X(axes.x, type="quantitative", title=axes.x_title, scale=_scale(frame.x), axis=_axis())
    y = alt.Y(axes.y, type="quantitative", title=axes.y_title, scale=_scale(frame.y), axis=_axis())
    place = alt.Chart().encode(x=x, y=y)
    colour = family_colour(parts.families, legend=parts.unlabelled)
    tips = tooltip(parts.tables["path"], "clip", "family", "level", *axes.columns)
    turn = f"atan2(datum.toward_x / {frame.span} * {size[0]}, datum.toward_y / {frame.span} * {size[1]}) * 180 / PI"
    layers = []
    for prefix, hue, style in (("faint ", {}, {"style": "faint"}), ("", {"color": colour}, {"opacity": 0.85})):
        if parts.tables[f"{prefix}path"].empty:
            continue
        path = source(place.encode(detail=["clip:N", "family:N"]), f"{prefix}path")
        head = source(place, f"{prefix}tip").transform_calculate(turn=turn)
        layers += [
            path.mark_line(strokeWidth=1.75, **style).encode(order="step:Q", **hue),
            path.mark_point(size=14, **style).encode(tooltip=tips, **hue),
            head.mark_point(shape="triangle", size=90, **style).encode(angle=alt.Angle("turn:Q", scale=None), **hue),
        ]
    dry = source(place, "dry").mark_point(style="dry", size=110)
    offset: dict[str, Any] = {"dx": alt.ExprRef("datum.dx"), "dy": alt.ExprRef("datum.dy")}
    return [
        *layers,
        dry.encode(tooltip=tooltip(parts.tables["dry"], "clip", "family", *axes.columns)),
        source(place, "dry label").mark_text(style="label", **offset).encode(text="text:N"),
        source(place, "label").mark_text(fontWeight=600, **offset).encode(text="text:N", color=colour),
    ]


def background(frame: Frame, once: alt.Chart) -> list[alt.Chart]:
    """The middle of each scale, where it is in sight, and in the corners what lies that way; `once` has one row."""
    middle = frame.axes.middle
    layers = []
    if middle is not None and frame.x[0] < middle < frame.x[1]:
        layers.append(once.mark_rule(style="frame").encode(x=alt.XDatum(middle, scale=_scale(frame.x), axis=_axis())))
    if middle is not None and frame.y[0] < middle < frame.y[1]:
        layers.append(once.mark_rule(style="frame").encode(y=alt.YDatum(middle, scale=_scale(frame.y), axis=_axis())))
    for text, (side, edge) in CORNERS.items():
        right, bottom = side == "right", edge == "bottom"
        corner = once.mark_text(
            style="remark", text=text, align=side, baseline=edge, dx=-6 if right else 6, dy=-6 if bottom else 6
        )
        layers.append(corner.encode(x=alt.value("width" if right else 0), y=alt.value("height" if bottom else 0)))
    return layers


def _scale(domain: list[float]) -> alt.Scale:
    return alt.Scale(domain=domain, nice=False)


def _axis() -> alt.Axis:
    return alt.Axis(format=".2~f", tickCount=6)
