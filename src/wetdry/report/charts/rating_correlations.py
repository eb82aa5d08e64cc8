"""How the rated emotions go together."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.number_cells import LETTERS, SIZE, number_cells
from wetdry.report.charts.scales import nothing
from wetdry.report.charts.tooltips import tooltip

_CELL = 40


def rating_correlations(correlations: pd.DataFrame) -> alt.LayerChart | alt.Chart:
    """A cell a pair of targets with its correlation written in it, red below zero.

    `correlations` holds row, column and r with its 95 % interval low to high; NaN is written as a dash. Only the pairs
    given are drawn.
    """
    if correlations["r"].isna().all():
        return nothing("No two targets could be correlated.")
    names = list(dict.fromkeys([*in_order(correlations["row"]), *in_order(correlations["column"])]))
    cells = correlations.assign(drawn=correlations["r"], text=[number(r, 2) for r in correlations["r"]])
    base = alt.Chart().encode(
        x=alt.X("column:N", sort=names, title=None, axis=alt.Axis(labelAngle=-40, labelLimit=110, labelOverlap=False)),
        y=alt.Y("row:N", sort=names, title=None, axis=alt.Axis(labelLimit=130, labelOverlap=False)),
        tooltip=tooltip(cells, "row", "column", "r", "low", "high"),
    )
    # On a narrow page cells are narrow too, and their numbers small.
    size = alt.ExprRef(f"min({SIZE}, width / {LETTERS * correlations['column'].nunique():g})")
    layers = number_cells(base, 1.0, "correlation r", size)
    height = _CELL * correlations["row"].nunique()
    return alt.LayerChart(data=cells, layer=layers).properties(width="container", height=height)
