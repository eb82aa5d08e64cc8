"""What is told of a mark when it is pointed at: one wording and one number format a column."""

from __future__ import annotations

import altair as alt
import pandas as pd


def tooltip(rows: pd.DataFrame, *names: str) -> list[alt.Tooltip]:
    """A tooltip of those of `names` whose column the table has."""
    entries = [_TOOLTIPS[name] for name in names]
    return [
        alt.Tooltip(field, title=title, format=number) if number else alt.Tooltip(field, title=title)
        for field, title, number in entries
        if field.partition(":")[0] in rows.columns
    ]


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
    "target": ("target:N", "of", ""),
    "arousal": ("arousal:Q", "arousal", ".3f"),
    "class": ("class:N", "class", ""),
    "class_share": ("share:Q", "share of clips", ".1%"),
    "from": ("from:N", "dry", ""),
    "to": ("to:N", "wet", ""),
    "row_share": ("share:Q", "of these clips", ".1%"),
    "count": ("count:Q", "clips", "d"),
    "axis": ("axis:N", "of", ""),
    "check": ("check:N", "check", ""),
    "verdict": ("verdict:N", "survives it", ""),
    "detail": ("detail:N", "because", ""),
    "who": ("who:N", "by", ""),
    "other": ("other:N", "and", ""),
    "metric": ("metric:N", "measure", ""),
    "value_low": ("low:Q", _FROM, ".3f"),
    "value_high": ("high:Q", _TO, ".3f"),
    "chance": ("chance:Q", "chance", ".3f"),
    "chain": ("chain:N", "chain", ""),
    "actual": ("actual:Q", "the chain", _SIGNED),
    "actual_low": ("actual_low:Q", _FROM, _SIGNED),
    "actual_high": ("actual_high:Q", _TO, _SIGNED),
    "expected": ("expected:Q", "sum of its parts", _SIGNED),
    "expected_low": ("expected_low:Q", _FROM, _SIGNED),
    "expected_high": ("expected_high:Q", _TO, _SIGNED),
    "aligned": ("share:Q", "along emotion", ".1%"),
    "chance_low": ("chance_low:Q", "random directions from", ".1%"),
    "chance_high": ("chance_high:Q", "random directions to", ".1%"),
}
