"""How much of a shift is merely that the wet clip is louder."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import families_in, strongest, targets_in
from wetdry.report.charts.scales import family_colour, responsive
from wetdry.report.charts.tooltips import tooltip

DRAWN = (-0.5, 1.5)
"""Shares beyond this are drawn at the edge; their label states the number."""

_ROW = 34


def gain_share(shares: pd.DataFrame) -> alt.FacetChart:
    """Share of each family's shift that a mere gain of the same loudness explains, one panel a target.

    `shares` holds family, target, level, share (1 = all of it) with its interval low to high, determined
    (False where the shift is too close to zero to be divided by) and loudness_change (LU). Each family
    stands at its strongest level; an undetermined share is said in words.
    """
    rows = strongest(shares)
    families, targets = families_in(rows), targets_in(rows)
    rows = rows.assign(
        drawn=rows["share"].clip(*DRAWN),
        drawn_low=rows["low"].clip(*DRAWN),
        drawn_high=rows["high"].clip(*DRAWN),
    )
    return (
        _panel(rows, families)
        .properties(width=270, height=_ROW * len(families))
        .facet(
            facet=alt.Facet("target:N", title=None, sort=targets),
            columns=len(targets),
            spacing={"column": 40, "row": 16},
        )
        .properties(usermeta=responsive(panel=220))
    )


def _panel(rows: pd.DataFrame, families: list[str]) -> alt.LayerChart:
    bounds = rows.loc[rows["determined"].astype(bool), ["drawn_low", "drawn_high"]]
    domain = [min([0.0, *bounds["drawn_low"]]), max([1.0, *bounds["drawn_high"]])]
    scale = alt.Scale(domain=domain, nice=False)
    axis = alt.Axis(format=".0%", values=[-0.5, 0, 0.5, 1, 1.5])
    x = {name: alt.X(f"{name}:Q", title="explained by loudness alone", scale=scale, axis=axis) for name in _DRAWN}
    known = alt.Chart().transform_filter("datum.determined")
    family = alt.Y("family:N", sort=families, title=None, axis=alt.Axis(grid=True, gridDash=[1, 3]))
    colour = family_colour(families)
    none = alt.Chart().mark_rule(style="zero").encode(x=alt.datum(0))
    whole = alt.Chart().mark_rule(style="frame").encode(x=alt.datum(1))
    interval = known.mark_rule(strokeWidth=2, opacity=0.7).encode(
        x=x["drawn_low"], x2="drawn_high:Q", y=family, color=colour
    )
    fields = ("family", "level", "share", "share_low", "share_high", "loudness_change")
    tips = tooltip(rows, *fields)
    point = known.mark_point().encode(x=x["drawn"], y=family, color=colour, tooltip=tips)
    number = known.mark_text(style="label", dy=-11).encode(
        x=x["drawn"], y=family, text=alt.Text("share:Q", format=".0%")
    )
    words = (
        alt.Chart()
        .transform_filter("!datum.determined")
        .mark_text(style="remark", align="left", dx=8, text="undetermined")
        .encode(x=alt.datum(0), y=family)
    )
    return alt.LayerChart(data=rows, layer=[none, whole, interval, point, number, words])


_DRAWN = ("drawn", "drawn_low")
