"""Which layers of a network know of an effect."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import responsive
from wetdry.report.charts.tooltips import tooltip

REVERSED_FROM = 0.39
"""Cells at least so far up the ramp take their text in the colour of the page."""

_CELL, _COLUMNS = 22, 3


def layer_heat(rows: pd.DataFrame) -> alt.FacetChart:
    """A cell for each layer and effect, a panel an encoder; layers from the input at the top to the output.

    `rows` holds encoder, layer, order (of the layers), effect and value (0 to 1; values below 0 are coloured as 0,
    and NaN is written as a dash).
    """
    encoders = in_order(rows["encoder"])
    cells = rows.assign(
        drawn=rows["value"].clip(0, 1),
        text=[number(value, 2) for value in rows["value"]],
        known=[not math.isnan(value) for value in rows["value"]],
    )
    return (
        _panel(cells)
        .properties(width=200, height=alt.Step(_CELL))
        .facet(
            facet=alt.Facet("encoder:N", title=None, sort=encoders),
            columns=min(_COLUMNS, len(encoders)),
            spacing={"column": 24, "row": 24},
            resolve=alt.Resolve(scale=alt.ScaleResolveMap(x="independent", y="independent")),
        )
        .properties(usermeta=responsive(panel=200))
    )


def _panel(cells: pd.DataFrame) -> alt.LayerChart:
    effects = alt.Axis(orient="top", labelAngle=0, labelLimit=90, labelOverlap=False)
    base = alt.Chart().encode(
        x=alt.X("effect:N", sort=in_order(cells["effect"]), title=None, axis=effects),
        y=alt.Y(
            "layer:N",
            sort=alt.EncodingSortField(field="order", op="min"),
            title=None,
            axis=alt.Axis(labelLimit=110, labelOverlap=False),
        ),
    )
    tips = tooltip(cells, "encoder", "layer", "effect_family", "value")
    legend = alt.Legend(title=None, values=[0, 0.5, 1], format=".1f", gradientLength=160, gradientThickness=8)
    colour = alt.Color("drawn:Q", scale=alt.Scale(domain=[0, 1], range="heatmap"), legend=legend)
    cell = base.transform_filter("datum.known").mark_rect().encode(color=colour, tooltip=tips)
    on_weak = f"!datum.known || datum.drawn < {REVERSED_FROM}"
    weak = base.transform_filter(on_weak).mark_text(style="label", fontSize=11, fontWeight=500)
    strong = base.transform_filter(f"!({on_weak})").mark_text(style="reversed", fontSize=11, fontWeight=500)
    texts = [text.encode(text="text:N", tooltip=tips) for text in (weak, strong)]
    return alt.LayerChart(data=cells, layer=[cell, *texts])
