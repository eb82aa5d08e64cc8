"""What classifiers of dry embeddings still know of wet ones, with and without taking the effect out."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order, panel_grid, strengths
from wetdry.report.charts.scales import once, series_colour, series_dash
from wetdry.report.charts.tooltips import tooltip

NOTHING = "none"
"""The method that leaves the embeddings as they are."""

_CHANCE = 0.5


def robustness(rows: pd.DataFrame) -> alt.VConcatChart:
    """ROC AUC against the strength: embeddings as they are in a thick line with its interval, one thin line a method.

    `rows` holds encoder, effect, method ("none" for embeddings as they are), position, setting, auc, low and high.
    Rows without an AUC are left out.
    """
    rows = rows.dropna(subset=["auc"])
    methods = [method for method in in_order(rows["method"]) if method != NOTHING]
    bare = rows[rows["method"] == NOTHING]
    known = pd.concat([rows["auc"], bare["low"], bare["high"]])
    limits = [float(known.min()), float(known.max())]

    def panel(own: pd.DataFrame) -> alt.LayerChart:
        return _panel(own, methods, limits)

    remark = "ROC AUC on clips that the classifier never saw; thick: embeddings as they are"
    return panel_grid(rows, panel, remark, x="independent", height=150)


def _panel(rows: pd.DataFrame, methods: list[str], limits: list[float]) -> alt.LayerChart:
    place = alt.Chart().encode(x=strengths(rows))
    scale = alt.Scale(domain=limits, nice=True, zero=False)
    axis = alt.Axis(grid=True, tickCount=4, format=".2~f")
    height = alt.Y("auc:Q", title=None, scale=scale, axis=axis)
    bare = place.transform_filter(f"datum.method == '{NOTHING}'")
    taken_out = place.transform_filter(f"datum.method != '{NOTHING}'")
    band = bare.mark_area(style="ink", opacity=0.1).encode(
        y=alt.Y("low:Q", title=None, scale=scale, axis=axis), y2="high:Q"
    )
    thick = bare.mark_line(style="ink", strokeWidth=3).encode(y=height)
    thin = taken_out.mark_line(strokeWidth=1.5).encode(
        y=height, color=series_colour("method", methods), strokeDash=series_dash("method", methods)
    )
    tips = tooltip(rows, "effect_family", "method", "setting", "auc", "auc_low", "auc_high")
    point = place.mark_point(size=40, opacity=0).encode(y=height, tooltip=tips)
    chance = once().mark_rule(style="frame").encode(y=alt.datum(_CHANCE))
    layers = [band, *([thin] if methods else []), thick, point]
    return alt.LayerChart(layer=[chance, *layers] if limits[0] <= _CHANCE else layers)
