"""How a figure of clips changes as an effect grows, against the same clips dry."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import limits
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive, series_colour, series_dash, wide_enough
from wetdry.report.charts.tooltips import tooltip

_WIDTH, _HEIGHT, _COLUMNS = 200, 140, 3
_MOST_TICKS = 6


def effect_changes(changes: pd.DataFrame, title: str = "change") -> alt.VConcatChart | alt.Chart:
    """A relative change against the level with its 95 % band, a line each of `who`; a panel an effect.

    `changes` holds panel (a row of panels each, under its name), effect, level (0, dry, is drawn as no change), who and
    change (0.1 is 10 % more) with its interval low to high (NaN: none is drawn). Rows without a level or change are
    left out.
    """
    rows = changes.dropna(subset=["level", "change"])
    if rows.empty:
        return nothing("No change could be measured along the levels of an effect.")
    keys = ["panel", "effect", "who"]
    dry = rows[keys].drop_duplicates().assign(level=0.0, change=0.0, low=0.0, high=0.0)
    rows = pd.concat([dry, rows[rows["level"] != 0.0]], ignore_index=True)
    names = in_order(rows["who"])
    parts = [_effects(own, str(panel), names, title) for panel, own in rows.groupby("panel", sort=False)]
    chart = alt.VConcatChart(vconcat=parts, spacing=26)
    return chart.properties(usermeta=responsive(panel=wide_enough(140, in_order(rows["effect"]))))


def _effects(rows: pd.DataFrame, panel: str, names: list[str], title: str) -> alt.FacetChart:
    effects = in_order(rows["effect"])
    return (
        _panel(rows, names, title)
        .properties(width=_WIDTH, height=_HEIGHT)
        .facet(
            facet=alt.Facet("effect:N", title=None, sort=effects),
            columns=min(_COLUMNS, len(effects)),
            spacing={"column": 18, "row": 14},
        )
        .properties(title=alt.TitleParams(text=panel, limit=320))
    )


def _ticks(rows: pd.DataFrame) -> list[float]:
    """The levels that were measured, or the ends and the middle of the scale where they are many."""
    levels = sorted(set(rows["level"]))
    return levels if len(levels) <= _MOST_TICKS else [0.0, 5.0, 10.0]


def _panel(rows: pd.DataFrame, names: list[str], title: str) -> alt.LayerChart:
    base = alt.Chart().encode(
        x=alt.X(
            "level:Q",
            title="level",
            scale=alt.Scale(domain=[0, float(rows["level"].max())], nice=False),
            axis=alt.Axis(values=_ticks(rows), format="~g", grid=False, titlePadding=2),
        ),
        color=series_colour("who", names),
    )
    scale = alt.Scale(domain=limits([*rows["change"], *rows["low"], *rows["high"]]), nice=True)
    words = "datum.value == 0 ? '0' : format(datum.value, '+.0~%')"
    axis = alt.Axis(labelExpr=words, tickCount=4, grid=True)

    def height(field: str) -> alt.Y:
        return alt.Y(field, title=title, scale=scale, axis=axis)

    zero = once().mark_rule(style="zero").encode(y=alt.datum(0))
    known = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    band = known.mark_area(opacity=0.13).encode(y=height("low:Q"), y2="high:Q")
    line = base.mark_line().encode(y=height("change:Q"), strokeDash=series_dash("who", names))
    tips = tooltip(rows, "effect_family", "level", "who", "relative_change", "change_low", "change_high")
    point = base.mark_point(size=22).encode(y=height("change:Q"), tooltip=tips)
    return alt.LayerChart(data=rows, layer=[zero, band, line, point])
