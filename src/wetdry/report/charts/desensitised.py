"""What taking an effect out costs on dry clips, and what it gains on wet ones."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import families_in, limits
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import family_colour, nothing, once, responsive, signed_axis
from wetdry.report.charts.tooltips import tooltip

SIDES = {"clean": "on dry clips", "wet": "on wet clips"}

_LANE = 8
"""Pixels that each effect of a method takes."""


def desensitised(rows: pd.DataFrame) -> alt.VConcatChart:
    """Change of ROC AUC by method, against embeddings as they are: a column for dry test clips, one for wet ones.

    `rows` holds encoder, effect, method, rank (dimensions taken out) and the changes clean and wet with their
    intervals clean_low to clean_high and wet_low to wet_high; NaN changes are left out.
    Colours are effect families.
    """
    sides = [
        rows[["encoder", "effect", "method", "rank"]].assign(
            side=words, change=rows[name], low=rows[f"{name}_low"], high=rows[f"{name}_high"]
        )
        for name, words in SIDES.items()
    ]
    points = pd.concat(sides, ignore_index=True).rename(columns={"effect": "family"}).dropna(subset=["change"])
    reach = limits([*points["change"], *points["low"], *points["high"]], least=0.02)
    families = families_in(points)
    parts: list[alt.FacetChart | alt.Chart] = [
        _panels(own, str(encoder), families, reach) for encoder, own in points.groupby("encoder", sort=False)
    ]
    if not parts:
        parts.append(nothing("No change could be measured."))
    return alt.VConcatChart(vconcat=parts, spacing=26, usermeta=responsive(panel=110))


def _panels(points: pd.DataFrame, encoder: str, families: list[str], reach: list[float]) -> alt.FacetChart:
    methods = in_order(points["method"])
    return (
        _panel(points, methods, families, reach)
        .properties(width=250, height=(_LANE * len(families) + 8) * len(methods))
        .facet(
            facet=alt.Facet("side:N", title=None, sort=list(SIDES.values())),
            columns=len(SIDES),
            spacing={"column": 24, "row": 16},
        )
        .properties(title=encoder)
    )


def _panel(points: pd.DataFrame, methods: list[str], families: list[str], reach: list[float]) -> alt.LayerChart:
    scale = alt.Scale(domain=reach, nice=False)
    title, axis = ["← lost   ·   gained →", "change of ROC AUC"], signed_axis(4)
    base = alt.Chart().encode(
        y=alt.Y("method:N", sort=methods, title=None, axis=alt.Axis(grid=False, labelLimit=150)),
        yOffset=alt.YOffset("family:N", scale=alt.Scale(domain=families, paddingOuter=0.6)),
        color=family_colour(families, legend=families),
    )
    # Lines between methods, not through them: with several effects a row they would cross the points.
    rows = (
        once("method")
        .mark_rule(style="frame", opacity=0.35)
        .encode(y=alt.Y("method:N", sort=methods, bandPosition=0), x=alt.value(0), x2=alt.value("width"))
    )
    zero = once().mark_rule(style="zero").encode(x=alt.datum(0))
    interval = base.mark_rule(strokeWidth=1.5, opacity=0.7).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=axis), x2="high:Q"
    )
    tips = tooltip(points, "family", "method", "rank", "side", "change", "low", "high")
    point = base.mark_point(size=34).encode(x=alt.X("change:Q", title=title, scale=scale, axis=axis), tooltip=tips)
    return alt.LayerChart(data=points, layer=[rows, zero, interval, point])
