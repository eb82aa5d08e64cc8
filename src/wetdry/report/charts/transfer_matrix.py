"""What is learnt in one domain, asked in both."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.layers import REVERSED_FROM
from wetdry.report.charts.scales import nothing, responsive, wide_enough
from wetdry.report.charts.tooltips import tooltip

_CELL, _ROW, _COLUMNS = 92, 58, 3
_PART = ", "
"""Between parts of the name of a panel."""


def transfer_matrix(cells: pd.DataFrame, title: str = "mean recall") -> alt.FacetChart | alt.Chart:
    """A cell a domain to learn from (rows) and one to be tested in, with its score and interval; a panel of `panel`.

    `cells` holds panel, learnt, tested and value (0 to 1; NaN is written as a dash) with its interval low to high, and
    may hold chance and clips. Framed cells are within a domain.
    """
    if cells["value"].isna().all():
        return nothing("No domain was asked what another one taught.")
    panels = in_order(cells["panel"])
    names = list(dict.fromkeys([*in_order(cells["learnt"]), *in_order(cells["tested"])]))
    rows = cells.assign(
        known=cells["value"].notna(),
        within=cells["learnt"] == cells["tested"],
        text=[_text(row) for row in cells.to_dict("records")],
    )
    side = _CELL * len(names)
    return (
        _panel(rows, names, title)
        .properties(width=side, height=_ROW * len(names))
        .facet(
            facet=alt.Facet("panel:N", title=None, sort=panels, header=_in_lines()),
            columns=min(_COLUMNS, len(panels)),
            spacing={"column": 24, "row": 20},
        )
        .properties(
            title=alt.TitleParams(text="Framed: within a domain", fontSize=12, fontWeight=400, offset=14),
            usermeta=responsive(panel=wide_enough(side, (part for name in panels for part in name.split(_PART)))),
        )
    )


def _in_lines() -> alt.Header:
    """Names above panels with a line a part, as an encoder and its layer are longer than two cells."""
    return alt.Header(labelExpr=f"split(datum.label, '{_PART}')", labelLimit=300, labelLineHeight=15)


def _text(row: Mapping[Hashable, Any]) -> str:
    """A score with its interval below it, as far as they are known."""
    text = number(row["value"], 2)
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return text
    return f"{text}\n[{number(row['low'], 2)}, {number(row['high'], 2)}]"


def _panel(rows: pd.DataFrame, names: list[str], title: str) -> alt.LayerChart:
    base = alt.Chart().encode(
        x=alt.X("tested:N", sort=names, title="tested on", axis=alt.Axis(labelAngle=0, labelLimit=_CELL)),
        y=alt.Y("learnt:N", sort=names, title="learnt on", axis=alt.Axis(labelLimit=110, labelOverlap=False)),
        tooltip=tooltip(rows, "panel", "learnt", "tested", "value", "value_low", "value_high", "chance", "clips"),
    )
    legend = alt.Legend(title=title, values=[0, 0.5, 1], format=".1f", gradientLength=160, gradientThickness=8)
    colour = alt.Color("value:Q", scale=alt.Scale(domain=[0, 1], range="heatmap"), legend=legend)
    cell = base.transform_filter("datum.known").mark_rect().encode(color=colour)
    frame = base.transform_filter("datum.within").mark_rect(style="ink", filled=False, strokeWidth=2)
    on_weak = f"!datum.known || datum.value < {REVERSED_FROM}"
    texts = [
        base.transform_filter(which)
        .mark_text(style=style, fontSize=12, fontWeight=500, lineBreak="\n", lineHeight=16, dy=-8)
        .encode(text="text:N")
        for which, style in ((on_weak, "label"), (f"!({on_weak})", "reversed"))
    ]
    return alt.LayerChart(data=rows, layer=[cell, frame, *texts])
