"""Which layers tell emotion: probes of every layer in both domains, beside chance, baselines and a split that leaks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from wetdry.report import Figure, Section, Table, charts
from wetdry.studies.baselines import UNTRAINED
from wetdry.studies.phrases import bounded, number, signed
from wetdry.studies.tables import side_by_side
from wetdry.studies.transfer.findings import Findings, highest
from wetdry.studies.transfer.sections.panels import by_probe

RANDOM_WEIGHTS = f"{UNTRAINED}-"
"""What the name of an encoder's twin begins with."""

HELD_OUT, AT_RANDOM, TWIN = "groups held out", "clips at random (leaks)", "untrained network"


def layers(found: Findings) -> list[Section]:
    """Curves over layers, and the same in figures."""
    rows = found.within
    if rows.empty:
        return []
    lead = (
        "Each layer’s vectors, one a clip, are read by a probe that has not heard the group that it is tested on. "
        f"{leak(found)}"
    )
    figure = Figure(
        "layer-curves",
        "Mean recall in every layer",
        "With 95 % intervals over groups. Faint rule: a guess. The best layer was found on the clips that it is scored "
        "on, which flatters it a little.",
        _best_of_each(found),
        charts.layer_curves(curves(found)),
    )
    return [Section("Which layers tell emotion", lead.rstrip(), [figure, _table(found)])]


def curves(found: Findings) -> pd.DataFrame:
    """What the figure shows: encoder (a panel), line (domain), kind, layer, position, value, low, high, chance.

    An encoder's panel also has what a random split says of it, its untrained twin and, as level lines, the best layer
    of other baselines; these without intervals.
    """
    within, leaking = found.within, found.leaking
    asked = within[~within["baseline"].astype(bool)]
    parts = [
        asked.assign(kind=HELD_OUT, panel=by_probe(asked)),
        *([] if leaking.empty else [_bare(leaking[~leaking["baseline"].astype(bool)], AT_RANDOM)]),
        *_baselines(found),
    ]
    shown = pd.concat(parts, ignore_index=True)
    return shown[["panel", "tested", "kind", "layer", "position", "value", "low", "high", "chance"]].rename(
        columns={"panel": "encoder", "tested": "line"}
    )


def _bare(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    return rows.assign(kind=kind, panel=by_probe(rows), low=np.nan, high=np.nan)


def _baselines(found: Findings) -> list[pd.DataFrame]:
    """What baselines reach, in the panels of the encoders that they are held against."""
    rows = found.within
    asked, beside = (rows[rows["baseline"].astype(bool) == baseline] for baseline in (False, True))
    several = asked["probe"].nunique() > 1
    parts = []
    for (encoder, probe), own in asked.groupby(["encoder", "probe"], sort=False):
        panel = f"{encoder}, {probe}" if several else str(encoder)
        same = beside[beside["probe"] == probe]
        twin = same[same["encoder"] == f"{RANDOM_WEIGHTS}{encoder}"]
        parts.append(twin.assign(kind=TWIN, panel=panel, low=np.nan, high=np.nan))
        for (name, tested), other in same[~same["encoder"].str.startswith(RANDOM_WEIGHTS)].groupby(
            ["encoder", "tested"]
        ):
            level = own.loc[own["tested"] == tested, ["tested", "layer", "position"]]
            best = other["value"].max()
            parts.append(level.assign(kind=str(name), panel=panel, value=best, low=np.nan, high=np.nan, chance=np.nan))
    return [part for part in parts if len(part)]


def _best_of_each(found: Findings) -> str:
    """The best layer of each encoder in each domain."""
    rows = found.within
    parts = []
    for name, own in rows[~rows["baseline"].astype(bool)].groupby(by_probe(rows), sort=False):
        known = own.dropna(subset=["value"])
        tops = [highest(each, "value") for _, each in known.groupby("tested", sort=False)]
        told = ", ".join(f"{top['tested']} {bounded(top)} at {top['layer']}" for top in tops)
        parts.append(f"{name}: {told}")
    return f"Best layer, mean recall with its interval: {'; '.join(parts)}." if parts else "No layer has a figure."


def leak(found: Findings) -> str:
    """How much more a split by clips, whatever their group, would say."""
    leaking, within = found.leaking, found.within
    if leaking.empty:
        return ""
    keys = ["encoder", "layer", "probe", "tested"]
    both = leaking[~leaking["baseline"].astype(bool)].merge(within, on=keys, suffixes=("_random", ""))
    gaps = (both["value_random"] - both["value"]).groupby(both["tested"], sort=False).mean().dropna()
    if gaps.empty:
        return ""
    told = " and ".join(f"{signed(gap)} for {tested}" for tested, gap in gaps.items())
    why = "more may be told by who is heard" if (gaps > 0).any() else "no leak is seen in these clips"
    return (
        f"Dealing clips out at random, so that a group is on both sides, changes mean recall by {told} on average over "
        f"layers: {why}."
    )


def _table(found: Findings) -> Table:
    rows = found.within
    frame = side_by_side(rows, ["encoder", "layer", "probe"], "tested", found.domains)
    headers = {name: name for name in ("encoder", "layer", *(["probe"] if rows["probe"].nunique() > 1 else []))}
    leaking = found.leaking
    for name in found.domains:
        headers[name] = name
        if len(leaking):
            frame[f"{name} at random"] = _beside(frame, leaking[leaking["tested"] == name])
            headers[f"{name} at random"] = f"{name}, random split"
    clips = ", ".join(
        f"{int(own['clips'].max())} clips of {name} in {int(own['groups'].max())} groups"
        for name, own in rows.groupby("tested", sort=False)
    )
    caption = f"Mean recall with 95 % intervals over groups: {clips}. A guess has {number(found.chance)}."
    return Table("layer-scores", "Layer by layer", frame, caption, headers, rows=None)


def _beside(frame: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """The value of each row of a table from rows of the same encoder, layer and probe, as text."""
    keys = ["encoder", "layer", "probe"]
    values = rows.set_index(keys)["value"].reindex(pd.MultiIndex.from_frame(frame[keys]))
    return [number(value) for value in values]
