"""Where effects move the mean estimate in the plane of valence and arousal, as they are and matched in loudness."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.plane import CROWDED, Parts, background, foreground, parts_of
from wetdry.report.charts.plane_geometry import DRY, Axes, Frame
from wetdry.report.charts.scales import nothing, once, responsive
from wetdry.report.theme import CONTROLS

_ALONE, _BESIDE = (620, 440), (330, 330)


def emotion_plane(
    points: pd.DataFrame, scale: tuple[float, float] | None = None, unit: str = ""
) -> alt.FacetChart | alt.Chart:
    """From the mean dry point one arrow an effect, through its levels to the strongest; a panel each control there is.

    `points` holds effect ("dry" for the dry point), level, valence, arousal and control ("raw" or "matched"; whatever
    it is for the dry point). `scale` holds both ends of a scale of ratings such as (1, 9), of which the middle is
    marked; None is a scale without ends, such as standard deviations. `unit` is named at both axes. Panels share axes.
    """
    axes = _axes(scale, unit)
    points = points.dropna(subset=axes.columns).rename(columns={"effect": "family"})
    controls = [control for control in CONTROLS if control in set(points.loc[points["family"] != DRY, "control"])]
    if not controls:
        return nothing("No effect has a place in the plane.")
    size = _ALONE if len(controls) == 1 else _BESIDE
    points = points.assign(clip="mean over clips")
    frame = Frame.around(points, axes, size)
    panels = {
        CONTROLS[control]: parts_of(points[(points["family"] == DRY) | (points["control"] == control)], frame)
        for control in controls
    }
    rows = pd.concat(
        [
            table.assign(kind=kind, compared=compared)
            for compared, parts in panels.items()
            for kind, table in parts.tables.items()
        ],
        ignore_index=True,
    )
    chart = (
        alt.LayerChart(data=rows, layer=_layers(frame, list(panels.values())))
        .properties(width=size[0], height=size[1])
        .facet(
            facet=alt.Facet("compared:N", title=None, sort=list(panels)),
            columns=len(panels),
            spacing={"column": 20, "row": 20},
        )
        .properties(usermeta=responsive(panel=260))
    )
    if any(parts.crowded for parts in panels.values()):
        chart.title = alt.TitleParams(text=CROWDED, fontSize=12, fontWeight=400)
    return chart


def _axes(scale: tuple[float, float] | None, unit: str) -> Axes:
    measured = f", {unit}" if unit else ""
    return Axes("valence", "arousal", f"valence{measured} →", f"arousal{measured} →", scale)


def _layers(frame: Frame, panels: list[Parts]) -> list[alt.Chart]:
    """The layers of every panel: each takes its part of the rows of its panel."""
    tables = {kind: pd.concat([parts.tables[kind] for parts in panels]) for kind in panels[0].tables}
    families = list(dict.fromkeys(family for parts in panels for family in parts.families))
    unlabelled = [family for family in families if any(family in parts.unlabelled for parts in panels)]
    parts = Parts(tables, families, unlabelled, crowded=False)

    def source(chart: alt.Chart, kind: str) -> alt.Chart:
        drawn: alt.Chart = chart.transform_filter(f"datum.kind == '{kind}'")
        return drawn

    return [*background(frame, once()), *foreground(frame, parts, source, ("child_width", "child_height"))]
