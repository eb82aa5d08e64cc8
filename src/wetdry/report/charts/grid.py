"""Panels of encoder against effect: one row of panels an encoder, one panel an effect, along its strengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import altair as alt
import pandas as pd

from wetdry.report.charts.scales import nothing, responsive

Scales = Literal["shared", "independent"]

_WIDTH, _HEIGHT = 140, 108
_MOST_COLUMNS = 4


def panel_grid(
    rows: pd.DataFrame,
    panel: Callable[[pd.DataFrame], alt.LayerChart],
    remark: str,
    *,
    x: Scales = "shared",
    y: Scales = "shared",
    height: int = _HEIGHT,
    narrowest: int = 110,
) -> alt.VConcatChart:
    """A row of panels for each `encoder` of `rows`, a panel for each `effect` it has, both as they first appear.

    `panel` draws the rows of one encoder, without data of its own; `remark` says above all of them what is drawn.
    Independent scales fit each panel by itself. Without rows a sentence stands in place of the panels.
    """
    resolve = alt.Resolve(scale=alt.ScaleResolveMap(x=x, y=y))
    parts: list[alt.FacetChart | alt.Chart] = []
    for encoder, own in rows.groupby("encoder", sort=False):
        effects = in_order(own["effect"])
        chart = panel(own).properties(data=own, width=_WIDTH, height=height)
        parts.append(
            chart.facet(
                facet=alt.Facet("effect:N", title=None, sort=effects),
                columns=min(_MOST_COLUMNS, len(effects)),
                spacing={"column": 18, "row": 14},
                resolve=resolve,
            ).properties(title=str(encoder))
        )
    if not parts:
        parts.append(nothing("Nothing could be measured."))
    title = alt.TitleParams(text=remark, fontSize=12, fontWeight=400, offset=14)
    return alt.VConcatChart(vconcat=parts, spacing=26, title=title, usermeta=responsive(panel=narrowest))


def in_order(names: pd.Series[str]) -> list[str]:
    """The different names, as they first appear."""
    return [str(name) for name in names.unique()]


def strengths(rows: pd.DataFrame) -> alt.X:
    """The strengths from lowest to highest, evenly spaced; the first and the last are named.

    Raises `ValueError` where two strengths have the same name, as they would be drawn at one place.
    """
    named = rows.drop_duplicates(["encoder", "effect", "position", "setting"])
    twice = named[
        named.duplicated(["encoder", "effect", "setting"]) | named.duplicated(["encoder", "effect", "position"])
    ]
    if len(twice):
        row = twice.iloc[0]
        raise ValueError(f'effect "{row["effect"]}" has not one setting a position: "{row["setting"]}" is there twice')
    ends = "datum.index == 0 || datum.index == 1 ? datum.label : ''"
    return alt.X(
        "setting:O",
        title=None,
        sort=alt.EncodingSortField(field="position", op="min"),
        scale=alt.Scale(type="point", padding=0),
        axis=alt.Axis(labelExpr=ends, labelAngle=0, labelFlush=True, labelOverlap=False, labelLimit=80, grid=False),
    )
