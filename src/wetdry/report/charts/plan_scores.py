"""What methods reach by each plan of training."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.interval_dots import interval_dots
from wetdry.report.charts.scales import nothing, once
from wetdry.report.charts.tooltips import tooltip


def plan_scores(scores: pd.DataFrame, title: str = "mean recall") -> alt.FacetChart | alt.Chart:
    """Scores with their 95 % intervals: a row a method, a dot a plan, a panel of `panel`.

    `scores` holds panel, method, plan and value with its interval low to high, and may hold chance, the value of a
    guess, drawn as a faint rule, and parameters. Rows without a value are left out.
    """
    rows = scores.dropna(subset=["value"])
    if rows.empty:
        return nothing("Nothing was adapted.")
    rows = rows.assign(row=rows["method"], full=True)
    x = alt.X(
        "value:Q",
        title=title,
        scale=alt.Scale(zero=False, nice=True, padding=6),
        axis=alt.Axis(grid=True, tickCount=5, format=".2~f"),
    )
    guess = None
    if "chance" in rows and rows["chance"].notna().any():
        guess = once("chance").transform_filter("isValid(datum.chance)").mark_rule(style="frame").encode(x="chance:Q")
    tips = tooltip(rows, "panel", "method", "plan", "value", "value_low", "value_high", "parameters", "clips")
    return interval_dots(rows, "plan", x, tips, guess)
