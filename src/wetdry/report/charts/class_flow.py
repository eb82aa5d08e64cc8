"""How classes gain and lose clips as an effect grows."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import class_colour, nothing, responsive, wide_enough
from wetdry.report.charts.tooltips import tooltip

_WIDTH, _HEIGHT, _COLUMNS = 150, 120, 4
_POINTED_AT = 14
"""Width in pixels of what of a level can be pointed at; an area as a whole tells of one level only."""


def class_flow(flow: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Shares of the classes stacked over the level, a panel an effect; classes as they first appear, from the top down.

    `flow` holds effect, level (0 is dry), class and share (of the clips, 0 to 1; shares of a level sum to 1).
    """
    rows = flow.dropna(subset=["level", "share"])
    if rows.empty:
        return nothing("No clip was classified.")
    classes, effects = in_order(rows["class"]), in_order(rows["effect"])
    rows = rows.assign(rank=[classes.index(str(name)) for name in rows["class"]])
    return (
        _panel(rows, classes)
        .properties(width=_WIDTH, height=_HEIGHT)
        .facet(
            facet=alt.Facet("effect:N", title=None, sort=effects),
            columns=min(_COLUMNS, len(effects)),
            spacing={"column": 20, "row": 16},
        )
        .properties(usermeta=responsive(panel=wide_enough(130, effects)))
    )


def _panel(rows: pd.DataFrame, classes: list[str]) -> alt.LayerChart:
    ends = [float(rows["level"].min()), float(rows["level"].max())]
    words = "datum.value == 0 ? 'dry' : datum.label"
    base = alt.Chart().encode(
        x=alt.X(
            "level:Q",
            title="level",
            scale=alt.Scale(domain=ends, nice=False),
            axis=alt.Axis(values=[0, 5, 10], labelExpr=words, labelFlush=True, grid=False, titlePadding=2),
        ),
        y=alt.Y(
            "share:Q",
            title="share of clips",
            stack="zero",
            scale=alt.Scale(domain=[0, 1], nice=False, clamp=True),
            axis=alt.Axis(format=".0%", values=[0, 0.5, 1], grid=False),
        ),
        color=class_colour(classes),
        order=alt.Order("rank:Q", sort="descending"),
    )
    area = base.mark_area(opacity=0.88, line=False)
    level = base.mark_bar(opacity=0, size=_POINTED_AT).encode(
        tooltip=tooltip(rows, "effect_family", "level", "class", "class_share")
    )
    return alt.LayerChart(data=rows, layer=[area, level])
