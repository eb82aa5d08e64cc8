"""Which features go with an emotion."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import limits
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive, signed_axis
from wetdry.report.charts.tooltips import tooltip

MOST_FEATURES = 15

_ROW, _WIDTH, _COLUMNS = 20, 220, 2


def feature_ranking(features: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Correlation of the 15 features of highest rank with each target, strongest at the top; a panel a target.

    `features` holds target, feature, r with its 95 % interval low to high, and rank (from 1, by the size of r).
    Features without a correlation are left out.
    """
    rows = features.dropna(subset=["r"]).sort_values(["rank", "feature"], kind="stable")
    rows = rows.groupby("target", sort=False).head(MOST_FEATURES)
    if rows.empty:
        return nothing("No feature goes with a target.")
    # In the order of the table, not of the ranks.
    targets = [target for target in in_order(features["target"]) if target in set(rows["target"])]
    return (
        _panel(rows)
        .properties(width=_WIDTH, height=alt.Step(_ROW))
        .facet(
            facet=alt.Facet("target:N", title=None, sort=targets),
            columns=min(_COLUMNS, len(targets)),
            spacing={"column": 24, "row": 20},
            resolve=alt.Resolve(scale=alt.ScaleResolveMap(y="independent")),
        )
        .properties(usermeta=responsive(panel=190))
    )


def _panel(rows: pd.DataFrame) -> alt.LayerChart:
    scale = alt.Scale(domain=limits([*rows["r"], *rows["low"], *rows["high"]]), nice=True)
    axis, title = signed_axis(4), "correlation r"
    base = alt.Chart().encode(
        y=alt.Y(
            "feature:N",
            sort=alt.EncodingSortField(field="rank", op="min"),
            title=None,
            axis=alt.Axis(grid=True, gridDash=[1, 3], labelLimit=150, labelOverlap=False),
        ),
        tooltip=tooltip(rows, "target", "feature", "r", "low", "high", "rank"),
    )
    zero = once().mark_rule(style="zero").encode(x=alt.datum(0))
    interval = (
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(style="accent", strokeWidth=2, opacity=0.6)
        .encode(x=alt.X("low:Q", title=title, scale=scale, axis=axis), x2="high:Q")
    )
    point = base.mark_point(style="accent", size=50).encode(x=alt.X("r:Q", title=title, scale=scale, axis=axis))
    return alt.LayerChart(data=rows, layer=[zero, interval, point])
