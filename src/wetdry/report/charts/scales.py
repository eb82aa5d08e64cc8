"""Encodings that charts share: a colour a family, class or series, dashes and shapes beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from wetdry.report.theme import CONTROL_DASHES, CONTROL_SHAPES, CONTROLS, LIGHT, class_domain, family_domain

DIVERGING_REVERSED_FROM = 0.62
"""What is drawn on cells at least so far from zero to an end of the diverging ramp takes the colour of the page."""

_BOLD_LETTER = 7.5
_DASHES = ([1, 0], [5, 3], [1.5, 2.5])


def family_colour(families: Iterable[str], legend: Sequence[str] = ()) -> alt.Color:
    """Colour by family, with a legend of the families that have no label of their own."""
    shown = alt.Legend(title=None, values=list(legend)) if legend else None
    return alt.Color("family:N", scale=alt.Scale(domain=family_domain(families)), legend=shown)


def signed_axis(ticks: int) -> alt.Axis:
    """An axis of differences: a sign on every label but zero."""
    return alt.Axis(labelExpr="datum.value == 0 ? '0' : format(datum.value, '+.2~f')", tickCount=ticks, grid=True)


def control_colour(present: Iterable[str], *, lines: bool = False) -> alt.Color:
    """Colour by control, as `compared` names it; the legend shows pieces of line or points."""
    scale = alt.Scale(domain=list(CONTROLS.values()), range="ordinal")
    return alt.Color("compared:N", scale=scale, legend=_control_legend(present, lines=lines))


def control_dash(present: Iterable[str]) -> alt.StrokeDash:
    """Dash by control, so that the colour is not all there is to tell them apart."""
    scale = alt.Scale(domain=list(CONTROLS.values()), range=list(CONTROL_DASHES))
    return alt.StrokeDash("compared:N", scale=scale, legend=_control_legend(present, lines=True))


def control_shape(present: Iterable[str]) -> alt.Shape:
    """Point shape by control."""
    scale = alt.Scale(domain=list(CONTROLS.values()), range=list(CONTROL_SHAPES))
    return alt.Shape("compared:N", scale=scale, legend=_control_legend(present, lines=False))


def controls_beside(present: Iterable[str]) -> alt.YOffset:
    """Controls of one effect one below the other."""
    shown = [label for label in CONTROLS.values() if label in set(present)]
    return alt.YOffset("compared:N", scale=alt.Scale(domain=shown, paddingOuter=0.6))


def class_colour(classes: Sequence[str]) -> alt.Color:
    """Colour by `class`, the same for a quadrant wherever it is drawn."""
    legend = alt.Legend(title=None, values=list(classes), symbolType="square", labelLimit=150)
    return alt.Color("class:N", scale=alt.Scale(domain=class_domain(classes), range="category"), legend=legend)


def series_colour(field: str, names: Sequence[str]) -> alt.Color:
    """Colour of one line each, as many as `names`; ten colours, then again from the first."""
    return alt.Color(f"{field}:N", scale=alt.Scale(domain=list(names), range="category"), legend=_series_legend())


def series_dash(field: str, names: Sequence[str]) -> alt.StrokeDash:
    """A dash beside the colour, in another order than the colours', so that those that repeat differ in it."""
    colours = len(LIGHT.families)
    dashes = [_DASHES[(index + index // colours) % len(_DASHES)] for index in range(len(names))]
    return alt.StrokeDash(f"{field}:N", scale=alt.Scale(domain=list(names), range=dashes), legend=_series_legend())


def diverging_colour(field: str, largest: float, title: str | None, *, cool_end: bool = False) -> alt.Color:
    """Colour from −`largest` in blue over zero, close to the ground, to +`largest` in red, or in blue at `cool_end`."""
    words = "datum.value == 0 ? '0' : format(datum.value, '+.2~g')"
    legend = alt.Legend(
        title=title,
        values=[-largest, 0, largest],
        labelExpr=words,
        gradientLength=200,
        gradientThickness=8,
        titleLimit=320,
    )
    scale = alt.Scale(domain=[-largest, largest], domainMid=0, range="diverging", reverse=cool_end)
    return alt.Color(f"{field}:Q", scale=scale, legend=legend)


def nothing(text: str) -> alt.Chart:
    """A sentence in place of a chart for which there is no data."""
    words = alt.Chart(pd.DataFrame({"text": [text]})).mark_text(style="remark", align="left", fontSize=13)
    chart: alt.Chart = words.encode(x=alt.value(0), text="text:N").properties(width=400, height=24)
    return chart


def once(*groups: str) -> alt.Chart:
    """A layer of one row a panel, or one a group: what does not depend on the data is drawn once, not once a row."""
    chart: alt.Chart = alt.Chart().transform_aggregate(rows="count()", groupby=list(groups))
    return chart


def wide_enough(least: int, names: Iterable[str]) -> int:
    """A width for panels with these names above them, in pixels: a name does not make its panel narrower."""
    return max(least, *(round(_BOLD_LETTER * len(name)) for name in names))


def responsive(panel: int) -> dict[str, Any]:
    """Tell the page that panels may be as narrow as `panel` pixels before a row takes fewer of them."""
    return {"panel": panel}


def _series_legend() -> alt.Legend:
    return alt.Legend(title=None, symbolType="stroke", symbolSize=400, symbolStrokeWidth=2, labelLimit=150)


def _control_legend(present: Iterable[str], *, lines: bool) -> alt.Legend:
    shown = [label for label in CONTROLS.values() if label in set(present)]
    if lines:
        return alt.Legend(title=None, values=shown, symbolType="stroke", symbolSize=400)
    return alt.Legend(title=None, values=shown)
