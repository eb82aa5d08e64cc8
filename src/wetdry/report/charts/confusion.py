"""Which class clips of each class are taken for."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.layers import REVERSED_FROM
from wetdry.report.charts.scales import nothing, responsive, wide_enough
from wetdry.report.charts.tooltips import tooltip

_CELL, _LEAST_SIDE, _COLUMNS = 28, 130, 4


def confusion(cells: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """A matrix of what clips are (rows) against what they are taken for (columns); a panel of `panel`.

    `cells` holds panel, truth, estimate and share (of the clips of the row, 0 to 1; NaN where the row has none), and
    may hold clips, how many the row has. Numbers in cells are per cent of the row; outlined cells are right.
    """
    if cells["share"].isna().all():
        return nothing("No clip was classified.")
    classes = list(dict.fromkeys([*in_order(cells["truth"]), *in_order(cells["estimate"])]))
    panels = in_order(cells["panel"])
    text = ["–" if pd.isna(share) else f"{100 * share:.0f}" for share in cells["share"]]
    rows = cells.assign(text=text, known=cells["share"].notna())
    side = max(_LEAST_SIDE, _CELL * len(classes))
    return (
        _panel(rows, classes)
        .properties(width=side, height=side)
        .facet(
            facet=alt.Facet("panel:N", title=None, sort=panels, header=alt.Header(labelLimit=300)),
            columns=min(_COLUMNS, len(panels)),
            spacing={"column": 20, "row": 20},
        )
        .properties(usermeta=responsive(panel=wide_enough(side, panels)))
    )


def _panel(rows: pd.DataFrame, classes: list[str]) -> alt.LayerChart:
    columns = alt.Axis(labelAngle=-40, labelLimit=110, labelOverlap=False, titlePadding=2)
    base = alt.Chart().encode(
        x=alt.X("estimate:N", sort=classes, title="taken for", axis=columns),
        y=alt.Y("truth:N", sort=classes, title="is", axis=alt.Axis(labelLimit=110, labelOverlap=False)),
        tooltip=tooltip(rows, "panel", "true_class", "estimated_class", "row_share", "clips"),
    )
    legend = alt.Legend(
        title="share of the row", values=[0, 0.5, 1], format=".0%", gradientLength=160, gradientThickness=8
    )
    colour = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range="heatmap"), legend=legend)
    cell = base.transform_filter("datum.known").mark_rect().encode(color=colour)
    right = base.transform_filter("datum.truth == datum.estimate").mark_rect(
        filled=False, style="ink", strokeWidth=1.25
    )
    on_weak = f"!datum.known || datum.share < {REVERSED_FROM}"
    texts = [
        base.transform_filter(which).mark_text(style=style, fontSize=11, fontWeight=500).encode(text="text:N")
        for which, style in ((on_weak, "label"), (f"!({on_weak})", "reversed"))
    ]
    return alt.LayerChart(data=rows, layer=[cell, right, *texts])
