"""How strong an effect an embedding is read to have, beside how strong it was."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import Scales, in_order
from wetdry.report.charts.scales import nothing, responsive
from wetdry.report.charts.tooltips import tooltip

_SIDE, _ROW, _COLUMNS = 190, 18, 3
_SPACING = {"column": 40, "row": 26}
_TIPS = ("item", "effect_family", "true", "estimate", "estimate_low", "estimate_high", "unit")


def effect_reading(rows: pd.DataFrame) -> alt.VConcatChart:
    """Estimated strength with its interval: against the true one where that is known, else by item.

    `rows` holds item, effect, true (NaN where unknown), estimate with its interval low to high, and unit. On the
    diagonal an estimate is right. Each effect has a panel with a scale in its unit.
    """
    rows = rows.assign(
        panel=[
            f"{effect} ({unit})" if unit else str(effect)
            for effect, unit in zip(rows["effect"], rows["unit"], strict=True)
        ]
    )
    known, unknown = rows[rows["true"].notna()], rows[rows["true"].isna()]
    parts: list[alt.FacetChart | alt.Chart] = []
    if len(known):
        parts.append(_against_true(known))
    if len(unknown):
        parts.append(_by_item(unknown))
    if not parts:
        parts.append(nothing("No clip was read."))
    return alt.VConcatChart(vconcat=parts, spacing=30, usermeta=responsive(panel=150))


def _against_true(rows: pd.DataFrame) -> alt.FacetChart:
    marks = pd.concat([rows.assign(kind="reading"), _diagonals(rows)], ignore_index=True)
    scale = alt.Scale(zero=False, nice=False)
    grid = alt.Axis(grid=True, tickCount=5)
    x = alt.X("true:Q", title="true strength", scale=scale, axis=grid)
    reading = alt.Chart().transform_filter("datum.kind == 'reading'").encode(x=x)
    right = (
        alt.Chart()
        .transform_filter("datum.kind == 'diagonal'")
        .mark_line(style="frame", strokeWidth=1)
        .encode(x=x, y=alt.Y("estimate:Q", scale=scale), detail="panel:N")
    )
    interval = reading.mark_rule(style="accent", strokeWidth=1.5, opacity=0.45).encode(
        y=alt.Y("low:Q", title="estimated strength", scale=scale, axis=grid), y2="high:Q"
    )
    point = reading.mark_point(style="accent", size=34).encode(
        y=alt.Y("estimate:Q", title="estimated strength", scale=scale, axis=grid), tooltip=tooltip(rows, *_TIPS)
    )
    return _faceted(alt.LayerChart(data=marks, layer=[right, interval, point]), rows, height=_SIDE)


def _diagonals(rows: pd.DataFrame) -> pd.DataFrame:
    """Two ends for each panel that hold all of its values, so that both of its scales have the same limits."""
    values = rows.melt("panel", ["true", "estimate", "low", "high"]).groupby("panel", sort=False)["value"]
    ends: pd.DataFrame = pd.concat([values.min(), values.max()]).rename("true").reset_index()
    ends["estimate"], ends["kind"] = ends["true"], "diagonal"
    return ends


def _by_item(rows: pd.DataFrame) -> alt.FacetChart:
    items = in_order(rows["item"])
    grid = alt.Axis(grid=True, tickCount=5)
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart().encode(
        y=alt.Y("item:N", sort=items, title=None, axis=alt.Axis(grid=True, gridDash=[1, 3], labelLimit=150))
    )
    interval = base.mark_rule(style="accent", strokeWidth=2, opacity=0.6).encode(
        x=alt.X("low:Q", title="estimated strength", scale=scale, axis=grid), x2="high:Q"
    )
    point = base.mark_point(style="accent").encode(
        x=alt.X("estimate:Q", title="estimated strength", scale=scale, axis=grid), tooltip=tooltip(rows, *_TIPS)
    )
    return _faceted(alt.LayerChart(data=rows, layer=[interval, point]), rows, height=_ROW * len(items), y="shared")


def _faceted(panel: alt.LayerChart, rows: pd.DataFrame, height: int, y: Scales = "independent") -> alt.FacetChart:
    panels = in_order(rows["panel"])
    resolve = alt.Resolve(scale=alt.ScaleResolveMap(x="independent", y=y))
    chart: alt.FacetChart = panel.properties(width=_SIDE, height=height).facet(
        facet=alt.Facet("panel:N", title=None, sort=panels),
        columns=min(_COLUMNS, len(panels)),
        spacing=_SPACING,
        resolve=resolve,
    )
    return chart
