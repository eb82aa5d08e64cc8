"""Where the ratings of clips lie in the plane of two emotions."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.scales import nothing, once
from wetdry.report.charts.thinning import thinned
from wetdry.report.charts.tooltips import tooltip

_HEIGHT, _INSET = 420, 8


def rated_plane(
    ratings: pd.DataFrame, x: str = "valence", y: str = "arousal", scale: tuple[float, float] | None = None
) -> alt.LayerChart | alt.Chart:
    """A point a clip, and in each corner the share of clips in its quadrant.

    `ratings` holds `x` and `y`, and may hold item. `scale` holds both ends of the scale of ratings, such as (1, 9);
    None is a scale without ends, of which the medians are the middle. Clips without both ratings are left out, and
    those on a middle line are in no quadrant.
    """
    rows = ratings.dropna(subset=[x, y])
    if rows.empty:
        return nothing(f"No clip is rated in both {x} and {y}.")
    points = pd.DataFrame({"across": rows[x].astype(float), "up": rows[y].astype(float)})
    middle = points.median() if scale is None else pd.Series(sum(scale) / 2, index=points.columns)
    named = points.assign(item=rows["item"]) if "item" in rows else points
    drawn = thinned(named) if "item" in named else named
    limits = alt.Scale(zero=False, nice=True) if scale is None else alt.Scale(domain=list(scale), nice=False)
    layers = [*_middle_lines(middle, limits), _points(drawn, x, y, limits), *_shares(points, middle)]
    return alt.LayerChart(data=drawn, layer=layers).properties(width="container", height=_HEIGHT)


def _middle_lines(middle: pd.Series[float], limits: alt.Scale) -> list[alt.Chart]:
    line = once().mark_rule(style="frame")
    return [
        line.encode(x=alt.XDatum(middle["across"], scale=limits), y=alt.value(0), y2=alt.value("height")),
        line.encode(y=alt.YDatum(middle["up"], scale=limits), x=alt.value(0), x2=alt.value("width")),
    ]


def _points(drawn: pd.DataFrame, x: str, y: str, limits: alt.Scale) -> alt.Chart:
    axis = alt.Axis(grid=True, tickCount=5)
    ratings = [alt.Tooltip(field, title=name, format=".3~f") for field, name in (("across:Q", x), ("up:Q", y))]
    chart: alt.Chart = (
        alt.Chart()
        .mark_point(style="accent", size=30, opacity=0.5)
        .encode(
            x=alt.X("across:Q", title=f"{x} →", scale=limits, axis=axis),
            y=alt.Y("up:Q", title=f"{y} →", scale=limits, axis=axis),
            tooltip=[*tooltip(drawn, "item"), *ratings],
        )
    )
    return chart


def _shares(points: pd.DataFrame, middle: pd.Series[float]) -> list[alt.Chart]:
    """The share of each quadrant, written into its corner."""
    left, right = points["across"] < middle["across"], points["across"] > middle["across"]
    below, above = points["up"] < middle["up"], points["up"] > middle["up"]
    return [
        _corner(left & below, right=False, above=False),
        _corner(right & below, right=True, above=False),
        _corner(left & above, right=False, above=True),
        _corner(right & above, right=True, above=True),
    ]


def _corner(inside: pd.Series[bool], *, right: bool, above: bool) -> alt.Chart:
    text = once().mark_text(
        style="label",
        align="right" if right else "left",
        baseline="top" if above else "bottom",
        dx=-_INSET if right else _INSET,
        dy=_INSET if above else -_INSET,
        fontWeight=600,
        text=f"{round(100 * inside.mean())} %",
    )
    chart: alt.Chart = text.encode(
        x=alt.value("width") if right else alt.value(0), y=alt.value(0) if above else alt.value("height")
    )
    return chart
