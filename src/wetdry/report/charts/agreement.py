"""How far probes agree with each other."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import DIVERGING_REVERSED_FROM, diverging_colour, nothing, responsive
from wetdry.report.charts.tooltips import tooltip

_CELL, _LEAST_SIDE, _COLUMNS = 40, 180, 3


def agreement(rows: pd.DataFrame) -> alt.FacetChart | alt.LayerChart | alt.Chart:
    """A cell a pair of probes with its agreement written in it, red below zero; a panel a target if there are several.

    `rows` holds who, other and value (−1 to 1; NaN is written as a dash), and may hold target. Pairs may be given once
    or both ways round: only those given are drawn.
    """
    if rows["value"].isna().all():
        return nothing("No agreement could be measured.")
    names = list(dict.fromkeys([*in_order(rows["who"]), *in_order(rows["other"])]))
    cells = rows.assign(text=[number(value, 2) for value in rows["value"]], known=rows["value"].notna())
    side = max(_LEAST_SIDE, _CELL * len(names))
    panel = _panel(cells, names)
    if "target" not in rows:
        return panel.properties(data=cells, width="container", height=_CELL * len(names))
    targets = in_order(rows["target"])
    return (
        panel.properties(data=cells, width=side, height=_CELL * len(names))
        .facet(
            facet=alt.Facet("target:N", title=None, sort=targets),
            columns=min(_COLUMNS, len(targets)),
            spacing={"column": 24, "row": 24},
        )
        .properties(usermeta=responsive(panel=side))
    )


def _panel(cells: pd.DataFrame, names: list[str]) -> alt.LayerChart:
    base = alt.Chart().encode(
        x=alt.X("other:N", sort=names, title=None, axis=alt.Axis(labelAngle=-40, labelLimit=110, labelOverlap=False)),
        y=alt.Y("who:N", sort=names, title=None, axis=alt.Axis(labelLimit=130, labelOverlap=False)),
        tooltip=tooltip(cells, "target", "who", "other", "value"),
    )
    colour = diverging_colour("value", 1.0, None, cool_end=True)
    cell = base.transform_filter("datum.known").mark_rect().encode(color=colour)
    weak = f"!datum.known || abs(datum.value) < {DIVERGING_REVERSED_FROM}"
    texts = [
        base.transform_filter(which).mark_text(style=style, fontSize=11, fontWeight=500).encode(text="text:N")
        for which, style in ((weak, "label"), (f"!({weak})", "reversed"))
    ]
    return alt.LayerChart(layer=[cell, *texts])
