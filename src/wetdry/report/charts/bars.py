"""Effects side by side: one point with its interval each."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import limits, over_clips, strongest, targets_in, with_controls
from wetdry.report.charts.scales import control_colour, control_shape, controls_beside, responsive, signed_axis
from wetdry.report.charts.tooltips import tooltip

DIRECTIONS = {"energy": ("calmer", "more energetic"), "valence": ("more negative", "more positive")}
"""What less and more of a target sounds like."""

_ROW = 34


def effect_bars(shifts: pd.DataFrame) -> alt.FacetChart:
    """Shift of each effect without levels (chains, plug-ins), one panel a target."""
    rows = over_clips(shifts)
    rows = with_controls(rows[rows["level"].isna()])
    targets = targets_in(rows)
    order = _by_size(rows.groupby("family")["shift"].apply(lambda shift: shift.abs().max()))
    return (
        _intervals(rows, alt.Y("family:N", sort=order, title=None, axis=_row_axis()), "wet − dry")
        .properties(width=260, height=_ROW * len(order))
        .facet(facet=alt.Facet("target:N", title=None, sort=targets), columns=len(targets))
        .properties(usermeta=responsive(panel=230))
    )


def ranking(rows: pd.DataFrame, target: str) -> alt.LayerChart:
    """Effects at their strongest level in the order of their raw shift of `target`, both directions.

    The gain-only control is left out: `gain_share` says what loudness explains.
    """
    rows = over_clips(rows)
    rows = rows[(rows["target"] == target) & rows["control"].isin(["raw", "matched"])]
    rows = strongest(rows)
    rows = with_controls(rows)
    raw = rows[rows["control"] == "raw"]
    order = _by_size(raw.set_index("family")["shift"])
    less, more = DIRECTIONS.get(target, (f"less {target}", f"more {target}"))
    title = [f"← {less}   ·   {more} →", f"{target}, wet − dry"]
    names = alt.Y("family:N", sort=order, title=None, axis=_row_axis())
    return _intervals(rows, names, title).properties(width="container", height=_ROW * rows["family"].nunique())


def _intervals(rows: pd.DataFrame, names: alt.Y, title: str | list[str]) -> alt.LayerChart:
    compared = list(rows["compared"].unique())
    scale = alt.Scale(domain=limits([*rows["shift"], *rows["low"], *rows["high"]]), nice=True)
    axis = signed_axis(5)
    base = alt.Chart(rows).encode(y=names, yOffset=controls_beside(compared), color=control_colour(compared))
    zero = alt.Chart().mark_rule(style="zero").encode(x=alt.datum(0))
    interval = base.mark_rule(strokeWidth=2, opacity=0.75).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=axis), x2="high:Q"
    )
    point = base.mark_point().encode(
        x=alt.X("shift:Q", title=title, scale=scale, axis=axis),
        shape=control_shape(compared),
        tooltip=tooltip(rows, "family", "effect", "level", "compared", "shift", "low", "high", "q", "effect_size"),
    )
    return alt.LayerChart(data=rows, layer=[zero, interval, point])


def _by_size(shift: pd.Series[float]) -> list[str]:
    return [str(name) for name in shift.sort_values(ascending=False).index]


def _row_axis() -> alt.Axis:
    return alt.Axis(grid=True, gridDash=[1, 3], labelLimit=190)
