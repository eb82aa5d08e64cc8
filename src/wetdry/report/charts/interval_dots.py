"""Figures with their intervals, several a row, told apart by colour and shape."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import responsive, wide_enough

_SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down", "triangle-right")
_LEAST_ROW, _PER_DOT, _WIDTH, _COLUMNS = 30, 15, 290, 2


def interval_dots(
    rows: pd.DataFrame,
    series: str,
    x: alt.X,
    tips: list[alt.Tooltip],
    reference: alt.Chart | None = None,
    remark: str = "",
) -> alt.FacetChart:
    """A row of `row`, in it a dot a value of `series` one below the other; a panel of `panel`.

    `rows` holds panel, row, `series`, value with its interval low to high (NaN: none is drawn) and full (whether the
    dot is filled). `x` is the axis of value, `reference` what dots are held against, `remark` stands above all panels.
    """
    names, panels, places = in_order(rows[series]), in_order(rows["panel"]), in_order(rows["row"])
    if len(names) > len(_SHAPES):
        raise ValueError(f"there are shapes for {len(_SHAPES)} dots a row, not for {len(names)}")
    height = max(_LEAST_ROW, _PER_DOT * len(names) + 8)
    panel = _panel(rows, series, names, places, x, tips, reference)
    title = alt.TitleParams(text=remark, fontSize=12, fontWeight=400, offset=14)
    chart = (
        panel.properties(width=_WIDTH, height=height * len(places))
        .facet(
            facet=alt.Facet("panel:N", title=None, sort=panels, header=alt.Header(labelLimit=_WIDTH)),
            columns=min(_COLUMNS, len(panels)),
            spacing={"column": 18, "row": 20},
        )
        .properties(usermeta=responsive(panel=wide_enough(190, panels)))
    )
    return chart.properties(title=title) if remark else chart


def _panel(
    rows: pd.DataFrame,
    series: str,
    names: list[str],
    places: list[str],
    x: alt.X,
    tips: list[alt.Tooltip],
    reference: alt.Chart | None,
) -> alt.LayerChart:
    legend = alt.Legend(title=None, labelLimit=220)
    one = len(names) == 1
    base = alt.Chart().encode(
        y=alt.Y("row:N", sort=places, title=None, axis=alt.Axis(grid=True, gridDash=[1, 3], labelLimit=150)),
        yOffset=alt.YOffset(f"{series}:N", sort=names, scale=alt.Scale(domain=names, paddingOuter=0.6)),
        color=alt.Color(f"{series}:N", scale=alt.Scale(domain=names, range="category"), legend=None if one else legend),
    )
    interval = (
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(strokeWidth=2, opacity=0.6)
        .encode(x=_like(x, "low:Q"), x2="high:Q")
    )
    shape = alt.Shape(
        f"{series}:N",
        scale=alt.Scale(domain=names, range=list(_SHAPES[: len(names)])),
        legend=None if one else legend,
    )
    dots = [
        base.transform_filter(which)
        .mark_point(size=62, filled=filled, strokeWidth=1.6)
        .encode(x=x, shape=shape, tooltip=tips)
        for which, filled in (("datum.full", True), ("!datum.full", False))
    ]
    layers = [interval, *dots]
    return alt.LayerChart(data=rows, layer=layers if reference is None else [reference, *layers])


def _like(x: alt.X, field: str) -> alt.X:
    """The same axis for another field."""
    other = x.copy(deep=True)
    other.shorthand = field
    return other
