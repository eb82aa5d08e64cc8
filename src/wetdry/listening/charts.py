"""Listeners against a model, pair by pair."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.listening.results import SCALES
from wetdry.report.charts.frames import families_in, limits
from wetdry.report.charts.scales import family_colour, nothing, once, responsive, signed_axis

_SIDE = 270


def listeners_against_model(pairs: pd.DataFrame, model: str) -> alt.VConcatChart:
    """One point a pair, one panel a scale: the model's shift across, the listeners' mean shift up.

    `pairs` holds clip, family, setting, and for each scale the listeners' shift and the model's as `model_…`. Where
    both move the same way, points lie in the upper right and lower left.
    """
    rows = pd.concat(
        [
            pairs[["clip", "family", "setting"]].assign(
                target=scale, listeners=pairs[scale], model=pairs[f"model_{scale}"]
            )
            for scale in SCALES
        ],
        ignore_index=True,
    ).dropna(subset=["model"])
    if rows.empty:
        return alt.VConcatChart(vconcat=[nothing("The model estimates no scale that listeners rated.")])
    axis = signed_axis(5)
    up = alt.Scale(domain=limits(rows["listeners"]), nice=True)
    across_zero = once("target").mark_rule(style="zero").encode(x=alt.datum(0))
    up_zero = once("target").mark_rule(style="zero").encode(y=alt.datum(0))
    point = (
        alt.Chart()
        .mark_point(opacity=0.85)
        .encode(
            x=alt.X("model:Q", title=f"{model}, wet − dry", scale=alt.Scale(zero=True, nice=True), axis=axis),
            y=alt.Y("listeners:Q", title="listeners, wet − dry", scale=up, axis=axis),
            color=family_colour(rows["family"], families_in(rows)),
            tooltip=[
                alt.Tooltip("clip:N", title="clip"),
                alt.Tooltip("setting:N", title="effect"),
                alt.Tooltip("listeners:Q", title="listeners", format="+.2f"),
                alt.Tooltip("model:Q", title="model", format="+.3f"),
            ],
        )
    )
    shown = [scale for scale in SCALES if scale in set(rows["target"])]
    panels = (
        alt.LayerChart(data=rows, layer=[across_zero, up_zero, point])
        .properties(width=_SIDE, height=_SIDE)
        .facet(
            facet=alt.Facet("target:N", title=None, sort=shown),
            columns=len(shown),
            spacing={"column": 40, "row": 26},
            resolve=alt.Resolve(scale=alt.ScaleResolveMap(x="independent")),
        )
    )
    return alt.VConcatChart(vconcat=[panels], usermeta=responsive(panel=230))
