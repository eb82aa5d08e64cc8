"""How the estimate moves with the level of an effect."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import families_in, limits, over_clips, targets_in, with_controls
from wetdry.report.charts.scales import control_colour, control_dash, responsive, signed_axis
from wetdry.report.charts.tooltips import tooltip

MAX_LEVEL = 10


def dose_response(shifts: pd.DataFrame) -> alt.VConcatChart:
    """Small multiples, one panel an effect family, one row of panels a target: shift against level.

    Families without levels are left out (see `effect_bars`). All panels of a target share their limits, so that a
    flat line is flat; targets have limits of their own, as they may be on any scale.
    """
    rows = with_controls(over_clips(shifts).dropna(subset=["level"]))
    panels = [_panels(rows[rows["target"] == target], target) for target in targets_in(rows)]
    return alt.vconcat(*panels, spacing=26).properties(usermeta=responsive(panel=96))


def _panels(rows: pd.DataFrame, target: str) -> alt.FacetChart:
    limit = limits([*rows["shift"], *rows["low"], *rows["high"]])
    compared = list(rows["compared"].unique())
    families = families_in(rows)
    base = alt.Chart().encode(
        x=alt.X(
            "level:Q",
            title="level",
            scale=alt.Scale(domain=[0, MAX_LEVEL], nice=False),
            axis=alt.Axis(values=[0, 5, 10], grid=False, titlePadding=2),
        ),
        color=control_colour(compared, lines=True),
    )
    height = alt.Y("shift:Q", title=None, scale=alt.Scale(domain=limit), axis=signed_axis(4))
    zero = alt.Chart().mark_rule(style="zero").encode(y=alt.datum(0))
    band = base.mark_area(opacity=0.13).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    line = base.mark_line().encode(y=height, strokeDash=control_dash(compared))
    point = base.mark_point(size=22).encode(
        y=height, tooltip=tooltip(rows, "effect", "level", "compared", "shift", "low", "high", "q")
    )
    return (
        alt.layer(zero, band, line, point, data=rows)
        .properties(width=140, height=108)
        .facet(
            facet=alt.Facet("family:N", title=None, sort=families),
            columns=min(4, len(families)),
            spacing={"column": 18, "row": 14},
        )
        .properties(title=f"{target.capitalize()}, wet − dry")
    )
