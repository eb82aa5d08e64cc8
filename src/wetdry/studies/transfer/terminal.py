"""What a transfer study says in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wetdry.studies.phrases import UNKNOWN, bounded, number
from wetdry.studies.transfer.adaptation.stages import DIRECT, TWO_STAGES
from wetdry.studies.transfer.findings import GROUPS, RECALL, highest


def rows(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """A row an encoder and domain: its best layer, what the other domain teaches there, and what adaptation reaches.

    Baselines are the encoders without adaptation. What was not measured is a dash.
    """
    probing, adapted = (tables.get(name, pd.DataFrame()) for name in ("probing", "adapted_scores"))
    within = _best_layers(probing)
    keys = [(row["encoder"], row["tested"]) for row in within]
    layers = dict(zip(keys, within, strict=True))
    if not adapted.empty:
        keys += [pair for pair in zip(adapted["encoder"], adapted["tested"], strict=True) if pair not in layers]
    return [
        {
            "encoder": encoder,
            "domain": tested,
            **_probed(layers.get((encoder, tested)), probing),
            **_adapted(adapted, encoder, tested),
        }
        for encoder, tested in dict.fromkeys(keys)
    ]


def _best_layers(probing: pd.DataFrame) -> list[Any]:
    """The row of the layer that tells most within each domain, of each encoder."""
    if probing.empty:
        return []
    own = (probing["metric"] == RECALL) & (probing["split"] == GROUPS) & (probing["learnt"] == probing["tested"])
    known = probing[own].dropna(subset=["value"])
    return [highest(each, "value") for _, each in known.groupby(["encoder", "tested"], sort=False)]


def _probed(best: Any, probing: pd.DataFrame) -> dict[str, str]:
    if best is None:
        return {"layer": UNKNOWN, "recall": UNKNOWN, "from other": UNKNOWN}
    same = (
        probing[["encoder", "layer", "probe", "tested", "metric"]]
        == pd.Series(best)[["encoder", "layer", "probe", "tested", "metric"]]
    ).all(axis=1)
    other = probing[same & (probing["learnt"] != best["tested"])]["value"]
    return {
        "layer": str(best["layer"]),
        "recall": bounded(best),
        "from other": number(other.iloc[0]) if len(other) else UNKNOWN,
    }


def _adapted(adapted: pd.DataFrame, encoder: str, tested: str) -> dict[str, str]:
    """The highest mean recall by one stage and by two, where anything was adapted."""
    if adapted.empty:
        return {}
    own = adapted[
        (adapted["metric"] == RECALL) & (adapted["encoder"] == encoder) & (adapted["tested"] == tested)
    ].dropna(subset=["value"])
    plans = {plan: own[own["plan"] == plan] for plan in (DIRECT, TWO_STAGES)}
    return {plan: number(rows["value"].max()) if len(rows) else UNKNOWN for plan, rows in plans.items()}
