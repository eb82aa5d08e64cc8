"""Which class clips of each class are taken for once the effect is on."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.layers import REVERSED_FROM
from wetdry.report.charts.scales import nothing, responsive, wide_enough
from wetdry.report.charts.tooltips import tooltip

_CELL, _COLUMNS = 28, 4
_LEAST_SIDE = 130


def transitions(counts: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """A matrix of dry class (rows) against wet class (columns) for each effect; the outlined diagonal stayed.

    `counts` holds effect, from, to, share (of the clips of the row, 0 to 1; NaN where the row has none) and count.
    Numbers in cells are per cent of the row.
    """
    if counts["share"].isna().all():
        return nothing("No clip was classified.")
    classes = list(dict.fromkeys([*in_order(counts["from"]), *in_order(counts["to"])]))
    effects = in_order(counts["effect"])
    text = ["–" if pd.isna(share) else f"{100 * share:.0f}" for share in counts["share"]]
    cells = counts.assign(text=text, known=counts["share"].notna())
    side = max(_LEAST_SIDE, _CELL * len(classes))
    return (
        _panel(cells, classes)
        .properties(width=side, height=side)
        .facet(
            facet=alt.Facet("effect:N", title=None, sort=effects),
            columns=min(_COLUMNS, len(effects)),
            spacing={"column": 20, "row": 20},
        )
        .properties(usermeta=responsive(panel=wide_enough(side, effects)))
    )


def _panel(cells: pd.DataFrame, classes: list[str]) -> alt.LayerChart:
    columns = alt.Axis(labelAngle=-40, labelLimit=110, labelOverlap=False, titlePadding=2)
    base = alt.Chart().encode(
        x=alt.X("to:N", sort=classes, title="wet", axis=columns),
        y=alt.Y("from:N", sort=classes, title="dry", axis=alt.Axis(labelLimit=110, labelOverlap=False)),
        tooltip=tooltip(cells, "effect_family", "from", "to", "row_share", "count"),
    )
    legend = alt.Legend(
        title="share of the row", values=[0, 0.5, 1], format=".0%", gradientLength=160, gradientThickness=8
    )
    colour = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range="heatmap"), legend=legend)
    cell = base.transform_filter("datum.known").mark_rect().encode(color=colour)
    stayed = base.transform_filter("datum.from == datum.to").mark_rect(filled=False, style="ink", strokeWidth=1.25)
    on_weak = f"!datum.known || datum.share < {REVERSED_FROM}"
    texts = [
        base.transform_filter(which).mark_text(style=style, fontSize=11, fontWeight=500).encode(text="text:N")
        for which, style in ((on_weak, "label"), (f"!({on_weak})", "reversed"))
    ]
    return alt.LayerChart(data=cells, layer=[cell, stayed, *texts])
