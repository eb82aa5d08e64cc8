"""Whether what is learnt from one data set holds on another."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.frames import rounded_up
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.number_cells import number_cells
from wetdry.report.charts.scales import nothing, responsive
from wetdry.report.charts.tooltips import tooltip

LEAST = -1.0
"""Values below have the colour of this one: R² has no lower bound."""

_CELL, _LEAST_SIDE, _COLUMNS = 40, 170, 3
_TIPS = ("train", "test", "target", "r2_value", "value_low", "value_high", "clips", "shared")


def cross_matrix(cross: pd.DataFrame) -> alt.VConcatChart | alt.Chart:
    """A cell a data set to learn from and one to be held against, with its R² written in it, red below zero.

    `cross` holds train, test, encoder, layer, head, target, metric and value with its interval low to high; NaN is
    written as a dash. A panel a target, a row of panels an encoder, layer and head. Framed cells are within a data set,
    on songs held out. Rows of other metrics than "r2" are left out.
    """
    rows = cross[cross["metric"] == "r2"]
    if rows["value"].isna().all():
        return nothing("No data set was held against another.")
    drawn = rows["value"].clip(lower=LEAST)
    cells = rows.assign(
        drawn=drawn, text=[number(value, 2) for value in rows["value"]], within=rows["train"] == rows["test"]
    )
    largest = min(1.0, rounded_up(float(drawn.abs().max())))
    names = list(dict.fromkeys([*in_order(rows["train"]), *in_order(rows["test"])]))
    models = cells.groupby(["encoder", "layer", "head"], sort=False)
    parts = [_model(own, f"{encoder}, {layer}, {head}", names, largest) for (encoder, layer, head), own in models]
    remark = "Framed: songs of the same data set, held out"
    title = alt.TitleParams(text=remark, fontSize=12, fontWeight=400, offset=14)
    return alt.VConcatChart(vconcat=parts, spacing=26, title=title, usermeta=responsive(panel=150))


def _model(cells: pd.DataFrame, title: str, names: list[str], largest: float) -> alt.FacetChart:
    targets = in_order(cells["target"])
    rows = [name for name in names if name in set(cells["train"])]
    columns = [name for name in names if name in set(cells["test"])]
    base = alt.Chart().encode(
        x=alt.X(
            "test:N",
            sort=columns,
            title="tested on",
            axis=alt.Axis(labelAngle=-40, labelLimit=100, labelOverlap=False, orient="bottom"),
        ),
        y=alt.Y("train:N", sort=rows, title="learnt from", axis=alt.Axis(labelLimit=110, labelOverlap=False)),
        tooltip=tooltip(cells, *_TIPS),
    )
    frame = base.transform_filter("datum.within").mark_rect(style="ink", filled=False, strokeWidth=2)
    return (
        alt.LayerChart(data=cells, layer=[*number_cells(base, largest, "R²"), frame])
        .properties(width=max(_LEAST_SIDE, _CELL * len(columns)), height=_CELL * len(rows))
        .facet(
            facet=alt.Facet("target:N", title=None, sort=targets),
            columns=min(_COLUMNS, len(targets)),
            spacing={"column": 20, "row": 20},
        )
        .properties(title=alt.TitleParams(text=title, limit=320))
    )
