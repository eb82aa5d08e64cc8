"""Whether an encoder puts songs of one emotion together."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive
from wetdry.report.charts.thinning import thinned
from wetdry.report.charts.tooltips import tooltip

FAR = 0.95
"""Of the distances from the middle; a few outliers beyond would leave all others pale."""

_WIDTH, _HEIGHT, _COLUMNS = 200, 190, 3


def emotion_maps(points: pd.DataFrame, scale: tuple[float, float] | None = None) -> alt.VConcatChart | alt.Chart:
    """Maps of the embedding space, each clip coloured by a target: blue below the middle of the scale, red above.

    `points` holds encoder, method, item, x, y, target and value; a row of panels an encoder and method, a panel a
    target. `scale` holds both ends of the scale of ratings; None is a scale without ends, of which each target's median
    is the middle. The strongest colours are for the twentieth of a target's values that are farthest from the middle.
    Of many clips evenly chosen ones are drawn; those without a place or a value are not.
    """
    rows = points.dropna(subset=["x", "y", "value"])
    if rows.empty:
        return nothing("No map could be drawn.")
    rows = thinned(_coloured(rows, scale))
    parts = [
        _maps(own, f"{encoder}, {method}") for (encoder, method), own in rows.groupby(["encoder", "method"], sort=False)
    ]
    remark = "Distances compare within a panel only; colours from the lowest to the highest rating of each target"
    title = alt.TitleParams(text=remark, fontSize=12, fontWeight=400, offset=14)
    return alt.VConcatChart(vconcat=parts, spacing=26, title=title, usermeta=responsive(panel=150))


def _coloured(rows: pd.DataFrame, scale: tuple[float, float] | None) -> pd.DataFrame:
    """The rows with `side`: −1 far below the middle, 1 far above it, where a twentieth of a target's values are."""
    values = rows.groupby("target")["value"]
    away = rows["value"] - (values.transform("median") if scale is None else sum(scale) / 2)
    far = away.abs().groupby(rows["target"]).transform("quantile", FAR)
    columns = ["encoder", "method", "item", "x", "y", "target", "value"]
    return rows[columns].assign(side=(away / far.where(far > 0, 1.0)).clip(-1.0, 1.0).round(3))


def _maps(rows: pd.DataFrame, title: str) -> alt.FacetChart:
    targets = in_order(rows["target"])
    return (
        _panel(rows)
        .properties(width=_WIDTH, height=_HEIGHT)
        .facet(
            facet=alt.Facet("target:N", title=None, sort=targets),
            columns=min(_COLUMNS, len(targets)),
            spacing={"column": 14, "row": 14},
        )
        .properties(title=title)
    )


def _panel(rows: pd.DataFrame) -> alt.LayerChart:
    place = alt.Scale(zero=False, nice=False, padding=8)
    ground = (
        once()
        .mark_rect(style="panel")
        .encode(x=alt.value(0), x2=alt.value("width"), y=alt.value(0), y2=alt.value("height"))
    )
    # The middle of the colours is close to the page, so each point has an outline.
    point = (
        alt.Chart()
        .mark_point(style="remark", filled=False, size=24, strokeWidth=0.35)
        .encode(
            x=alt.X("x:Q", title=None, axis=None, scale=place),
            y=alt.Y("y:Q", title=None, axis=None, scale=place),
            fill=_fill(),
            tooltip=tooltip(rows, "item", "target", "value"),
        )
    )
    return alt.LayerChart(data=rows, layer=[ground, point])


def _fill() -> alt.Fill:
    words = "datum.value == 0 ? 'middle' : datum.value < 0 ? 'low' : 'high'"
    legend = alt.Legend(title=None, values=[-1, 0, 1], labelExpr=words, gradientLength=200, gradientThickness=8)
    return alt.Fill("side:Q", scale=alt.Scale(domain=[-1, 1], domainMid=0, range="diverging"), legend=legend)
