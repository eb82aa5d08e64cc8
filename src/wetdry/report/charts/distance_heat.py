"""How far two sets are apart, label by label, in every encoder and layer."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.layers import REVERSED_FROM
from wetdry.report.charts.scales import nothing, responsive
from wetdry.report.charts.tooltips import tooltip

_ROW, _LEAST, _LETTER, _MARGIN = 26, 56, 6.5, 14


def distance_heat(rows: pd.DataFrame) -> alt.LayerChart | alt.Chart:
    """A row a layer and a cell a label with its distance in it, coloured by its share of the largest of the row.

    `rows` holds encoder, layer, label and distance (NaN is written as a dash), and may hold rank. Distances of
    different layers have different units, so colours compare labels within a row and no rows. Labels are in order of
    the mean of their shares, nearest to the left.
    """
    if rows["distance"].isna().all():
        return nothing("No distance could be measured.")
    cells = _cells(rows)
    labels = [str(label) for label in cells.groupby("label")["drawn"].mean().sort_values(kind="stable").index]
    base = alt.Chart().encode(
        x=alt.X(
            "label:N",
            sort=labels,
            title=None,
            axis=alt.Axis(orient="top", labelAngle=0, labelLimit=140, labelOverlap=False),
        ),
        y=alt.Y("place:N", sort=in_order(cells["place"]), title=None, axis=alt.Axis(labelLimit=240)),
        tooltip=tooltip(cells, "encoder", "layer", "label", "distance", "rank"),
    )
    legend = alt.Legend(
        title="of the largest of the row", values=[0, 0.5, 1], format=".0%", gradientLength=160, gradientThickness=8
    )
    colour = alt.Color("drawn:Q", scale=alt.Scale(domain=[0, 1], range="heatmap"), legend=legend)
    cell = base.transform_filter("datum.known").mark_rect().encode(color=colour)
    on_weak = f"!datum.known || datum.drawn < {REVERSED_FROM}"
    texts = [
        base.transform_filter(which).mark_text(style=style, fontSize=11, fontWeight=500).encode(text="text:N")
        for which, style in ((on_weak, "label"), (f"!({on_weak})", "reversed"))
    ]
    longest = max(map(len, [*cells["text"], *labels]))
    return alt.LayerChart(data=cells, layer=[cell, *texts]).properties(
        width=max(_LEAST, round(_LETTER * longest) + _MARGIN) * len(labels),
        height=alt.Step(_ROW),
        usermeta=responsive(panel=220),
    )


def _cells(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their place, share of the largest distance there, and what is written into their cells.

    Where all are of one encoder, a place is its layer alone: a long name would leave no room for that.
    """
    layer = rows["layer"].astype(str)
    largest = rows.groupby(["encoder", "layer"], sort=False)["distance"].transform("max")
    return rows.assign(
        place=rows["encoder"].astype(str) + ", " + layer if rows["encoder"].nunique() > 1 else layer,
        drawn=(rows["distance"] / largest.where(largest > 0)).fillna(0.0),
        known=rows["distance"].notna(),
        text=[_three_digits(value) for value in rows["distance"]],
    )


def _three_digits(value: float) -> str:
    """A distance of any size.

    >>> _three_digits(11687.6), _three_digits(0.01234), _three_digits(float("nan"))
    ('11700', '0.0123', '–')
    """
    if pd.isna(value):
        return "–"
    rounded = float(f"{value:.3g}")
    return f"{rounded:.0f}" if rounded >= 1e3 else f"{rounded:g}"
