"""What is known of every layer of a network, from its input to its output."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive, series_colour, wide_enough
from wetdry.report.charts.tooltips import tooltip

_DASHES = ([1, 0], [1.5, 3.5], [6, 3], [9, 3, 1.5, 3])
_WIDTH, _HEIGHT, _COLUMNS = 290, 210, 2
_ALONE = 600
"""Width of a single panel, below legends that are wider than one of several."""
_MOST_TICKS = 12
_TICKS = 5
"""Of values, about so many."""
_COLUMNS_DRAWN = ("encoder", "line", "kind", "layer", "position", "value", "low", "high", "chance", "main", "alone")


def layer_curves(
    curves: pd.DataFrame, title: str = "mean recall", *, along: str = "layer, from the input"
) -> alt.FacetChart | alt.Chart:
    """A value against the place of its layer, a colour a line and a dash a kind, with bands; a panel an encoder.

    `curves` holds encoder, line, kind, position (whole, from the input) and value, and may hold layer (its name), the
    interval low to high, and chance, the value of a guess, drawn as a faint rule. The first kind is drawn with points,
    the others are what it is held against. Rows without a value are left out, and so are intervals that are not known.
    """
    rows = curves.dropna(subset=["value"])
    if rows.empty:
        return nothing("No layer has a figure.")
    kinds, encoders = in_order(rows["kind"]), in_order(rows["encoder"])
    if len(kinds) > len(_DASHES):
        raise ValueError(f"there are dashes for {len(_DASHES)} kinds, not for {len(kinds)}")
    of_line = rows.groupby(["encoder", "line", "kind"], sort=False)["position"]
    rows = rows.assign(main=rows["kind"] == kinds[0], alone=of_line.transform("nunique") == 1)
    return (
        _panel(rows[[name for name in _COLUMNS_DRAWN if name in rows]], kinds, title, along)
        .properties(width=_WIDTH if len(encoders) > 1 else _ALONE, height=_HEIGHT)
        .facet(
            facet=alt.Facet("encoder:N", title=None, sort=encoders, header=alt.Header(labelLimit=_WIDTH)),
            columns=min(_COLUMNS, len(encoders)),
            spacing={"column": 22, "row": 18},
            resolve=alt.Resolve(scale=alt.ScaleResolveMap(x="independent")),
        )
        .properties(usermeta=responsive(panel=wide_enough(210, encoders)))
    )


def _ticks(last: int) -> list[int]:
    """Whole places up to the last one, at most a dozen.

    >>> _ticks(4), _ticks(25)
    ([0, 1, 2, 3, 4], [0, 3, 6, 9, 12, 15, 18, 21, 24])
    """
    return list(range(0, last + 1, last // _MOST_TICKS + 1))


def _format(rows: pd.DataFrame) -> str:
    """Two decimals, or as many as ticks of what hardly changes differ in, such as gates that stay where they start.

    >>> _format(pd.DataFrame({"value": [0.2, 0.8]})), _format(pd.DataFrame({"value": [0.095, 0.11]}))
    ('.2~f', '.3~f')
    """
    drawn = rows[[name for name in ("value", "low", "high", "chance") if name in rows]]
    span = float(np.nanmax(drawn) - np.nanmin(drawn))
    return f".{max(2, math.ceil(-math.log10(span / _TICKS))) if span > 0 else 2}~f"


def _panel(rows: pd.DataFrame, kinds: list[str], title: str, along: str) -> alt.LayerChart:
    base = alt.Chart().encode(
        x=alt.X(
            "position:Q",
            title=along,
            scale=alt.Scale(zero=False, nice=False, padding=8),
            # Ticks are named, as panels of few layers would have some between them.
            axis=alt.Axis(grid=False, values=_ticks(int(rows["position"].max())), format="d"),
        ),
        color=series_colour("line", in_order(rows["line"])),
    )
    scale, axis = alt.Scale(zero=False, nice=True), alt.Axis(grid=True, tickCount=_TICKS, format=_format(rows))

    def height(field: str) -> alt.Y:
        return alt.Y(field, title=title, scale=scale, axis=axis)

    legend = alt.Legend(title=None, symbolType="stroke", symbolSize=900, symbolStrokeWidth=2, labelLimit=220)
    dash = alt.StrokeDash(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=list(_DASHES[: len(kinds)])),
        legend=legend if len(kinds) > 1 else None,
    )
    tips = tooltip(
        rows, "encoder", "line", "curve_kind", "layer", "position", "value", "value_low", "value_high", "chance"
    )
    main, beside = (base.transform_filter(which) for which in ("datum.main", "!datum.main"))
    layers = [
        base.mark_line(strokeCap="butt").encode(y=height("value:Q"), strokeDash=dash),
        main.mark_point(size=30).encode(y=height("value:Q"), tooltip=tips),
        beside.mark_point(size=40, opacity=0).encode(y=height("value:Q"), tooltip=tips),
    ]
    if {"low", "high"} <= set(rows.columns):
        known = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        band = known.transform_filter("!datum.alone").mark_area(opacity=0.14)
        rule = known.transform_filter("datum.alone").mark_rule(strokeWidth=2, opacity=0.6)
        # Bands of one line but of several kinds must not be joined to one.
        layers = [part.encode(y=height("low:Q"), y2="high:Q", detail="kind:N") for part in (band, rule)] + layers
    if "chance" in rows and rows["chance"].notna().any():
        guess = once("chance").transform_filter("isValid(datum.chance)").mark_rule(style="frame")
        layers.insert(0, guess.encode(y=height("chance:Q")))
    return alt.LayerChart(data=rows, layer=layers)
