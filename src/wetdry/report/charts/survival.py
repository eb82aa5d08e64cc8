"""Which shifts remain under every check."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, responsive
from wetdry.report.charts.tooltips import tooltip

SURVIVES = "survives"
"""The check that sums up the others; its column comes last, and what was tested is filled."""

UNTESTED = "not tested"
VERDICTS = ("yes", "partly", "no", UNTESTED)

# As lines: a tick, a wave, a cross, a dash. The sign tells the verdict where the colour does not.
_SIGNS = {
    "yes": "M-0.75,0.05L-0.2,0.6L0.8,-0.6",
    "partly": "M-0.8,0.2C-0.5,-0.5,-0.15,-0.35,0,0C0.15,0.35,0.5,0.5,0.8,-0.2",
    "no": "M-0.6,-0.6L0.6,0.6M-0.6,0.6L0.6,-0.6",
    UNTESTED: "M-0.45,0L0.45,0",
}
_CELL, _WIDTH, _COLUMNS = 22, 170, 3


def survival(rows: pd.DataFrame) -> alt.VConcatChart | alt.Chart:
    """A cell an effect and check with its verdict; a panel an encoder, a row of panels a target.

    `rows` holds encoder, effect, target, check (in order, "survives" for all of them together), verdict ("yes",
    "partly", "no" or "not tested"), shift and detail (why, in words).
    """
    if rows.empty:
        return nothing("No shift was put to a check.")
    unknown = set(rows["verdict"]) - set(VERDICTS)
    if unknown:
        raise ValueError(f'a verdict is one of {", ".join(VERDICTS)}, not "{min(unknown)}"')
    checks = sorted(in_order(rows["check"]), key=lambda check: check == SURVIVES)
    parts = [_target(own, str(target), checks) for target, own in rows.groupby("target", sort=False)]
    return alt.VConcatChart(vconcat=parts, spacing=24).properties(usermeta=responsive(panel=200))


def _target(rows: pd.DataFrame, target: str, checks: list[str]) -> alt.FacetChart:
    encoders = in_order(rows["encoder"])
    return (
        _panel(rows, checks)
        .properties(width=_WIDTH, height=_CELL * rows["effect"].nunique())
        .facet(
            facet=alt.Facet("encoder:N", title=None, sort=encoders),
            columns=min(_COLUMNS, len(encoders)),
            spacing={"column": 20, "row": 20},
            # Each panel has its own headings, or they would stand above its name.
            resolve=alt.Resolve(axis=alt.AxisResolveMap(x="independent")),
        )
        .properties(title=target.capitalize())
    )


def _panel(rows: pd.DataFrame, checks: list[str]) -> alt.LayerChart:
    bold = alt.condition(f"datum.value == '{SURVIVES}'", alt.value("bold"), alt.value("normal"))
    headings = alt.Axis(orient="top", labelAngle=-40, labelLimit=130, labelOverlap=False, labelFontWeight=bold)
    base = alt.Chart().encode(
        x=alt.X("check:N", sort=checks, title=None, axis=headings),
        y=alt.Y(
            "effect:N", sort=in_order(rows["effect"]), title=None, axis=alt.Axis(labelLimit=150, labelOverlap=False)
        ),
        tooltip=tooltip(rows, "encoder", "effect_family", "target", "check", "verdict", "shift", "detail"),
    )
    one, all_of_them = (base.transform_filter(f"datum.check {sign} '{SURVIVES}'") for sign in ("!=", "=="))
    tested, untested = (f"datum.verdict {sign} '{UNTESTED}'" for sign in ("!=", "=="))
    signs: dict[str, Any] = {"filled": False, "strokeWidth": 2, "size": 90}
    plain = one.mark_point(**signs), all_of_them.transform_filter(untested).mark_point(**signs)
    return alt.LayerChart(
        data=rows,
        layer=[
            base.mark_rect(style="panel", cornerRadius=0),
            all_of_them.transform_filter(tested).mark_rect().encode(color=_colour()),
            *(chart.encode(color=_colour(), shape=_shape()) for chart in plain),
            all_of_them.transform_filter(tested).mark_point(style="reversed", **signs).encode(shape=_shape()),
        ],
    )


def _colour() -> alt.Color:
    return alt.Color("verdict:N", scale=alt.Scale(domain=_SLOTS, range="category"), legend=_LEGEND)


def _shape() -> alt.Shape:
    signs = [_SIGNS.get(slot, "circle") for slot in _SLOTS]
    return alt.Shape("verdict:N", scale=alt.Scale(domain=_SLOTS, range=signs), legend=_LEGEND)


# Of the palette's ten colours the orange, the green, the dark red and the grey; the rest stay unused.
_SLOTS = ["-0", "partly", "yes", "no", *(f"-{slot}" for slot in range(4, 9)), UNTESTED]
_LEGEND = alt.Legend(title=None, values=list(VERDICTS))
