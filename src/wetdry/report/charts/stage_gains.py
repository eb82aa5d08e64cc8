"""What a treatment adds, with its interval: a second stage of training, an effect, another method."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import limits
from wetdry.report.charts.interval_dots import interval_dots
from wetdry.report.charts.scales import nothing, once, signed_axis
from wetdry.report.charts.tooltips import tooltip


def stage_gains(
    gains: pd.DataFrame, title: str = "gain of mean recall", *, corrected: str = "correction for several"
) -> alt.FacetChart | alt.Chart:
    """Differences from nothing with their 95 % intervals: a row of `row`, a dot a value of `of`, a panel of `panel`.

    `gains` holds panel, row, of and gain with its interval low to high, and may hold p and survives, whether it is
    shown after the `corrected` comparison; a dot is hollow where it is not. Rows without a gain are left out.
    """
    rows = gains.dropna(subset=["gain"])
    if rows.empty:
        return nothing("No gain could be measured.")
    judged = "survives" in rows
    rows = rows.assign(value=rows["gain"], full=rows["survives"].astype(bool) if judged else True)
    scale = alt.Scale(domain=limits([*rows["gain"], *rows["low"], *rows["high"]]), nice=True)
    return interval_dots(
        rows,
        "of",
        alt.X("value:Q", title=title, scale=scale, axis=signed_axis(5)),
        tooltip(rows, "panel", "row_name", "gain_of", "gain", "low", "high", "p", "survives", "clips"),
        once().mark_rule(style="zero").encode(x=alt.datum(0)),
        f"Full: shown after {corrected}; hollow: not shown" if judged else "",
    )
