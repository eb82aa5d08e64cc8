"""Emotion second by second: as listeners rated it, and as it is estimated."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, responsive, series_colour, series_dash
from wetdry.report.charts.tooltips import tooltip

MOST_SONGS = 6

_WIDTH, _HEIGHT, _COLUMNS = 260, 120, 3


def rating_curves(estimates: pd.DataFrame) -> alt.VConcatChart | alt.Chart:
    """The rated and the estimated course of up to six songs; a row of panels a song, a panel a target.

    `estimates` holds item, encoder ("" for a model that hears nothing), head, target, second, rated and estimated. The
    rated course is the strong line; each encoder and head has a line of its own colour. The first six songs of the
    table are drawn, all to one scale.
    """
    rows = estimates[estimates["item"].isin(in_order(estimates["item"])[:MOST_SONGS])]
    rows = rows.dropna(subset=["rated", "estimated"], how="all")
    if rows.empty:
        return nothing("No song was estimated second by second.")
    encoders, heads = rows["encoder"].astype(str), rows["head"].astype(str)
    rows = rows.assign(who=(encoders + " · " + heads).where(encoders != "", heads))
    values = pd.concat([rows["rated"], rows["estimated"]])
    heights = alt.Scale(domain=[float(values.min()), float(values.max())], nice=True)
    names = in_order(rows["who"])
    parts = [_song(own, str(item), names, heights) for item, own in rows.groupby("item", sort=False)]
    title = alt.TitleParams(text="Thick line: rated by listeners", fontSize=12, fontWeight=400, offset=14)
    return alt.VConcatChart(vconcat=parts, spacing=22, title=title, usermeta=responsive(panel=200))


def _song(rows: pd.DataFrame, item: str, names: list[str], heights: alt.Scale) -> alt.FacetChart:
    targets = in_order(rows["target"])
    return (
        _panel(_lines(rows), names, heights)
        .properties(width=_WIDTH, height=_HEIGHT)
        .facet(
            facet=alt.Facet("target:N", title=None, sort=targets),
            columns=min(_COLUMNS, len(targets)),
            spacing={"column": 18, "row": 14},
        )
        .properties(title=alt.TitleParams(text=item, limit=320))
    )


def _lines(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a point of a line: `kind` is "rated" or "estimated"; the rated course is there once, not once a model."""
    rated = rows.drop_duplicates(["target", "second"]).assign(kind="rated", who="rated")
    rated = rated.rename(columns={"rated": "value"})
    estimated = rows.assign(kind="estimated").rename(columns={"estimated": "value"})
    columns = ["item", "target", "second", "kind", "who", "value"]
    lines: pd.DataFrame = pd.concat([rated[columns], estimated[columns]], ignore_index=True).dropna(subset=["value"])
    return lines


def _panel(rows: pd.DataFrame, names: list[str], heights: alt.Scale) -> alt.LayerChart:
    base = alt.Chart().encode(
        x=alt.X(
            "second:Q",
            title="seconds",
            scale=alt.Scale(zero=False, nice=False),
            axis=alt.Axis(grid=False, tickCount=5, titlePadding=2),
        ),
        y=alt.Y("value:Q", title=None, scale=heights, axis=alt.Axis(grid=True, tickCount=4)),
        tooltip=tooltip(rows, "item", "target", "who"),
    )
    rated = base.transform_filter("datum.kind == 'rated'").mark_line(style="ink", strokeWidth=3)
    estimated = (
        base.transform_filter("datum.kind == 'estimated'")
        .mark_line(strokeWidth=1.6)
        .encode(color=series_colour("who", names), strokeDash=series_dash("who", names))
    )
    return alt.LayerChart(data=rows, layer=[rated, estimated])
