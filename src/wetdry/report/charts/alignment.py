"""How much of what an effect does to an embedding is emotion at all."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, responsive
from wetdry.report.charts.tooltips import tooltip

_ROW, _COLUMNS, _WIDTH = 28, 3, 200
_BAND = 12


def alignment(rows: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Share of the displacement along the probe's emotion directions, beside what random directions get.

    `rows` holds who, effect, share (0 to 1) with its 95 % interval low to high, and chance_low to chance_high, where
    95 % of random directions lie: the grey band. A panel each of `who`; effects by their mean share, largest first.
    Effects without a share are left out.
    """
    rows = rows.dropna(subset=["share"])
    if rows.empty:
        return nothing("No displacement could be held against emotion.")
    effects = rows["share"].groupby(rows["effect"]).mean().sort_values(ascending=False).index
    panels = in_order(rows["who"])
    return (
        _panel(rows, [str(effect) for effect in effects])
        .properties(width=_WIDTH, height=_ROW * len(effects))
        .facet(
            facet=alt.Facet("who:N", title=None, sort=panels),
            columns=min(_COLUMNS, len(panels)),
            spacing={"column": 24, "row": 20},
        )
        .properties(usermeta=responsive(panel=170))
    )


def _panel(rows: pd.DataFrame, effects: list[str]) -> alt.LayerChart:
    title = "share along emotion"
    axis = alt.Axis(format=".2~%", tickCount=4, grid=True)
    scale = alt.Scale(zero=True, nice=True)
    base = alt.Chart().encode(
        y=alt.Y("effect:N", sort=effects, title=None, axis=alt.Axis(grid=True, gridDash=[1, 3], labelLimit=150)),
        tooltip=tooltip(
            rows, "who", "effect_family", "aligned", "share_low", "share_high", "chance_low", "chance_high"
        ),
    )
    chance = base.mark_bar(style="faint", height=_BAND).encode(
        x=alt.X("chance_low:Q", title=title, axis=axis, scale=scale), x2="chance_high:Q"
    )
    interval = base.mark_rule(style="accent", strokeWidth=2, opacity=0.7).encode(
        x=alt.X("low:Q", title=title, axis=axis, scale=scale), x2="high:Q"
    )
    point = base.mark_point(style="accent").encode(x=alt.X("share:Q", title=title, axis=axis, scale=scale))
    return alt.LayerChart(data=rows, layer=[chance, interval, point])
