"""Which of several pairs of sets are nearest to each other, and how sure that is."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, responsive
from wetdry.report.charts.tooltips import tooltip

_ROW, _WIDTH, _COLUMNS = 24, 250, 2
_THOUSANDS = "datum.value == 0 ? '0' : format(datum.value, '~s')"


def distance_ranking(rows: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Distances with their 95 % limits, nearest at the top, and a tick where the floor is; a panel a layer.

    `rows` holds encoder, layer, label and distance, and may hold low, high, floor, rank and nearest (the share of
    halves in which a label is the nearest). Panels have scales and orders of their own.
    """
    rows = rows.dropna(subset=["distance"])
    if rows.empty:
        return nothing("No distance could be measured.")
    panel = rows["encoder"].astype(str) + ", " + rows["layer"].astype(str)
    rows = rows.assign(panel=panel)
    panels = in_order(rows["panel"])
    base = alt.Chart().encode(
        y=alt.Y(
            "label:N",
            sort=alt.EncodingSortField(field="distance", op="min"),
            title=None,
            axis=alt.Axis(grid=True, gridDash=[1, 3], labelLimit=130, labelOverlap=False),
        ),
        tooltip=tooltip(rows, "label", "distance", "distance_low", "distance_high", "floor", "rank", "nearest"),
    )

    def along(field: str) -> alt.X:
        scale = alt.Scale(zero=True, nice=True)
        return alt.X(field, title="Fréchet distance", scale=scale, axis=alt.Axis(tickCount=4, labelExpr=_THOUSANDS))

    layers = [base.mark_point(style="accent", size=55).encode(x=along("distance:Q"))]
    if "floor" in rows:
        tick = base.transform_filter("isValid(datum.floor)").mark_tick(style="ink", thickness=2, size=14)
        layers.insert(0, tick.encode(x=along("floor:Q")))
    if {"low", "high"} <= set(rows.columns):
        interval = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        rule = interval.mark_rule(style="accent", strokeWidth=2, opacity=0.6)
        layers.insert(0, rule.encode(x=along("low:Q"), x2="high:Q"))
    apart = alt.Resolve(scale=alt.ScaleResolveMap(x="independent", y="independent"))
    return (
        alt.LayerChart(data=rows, layer=layers)
        .properties(width=_WIDTH, height=alt.Step(_ROW))
        .facet(
            facet=alt.Facet("panel:N", title=None, sort=panels),
            columns=min(_COLUMNS, len(panels)),
            spacing={"column": 28, "row": 22},
            resolve=apart,
        )
        .properties(usermeta=responsive(panel=210))
    )
