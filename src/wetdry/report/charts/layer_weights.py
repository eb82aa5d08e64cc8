"""Which layers a probe draws on where it may weigh them."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive
from wetdry.report.charts.tooltips import tooltip

_WIDTH, _HEIGHT, _COLUMNS = 260, 150, 2


def layer_weights(weights: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """A bar a layer from the input at the left to the output, with its interval; a panel an encoder.

    `weights` holds encoder, layer, position (of the layer, from the input), weight (those of an encoder add to 1) and
    its interval low to high. The dashed line is where all layers would weigh the same. Layers without a weight are
    left out.
    """
    rows = weights.dropna(subset=["weight"])
    if rows.empty:
        return nothing("No layers were weighed.")
    rows = rows.assign(alike=1 / rows.groupby("encoder")["layer"].transform("count"))
    encoders = in_order(rows["encoder"])
    return (
        _panel(rows)
        .properties(width=_WIDTH, height=_HEIGHT)
        .facet(
            facet=alt.Facet("encoder:N", title=None, sort=encoders),
            columns=min(_COLUMNS, len(encoders)),
            spacing={"column": 24, "row": 18},
            resolve=alt.Resolve(scale=alt.ScaleResolveMap(x="independent")),
        )
        .properties(
            title=alt.TitleParams(text="Dashed: all layers alike", fontSize=12, fontWeight=400, offset=14),
            usermeta=responsive(panel=230),
        )
    )


def _panel(rows: pd.DataFrame) -> alt.LayerChart:
    base = alt.Chart().encode(
        x=alt.X(
            "layer:N",
            sort=alt.EncodingSortField(field="position", op="min"),
            title=None,
            axis=alt.Axis(labelAngle=-40, labelLimit=90, labelOverlap=True, grid=False),
        ),
        tooltip=tooltip(rows, "encoder", "layer", "weight", "weight_low", "weight_high"),
    )
    axis = alt.Axis(grid=True, tickCount=4)
    bar = base.mark_bar(style="accent", opacity=0.55).encode(y=alt.Y("weight:Q", title="weight", axis=axis))
    interval = (
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(style="accent", strokeWidth=2)
        .encode(y=alt.Y("low:Q", title="weight", axis=axis), y2="high:Q")
    )
    alike = once("alike").mark_rule(style="frame").encode(y=alt.Y("alike:Q", title="weight", axis=axis))
    return alt.LayerChart(data=rows, layer=[bar, interval, alike])
