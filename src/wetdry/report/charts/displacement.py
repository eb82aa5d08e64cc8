"""How far an effect moves the embedding."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import families_in, over_clips, with_controls
from wetdry.report.charts.labels import spread
from wetdry.report.charts.scales import (
    control_colour,
    control_dash,
    control_shape,
    controls_beside,
    family_colour,
    nothing,
    responsive,
)
from wetdry.report.charts.tooltips import tooltip
from wetdry.report.theme import CONTROLS

NULL_FAMILY = "identity"
MAX_LEVEL = 10
MOST_LINES = 10
"""In one panel; the palette has as many colours."""
HEADROOM = 1.4
"""How far beyond the largest displacement the scale may reach."""

_HEIGHT, _LINE, _ROW = 300, 14, 30
_TITLE = "displacement, in dry spreads"
_TIPS = ("family", "effect", "level", "compared", "displacement", "displacement_low", "displacement_high")


def displacement(rows: pd.DataFrame) -> alt.VConcatChart:
    """Displacement of the embedding: against the level, one line a family; without levels, one point a family.

    Up to ten families share a panel and are labelled in it; more have a panel each.
    `rows` holds clip, family, level, control and displacement with its interval low to high, in units of the spread
    between the windows of the dry clip: at 1 an effect moves the embedding as far as the music itself does. Rows of the
    family "identity" are the floor that measuring alone gives. Rows without a displacement are left out;
    intervals that run off the scale are cut at its edge.
    """
    rows = with_controls(over_clips(rows).dropna(subset=["displacement"]))
    # The scale follows the estimates: one wide interval must not flatten everything else.
    top = min(1.05 * max([1.0, *rows["high"].dropna()]), HEADROOM * max([1.0, *rows["displacement"]]))
    rows = rows.assign(low=rows["low"].clip(lower=0.0), high=rows["high"].clip(upper=top))
    swept, single = rows[rows["level"].notna()], rows[rows["level"].isna()]
    parts: list[alt.FacetChart | alt.LayerChart | alt.Chart] = []
    crowded = swept["family"].nunique() > MOST_LINES
    if set(swept["family"]) - {NULL_FAMILY}:
        parts.append((_panels if crowded else _lines)(swept, rows[rows["family"] == NULL_FAMILY], top))
        single = single[single["family"] != NULL_FAMILY]
    if len(single):
        parts.append(_points(single, top))
    if not parts:
        parts.append(nothing("No displacement could be measured."))
    apart = alt.Resolve(scale=alt.ScaleResolveMap(color="independent", shape="independent", strokeDash="independent"))
    narrowest = responsive(panel=96 if crowded else 210)
    return alt.VConcatChart(vconcat=parts, spacing=30, resolve=apart, usermeta=narrowest)


def _lines(swept: pd.DataFrame, identity: pd.DataFrame, top: float) -> alt.FacetChart:
    swept = swept[swept["family"] != NULL_FAMILY]
    floors = identity[identity["compared"].isin(swept["compared"])]
    floors = floors.loc[floors.groupby("compared")["displacement"].idxmax()].assign(level=float(MAX_LEVEL))
    last = swept.loc[swept.groupby(["compared", "family"])["level"].idxmax()]
    marks = pd.concat(
        [swept.assign(kind="line"), floors.assign(kind="floor"), _labels(pd.concat([last, floors]), top)],
        ignore_index=True,
    )
    panels = [how for how in CONTROLS.values() if how in set(marks["compared"])]
    return (
        _panel(marks, families_in(marks), top)
        .properties(width=270, height=_HEIGHT)
        .facet(
            facet=alt.Facet("compared:N", title=None, sort=panels),
            columns=min(2, len(panels)),
            spacing={"column": 80, "row": 30},
        )
    )


def _panels(swept: pd.DataFrame, identity: pd.DataFrame, top: float) -> alt.FacetChart:
    swept = swept[swept["family"] != NULL_FAMILY]
    compared = list(swept["compared"].unique())
    base = alt.Chart().encode(x=_level([0, 5, 10]), color=control_colour(compared, lines=True))
    scale = alt.Scale(domain=[0, top], nice=False)
    height = alt.Y("displacement:Q", title=None, scale=scale, axis=alt.Axis(grid=True, tickCount=4))
    one = alt.Chart().mark_rule(style="frame").encode(y=alt.datum(1))
    floor = alt.Chart().mark_rule(style="zero", strokeDash=[1, 3]).encode(y=alt.datum(identity["displacement"].max()))
    band = base.mark_area(opacity=0.13).encode(y=alt.Y("low:Q", title=None, scale=scale), y2="high:Q")
    line = base.mark_line().encode(y=height, strokeDash=control_dash(compared))
    point = base.mark_point(size=22).encode(y=height, tooltip=tooltip(swept, *_TIPS))
    layers = [one, *([floor] if len(identity) else []), band, line, point]
    return (
        alt.LayerChart(data=swept, layer=layers)
        .properties(width=140, height=108)
        .facet(
            facet=alt.Facet("family:N", title=None, sort=families_in(swept)),
            columns=4,
            spacing={"column": 18, "row": 14},
        )
        .properties(title=alt.TitleParams(text=["displacement,", "in dry spreads"]))
    )


def _labels(ends: pd.DataFrame, top: float) -> pd.DataFrame:
    """A label for the end of each line, `label_at` a height at which none covers another."""
    gap = _LINE / _HEIGHT * top
    return pd.concat(
        [
            panel.assign(kind="label", label_at=spread(list(panel["displacement"]), gap))
            for _, panel in ends.groupby("compared", sort=False)
        ]
    )


def _panel(marks: pd.DataFrame, families: list[str], top: float) -> alt.LayerChart:
    def rows_of(kind: str) -> alt.Chart:
        return alt.Chart().transform_filter(f"datum.kind == '{kind}'")

    level = _level(range(0, MAX_LEVEL + 1, 2))
    scale = alt.Scale(domain=[0, top], nice=False)
    height = alt.Y("displacement:Q", title=_TITLE, scale=scale, axis=alt.Axis(grid=True, tickCount=6))
    colour = family_colour(families)
    one = alt.Chart().mark_rule(style="frame").encode(y=alt.datum(1))
    floor = rows_of("floor").mark_rule(strokeDash=[1, 3], strokeWidth=1.5).encode(y=height, color=colour)
    low = alt.Y("low:Q", scale=scale)
    band = rows_of("line").mark_area(opacity=0.1).encode(x=level, y=low, y2="high:Q", color=colour)
    line = rows_of("line").mark_line().encode(x=level, y=height, color=colour)
    point = rows_of("line").mark_point(size=26).encode(x=level, y=height, color=colour, tooltip=tooltip(marks, *_TIPS))
    label = (
        rows_of("label")
        .mark_text(align="left", dx=8, fontWeight=600)
        .encode(x=level, y=alt.Y("label_at:Q", scale=scale), text="family:N", color=colour)
    )
    return alt.LayerChart(data=marks, layer=[one, floor, band, line, point, label])


def _level(ticks: Sequence[int]) -> alt.X:
    scale = alt.Scale(domain=[0, MAX_LEVEL], nice=False)
    return alt.X("level:Q", title="level", scale=scale, axis=alt.Axis(grid=False, values=list(ticks), titlePadding=2))


def _points(rows: pd.DataFrame, top: float) -> alt.LayerChart:
    compared = list(rows["compared"].unique())
    order = [str(name) for name in rows.groupby("family")["displacement"].max().sort_values(ascending=False).index]
    base = alt.Chart().encode(
        y=alt.Y("family:N", sort=order, title=None, axis=alt.Axis(grid=True, gridDash=[1, 3], labelLimit=190)),
        yOffset=controls_beside(compared),
        color=control_colour(compared),
    )
    scale = alt.Scale(domain=[0, top], nice=False)
    interval = base.mark_rule(strokeWidth=2, opacity=0.75).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    point = base.mark_point().encode(
        x=alt.X("displacement:Q", title=_TITLE, scale=scale, axis=alt.Axis(grid=True, tickCount=6)),
        shape=control_shape(compared),
        tooltip=tooltip(rows, *_TIPS),
    )
    one = alt.Chart().mark_rule(style="frame").encode(x=alt.datum(1))
    return alt.LayerChart(data=rows, layer=[one, interval, point], width=560, height=_ROW * len(order))
