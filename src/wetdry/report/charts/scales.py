"""Encodings that all charts share: one colour a family, one colour, dash and shape a control."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from wetdry.report.theme import CONTROL_DASHES, CONTROL_SHAPES, CONTROLS, family_domain


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


def tooltip(rows: pd.DataFrame, *names: str) -> list[alt.Tooltip]:
    """A tooltip of those of `names` whose column the table has."""
    entries = [_TOOLTIPS[name] for name in names]
    return [
        alt.Tooltip(field, title=title, format=number) if number else alt.Tooltip(field, title=title)
        for field, title, number in entries
        if field.partition(":")[0] in rows.columns
    ]


def nothing(text: str) -> alt.Chart:
    """A sentence in place of a chart for which there is no data."""
    words = alt.Chart(pd.DataFrame({"text": [text]})).mark_text(style="remark", align="left", fontSize=13)
    chart: alt.Chart = words.encode(x=alt.value(0), text="text:N").properties(width=400, height=24)
    return chart


def once(*groups: str) -> alt.Chart:
    """A layer of one row a panel, or one a group: what does not depend on the data is drawn once, not once a row."""
    chart: alt.Chart = alt.Chart().transform_aggregate(rows="count()", groupby=list(groups))
    return chart


def responsive(panel: int) -> dict[str, Any]:
    """Tell the page that panels may be as narrow as `panel` pixels before a row takes fewer of them."""
    return {"panel": panel}


def _control_legend(present: Iterable[str], *, lines: bool) -> alt.Legend:
    shown = [label for label in CONTROLS.values() if label in set(present)]
    if lines:
        return alt.Legend(title=None, values=shown, symbolType="stroke", symbolSize=400)
    return alt.Legend(title=None, values=shown)


_SIGNED, _FROM, _TO = "+.3f", "95 % from", "95 % to"
_TOOLTIPS = {
    "clip": ("clip:N", "clip", ""),
    "family": ("family:N", "effect", ""),
    "effect": ("effect:N", "settings", ""),
    "level": ("level:Q", "level", "~g"),
    "compared": ("compared:N", "comparison", ""),
    "shift": ("shift:Q", "wet − dry", _SIGNED),
    "low": ("low:Q", _FROM, _SIGNED),
    "high": ("high:Q", _TO, _SIGNED),
    "q": ("q:Q", "q (false discovery)", ".3f"),
    "effect_size": ("effect_size:Q", "effect size", "+.2f"),
    "valence": ("valence:Q", "valence", ".3f"),
    "energy": ("energy:Q", "energy", ".3f"),
    "share": ("share:Q", "explained by loudness", ".0%"),
    "share_low": ("low:Q", _FROM, ".0%"),
    "share_high": ("high:Q", _TO, ".0%"),
    "loudness_change": ("loudness_change:Q", "louder by (LU)", "+.1f"),
    "displacement": ("displacement:Q", "displacement", ".2f"),
    "displacement_low": ("low:Q", _FROM, ".2f"),
    "displacement_high": ("high:Q", _TO, ".2f"),
    "encoder": ("encoder:N", "encoder", ""),
    "layer": ("layer:N", "layer", ""),
    "effect_family": ("effect:N", "effect", ""),
    "setting": ("setting:N", "strength", ""),
    "item": ("item:N", "clip", ""),
    "source": ("source:N", "of", ""),
    "fit": ("fit:N", "measured", ""),
    "r2": ("r2:Q", "R²", ".3f"),
    "held_out_r2": ("held_out_r2:Q", "held-out R²", ".3f"),
    "value": ("value:Q", "value", ".3f"),
    "middle": ("middle:Q", "middle clip", ".3f"),
    "tenth": ("low:Q", "10 % of clips below", ".3f"),
    "ninetieth": ("high:Q", "10 % of clips above", ".3f"),
    "kind": ("kind:N", "of", ""),
    "rank": ("rank:Q", "rank", "d"),
    "relative": ("value:Q", "relative to the largest", ".3f"),
    "method": ("method:N", "method", ""),
    "side": ("side:N", "measured", ""),
    "change": ("change:Q", "change of AUC", _SIGNED),
    "auc": ("auc:Q", "ROC AUC", ".3f"),
    "auc_low": ("low:Q", _FROM, ".3f"),
    "auc_high": ("high:Q", _TO, ".3f"),
    "true": ("true:Q", "true", ".3~f"),
    "estimate": ("estimate:Q", "estimated", ".3~f"),
    "estimate_low": ("low:Q", _FROM, ".3~f"),
    "estimate_high": ("high:Q", _TO, ".3~f"),
    "unit": ("unit:N", "unit", ""),
}
