"""What each feature does to the estimates of a model, song by song."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.report.charts.frames import limits
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive, signed_axis
from wetdry.report.charts.thinning import thinned
from wetdry.report.charts.tooltips import tooltip

MOST_FEATURES = 15

_ROW, _WIDTH, _POINT = 24, 560, 12
_STACKS = 120
"""Of points side by side in a row as wide as the values of its target reach."""

Values = npt.NDArray[np.float64]


def shap_summary(shap: pd.DataFrame) -> alt.VConcatChart | alt.Chart:
    """A swarm of clips for each of the 15 features that move the estimates most on average; a panel a target.

    `shap` holds target, feature, item, shap (in the target's unit) and value (where the feature of the clip lies among
    all clips, 0 to 1; NaN where the feature does not vary). The means are taken over all clips; of many, evenly chosen
    ones are drawn.
    """
    rows = shap.dropna(subset=["shap"])
    if rows.empty:
        return nothing("No estimate could be explained.")
    chosen = pd.concat([_strongest(own) for _, own in rows.groupby("target", sort=False)])
    drawn = thinned(chosen)
    parts = [_panel(own, str(target)) for target, own in drawn.groupby("target", sort=False)]
    return alt.VConcatChart(vconcat=parts, spacing=26, usermeta=responsive(panel=200))


def swarm(values: Values, width: float) -> Values:
    """How far aside each point is set so that none hides another: 0, 1, −1, 2 … within a stack of that `width`.

    >>> swarm(np.array([0.0, 0.4, 5.0, 0.2]), width=1.0).tolist()
    [0.0, -1.0, 0.0, 1.0]
    """
    order = np.argsort(values, kind="stable")
    stacks = np.floor((values[order] - values.min()) / width)
    starts = np.searchsorted(stacks, stacks)
    place = np.arange(len(values)) - starts
    aside = np.empty(len(values))
    aside[order] = np.where(place % 2 == 1, (place + 1) // 2, -(place // 2))
    return aside + 0.0


def _strongest(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the features that move one target most, most first."""
    strength = rows["shap"].abs().groupby(rows["feature"]).mean().sort_values(ascending=False, kind="stable")
    names = strength.index[:MOST_FEATURES]
    rank = pd.Series(range(len(names)), index=names)
    kept = rows[rows["feature"].isin(names)]
    return kept.assign(rank=kept["feature"].map(rank)).sort_values("rank", kind="stable")


def _panel(rows: pd.DataFrame, target: str) -> alt.LayerChart:
    features = in_order(rows["feature"])
    reach = float(np.ptp(rows["shap"])) or 1.0
    aside = rows.groupby("feature", sort=False)["shap"].transform(lambda own: swarm(own.to_numpy(), reach / _STACKS))
    # A stack that would leave its row is pressed together, and all others of the panel with it.
    most = max(_ROW / 2 / 3.0, float(aside.abs().max()))
    points = rows.assign(beside=aside / most)[["feature", "item", "shap", "value", "beside"]].round(5)
    base = alt.Chart().encode(
        x=alt.X(
            "shap:Q",
            title=f"what the feature adds to the estimate of {target}",
            scale=alt.Scale(domain=limits(points["shap"], least=0.02), nice=True),
            axis=signed_axis(4),
        ),
        y=alt.Y(
            "feature:N",
            sort=features,
            title=None,
            axis=alt.Axis(grid=True, gridDash=[1, 3], labelLimit=130, labelOverlap=False),
        ),
        yOffset=alt.YOffset("beside:Q", scale=alt.Scale(domain=[-1.25, 1.25])),
        tooltip=tooltip(points, "item", "feature", "shap", "quantile"),
    )
    zero = once().mark_rule(style="zero").encode(x=alt.datum(0))
    # The low end of the colours is close to the page, so each point has an outline.
    dot: dict[str, Any] = {"style": "remark", "size": _POINT, "strokeWidth": 0.4}
    known = base.transform_filter("isValid(datum.value)").mark_point(filled=False, **dot).encode(fill=_quantile())
    unknown = base.transform_filter("!isValid(datum.value)").mark_point(**dot)
    return alt.LayerChart(data=points, layer=[zero, known, unknown]).properties(
        width=_WIDTH, height=_ROW * len(features), title=target.capitalize()
    )


def _quantile() -> alt.Fill:
    words = "datum.value == 0 ? 'feature low' : 'high'"
    legend = alt.Legend(title=None, values=[0, 1], labelExpr=words, gradientLength=160, gradientThickness=8)
    return alt.Fill("value:Q", scale=alt.Scale(domain=[0, 1], range="ramp"), legend=legend)
