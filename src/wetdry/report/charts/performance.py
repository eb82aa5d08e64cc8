"""How well probes still tell emotion as an effect grows."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive, series_colour, series_dash, wide_enough
from wetdry.report.charts.tooltips import tooltip

LEAST = -1.0
"""Values below are drawn here, as an arrowhead: R² has no lower bound, and a wild one would flatten all others."""

_WIDTH, _HEIGHT, _COLUMNS = 150, 130, 4


def performance(scores: pd.DataFrame) -> alt.VConcatChart | alt.Chart:
    """A metric against the level with its 95 % band, a line each of `who`; a panel an effect, a row of panels a metric.

    `scores` holds effect, level (0 is dry), who, metric, value and its interval low to high, and may hold chance, the
    value of a guess, drawn as a dotted line. Rows without a value are left out. Panels of a metric share their axis.
    """
    rows = scores.dropna(subset=["level", "value"])
    if rows.empty:
        return nothing("No score could be measured.")
    names = in_order(rows["who"])
    rows = rows.assign(
        drawn=rows["value"].clip(lower=LEAST),
        drawn_low=rows["low"].clip(lower=LEAST),
        drawn_high=rows["high"].clip(lower=LEAST),
        below=rows["value"] < LEAST,
    )
    parts = [_metric(own, str(metric), names) for metric, own in rows.groupby("metric", sort=False)]
    chart = alt.VConcatChart(vconcat=parts, spacing=26)
    return chart.properties(usermeta=responsive(panel=wide_enough(130, in_order(rows["effect"]))))


def _metric(rows: pd.DataFrame, metric: str, names: list[str]) -> alt.FacetChart:
    effects = in_order(rows["effect"])
    title = f"{metric} (▼ below {number(LEAST, 0)})" if rows["below"].any() else metric
    return (
        _panel(rows, names)
        .properties(width=_WIDTH, height=_HEIGHT)
        .facet(
            facet=alt.Facet("effect:N", title=None, sort=effects),
            columns=min(_COLUMNS, len(effects)),
            spacing={"column": 18, "row": 14},
        )
        .properties(title=title)
    )


def _panel(rows: pd.DataFrame, names: list[str]) -> alt.LayerChart:
    place = alt.Chart().encode(
        x=alt.X(
            "level:Q",
            title="level",
            scale=alt.Scale(domain=[0, float(rows["level"].max())], nice=False),
            axis=alt.Axis(values=[0, 5, 10], grid=False, titlePadding=2),
        )
    )
    base = place.encode(color=series_colour("who", names))
    scale = alt.Scale(zero=False, nice=True)
    height = alt.Y("drawn:Q", title=None, scale=scale, axis=alt.Axis(grid=True, tickCount=4, format=".2~f"))
    tips = tooltip(rows, "effect_family", "level", "who", "metric", "value", "value_low", "value_high", "chance")
    band = base.mark_area(opacity=0.12).encode(y=alt.Y("drawn_low:Q", title=None, scale=scale), y2="drawn_high:Q")
    line = base.mark_line().encode(y=height, strokeDash=series_dash("who", names))
    point = base.transform_filter("!datum.below").mark_point(size=18).encode(y=height, tooltip=tips)
    below = base.transform_filter("datum.below").mark_point(size=70, shape="triangle-down")
    layers = [band, line, point, below.encode(y=height, tooltip=tips)]
    if "chance" in rows and rows["chance"].notna().any():
        guess = once("chance").transform_filter("isValid(datum.chance)").mark_rule(style="frame")
        layers.insert(0, guess.encode(y=alt.Y("chance:Q", title=None, scale=scale)))
    return alt.LayerChart(data=rows, layer=layers)
