"""The way of single clips through a picture of the embedding space, as an effect grows."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import panel_grid
from wetdry.report.charts.scales import once
from wetdry.report.charts.tooltips import tooltip

_CROSS: dict[str, Any] = {
    "style": "ink",
    "shape": "M-1,-1L1,1M-1,1L1,-1",
    "filled": False,
    "strokeWidth": 2,
}


def trajectories(points: pd.DataFrame) -> alt.VConcatChart:
    """Each clip's points in two dimensions, joined by strength and coloured from the lowest strength to the highest.

    `points` holds encoder, effect, clip, position, setting, x, y, dry (True for the clip without effect, drawn as a
    cross) and sound: the key of the `Player` that is heard when the point is pressed, or "". Such points are larger;
    points without a place are left out.
    """
    points = points.dropna(subset=["x", "y"])
    last = points.groupby(["encoder", "effect"])["position"].transform("max")
    points = points.assign(progress=(points["position"] / last.where(last > 0, 1)).where(~points["dry"]))
    remark = "Each line a clip, × where it is dry; distances compare within a panel only"
    return panel_grid(points, _panel, remark, x="independent", y="independent", height=150, narrowest=150)


def _panel(points: pd.DataFrame) -> alt.LayerChart:
    scale = alt.Scale(zero=False, padding=8)
    base = alt.Chart().encode(
        x=alt.X("x:Q", title=None, axis=None, scale=scale), y=alt.Y("y:Q", title=None, axis=None, scale=scale)
    )
    tips = tooltip(points, "clip", "effect_family", "setting")
    line = (
        base.transform_filter("!datum.dry")
        .mark_line(style="faint", strokeWidth=1)
        .encode(detail="clip:N", order="position:Q")
    )
    silent = base.transform_filter("!datum.dry && !datum.sound").mark_point(size=20)
    heard = base.transform_filter("!datum.dry && datum.sound").mark_point(size=80, cursor="pointer")
    dry = base.transform_filter("datum.dry && !datum.sound").mark_point(size=50, **_CROSS)
    heard_dry = base.transform_filter("datum.dry && datum.sound").mark_point(size=110, cursor="pointer", **_CROSS)
    wet = [mark.encode(color=_progress(), tooltip=tips) for mark in (silent, heard)]
    ground = (
        once()
        .mark_rect(style="panel")
        .encode(x=alt.value(0), x2=alt.value("width"), y=alt.value(0), y2=alt.value("height"))
    )
    return alt.LayerChart(layer=[ground, line, *wet, *(mark.encode(tooltip=tips) for mark in (dry, heard_dry))])


def _progress() -> alt.Color:
    words = "datum.value == 0 ? 'lowest' : 'highest'"
    legend = alt.Legend(title=None, values=[0, 1], labelExpr=words, gradientLength=160, gradientThickness=8)
    return alt.Color("progress:Q", scale=alt.Scale(domain=[0, 1], range="ramp"), legend=legend)
