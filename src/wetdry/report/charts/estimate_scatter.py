"""What models estimate against what was rated."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.leaderboard import BETWEEN
from wetdry.report.charts.scales import nothing, once, responsive
from wetdry.report.charts.thinning import thinned
from wetdry.report.charts.tooltips import tooltip

_SIDE, _COLUMNS = 200, 3


def estimate_scatter(estimates: pd.DataFrame) -> alt.VConcatChart | alt.Chart:
    """A point a clip held out; on the diagonal an estimate is right. A panel a model, a row of panels a target.

    `estimates` holds model, item, target, truth and estimate; several estimates of a clip by one model are averaged. Of
    many clips evenly chosen ones are drawn.
    """
    rows = estimates.dropna(subset=["truth", "estimate"])
    if rows.empty:
        return nothing("No clip was estimated.")
    points = rows.groupby(["model", "target", "item"], sort=False)[["truth", "estimate"]].mean().reset_index()
    models = in_order(points["model"])
    points = thinned(points)
    parts = [_target(own, str(target), models) for target, own in points.groupby("target", sort=False)]
    return alt.VConcatChart(vconcat=parts, spacing=26, usermeta=responsive(panel=_SIDE))


def _target(points: pd.DataFrame, target: str, models: list[str]) -> alt.FacetChart:
    values = pd.concat([points["truth"], points["estimate"]])
    margin = 0.04 * float(values.max() - values.min())
    ends = [float(values.min()) - margin, float(values.max()) + margin]
    return (
        _panel(points, alt.Scale(domain=ends, nice=False), ends)
        .properties(width=_SIDE, height=_SIDE)
        .facet(
            facet=alt.Facet("model:N", title=None, sort=models, header=_header()),
            columns=min(_COLUMNS, len(models)),
            spacing={"column": 18, "row": 18},
        )
        .properties(title=target.capitalize())
    )


def _header() -> alt.Header:
    """The name of a model above its panel, in a line each part."""
    return alt.Header(labelExpr=f"split(datum.label, '{BETWEEN}')", labelLimit=_SIDE)


def _panel(points: pd.DataFrame, scale: alt.Scale, ends: list[float]) -> alt.LayerChart:
    axis = alt.Axis(grid=True, tickCount=5)
    x, y = (
        alt.X("truth:Q", title="rated", scale=scale, axis=axis),
        alt.Y("estimate:Q", title="estimated", scale=scale, axis=axis),
    )
    corner = {"x": alt.XDatum(ends[0], scale=scale), "y": alt.YDatum(ends[0], scale=scale)}
    right = once().mark_rule(style="frame").encode(**corner, x2=alt.datum(ends[1]), y2=alt.datum(ends[1]))
    tips = tooltip(points, "model", "item", "target", "truth", "estimate")
    point = alt.Chart().mark_point(style="accent", size=26, opacity=0.5).encode(x=x, y=y, tooltip=tips)
    return alt.LayerChart(data=points, layer=[right, point])
