"""What a transfer study found, in the sentences at the top of its page."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from wetdry.studies.fad.words import order
from wetdry.studies.phrases import UNKNOWN, bounded, counted, listed, number, signed
from wetdry.studies.transfer.adaptation.gains import ALL
from wetdry.studies.transfer.adaptation.stages import CONTROL
from wetdry.studies.transfer.findings import Findings, Row, highest
from wetdry.studies.transfer.wet_distances import BOTH

PARTS = {
    "probing": "layers",
    "adapted_scores": "adaptation",
    "distances": "distances between the domains",
    "effect_distances": "distances under effects",
    "effect_scores": "probes under effects",
    "augmentation": "adaptation to effects",
}
"""Table → what a reader may look for and not find."""


def who(found: Findings) -> str:
    """What was measured, in one sentence."""
    measured = found.measured
    sizes = [f"{counted(int((measured.domain == name).sum()), 'clip')} of {name}" for name in found.domains]
    groups = [set(measured.groups[measured.domain == name]) for name in found.domains]
    every, both = len(groups[0] | groups[1]), len(groups[0] & groups[1])
    shared = "all" if both == every else str(both or "none")
    return (
        f"{listed(sizes)} ({found.source}), of {counted(every, 'group')}, {shared} of them in both; "
        f"{len(measured.classes)} emotions."
    )


def layers(found: Findings) -> str:
    """The best layer in each domain, beside baselines and a guess."""
    tops = [top for name in found.domains if (top := found.best(name))]
    if not tops:
        return ""
    best = listed(f"{bounded(top)} on {top['tested']} ({top['encoder']} {top['layer']})" for top in tops)
    return (
        f"Probes of the best layer, on groups that they had not learnt from, reach a mean recall of {best}; "
        f"{_baselines(found, tops)}a guess has {number(found.chance)}."
    )


def _baselines(found: Findings, tops: list[Row]) -> str:
    """What the best baseline of each domain reaches, and where its interval overlaps with that of the best layer."""
    beside = [(top, row) for top in tops if (row := found.best(str(top["tested"]), baseline=True))]
    if not beside:
        return ""
    told = listed(f"{number(row['value'])} on {row['tested']}{_overlap(top, row)}" for top, row in beside)
    return f"baselines reach {told}, "


def _overlap(top: Row, beside: Row) -> str:
    known = not (pd.isna(top["low"]) or pd.isna(beside["high"]))
    return " (intervals overlap)" if known and top["low"] <= beside["high"] else ""


def across(found: Findings) -> str:
    """What the best layer of each domain tells of the other one."""
    parts = [text for learnt in found.domains if (text := _told_elsewhere(found, learnt))]
    return f"Asked in the other domain, the probes of these layers reach {listed(parts)}." if parts else ""


def _told_elsewhere(found: Findings, learnt: str) -> str:
    top = found.best(learnt)
    if top is None:
        return ""
    rows = found.probed
    own = rows[(rows["encoder"] == top["encoder"]) & (rows["layer"] == top["layer"]) & (rows["probe"] == top["probe"])]
    told = own[(own["learnt"] == learnt) & (own["tested"] != learnt)].dropna(subset=["value"])
    return "" if told.empty else f"{bounded(told.to_dict('records')[0])} on {told['tested'].iloc[0]}"


def adapting(found: Findings) -> str:
    """What is reached by adaptation, and what a first stage on the other domain adds."""
    scores = found.adapted
    if scores.empty:
        return ""
    parts = []
    for name in found.domains:
        own = scores[scores["tested"] == name].dropna(subset=["value"])
        if len(own):
            top = highest(own, "value")
            parts.append(f"{bounded(top)} on {name} ({top['method']}, {top['plan']})")
    best = f"Adaptation reaches at best {listed(parts)}." if parts else "No adaptation could be scored."
    return f"{best} {two_stages(found)}".rstrip()


def two_stages(found: Findings) -> str:
    """How many gains of a first stage on the other domain are shown, and the largest of them all."""
    gains = found.stage_gains
    gains = gains if gains.empty else gains.dropna(subset=["gain"])
    if gains.empty:
        return ""
    top = highest(gains, "gain")
    shown = gains[gains["survives"].astype(bool)]
    up, down = int((shown["gain"] > 0).sum()), int((shown["gain"] < 0).sum())
    harm = f" and to harm in {down}" if down else ""
    against = "as many epochs on one domain" if found.compared.endswith(CONTROL) else "learning directly"
    return (
        f"A first stage on the other domain, against {against}, is shown to help in {up}{harm} of "
        f"{counted(len(gains), 'comparison')}, corrected for so many; the largest gain is {gained(top)} "
        f"({top['method']}, {top['tested']})."
    )


def gained(row: Row, name: str = "gain") -> str:
    """A difference with its interval.

    >>> gained({"gain": 0.04, "low": -0.01, "high": 0.09})
    '+0.040 [−0.010, +0.090]'
    """
    if pd.isna(row[name]):
        return UNKNOWN
    if pd.isna(row["low"]) and pd.isna(row["high"]):
        return signed(row[name])
    return f"{signed(row[name])} [{signed(row['low'])}, {signed(row['high'])}]"


def per_cent(value: float) -> str:
    """A relative change in whole per cent, with its sign.

    >>> per_cent(-0.123), per_cent(0.002), per_cent(float("nan"))
    ('−12%', '0%', '–')
    """
    if pd.isna(value):
        return UNKNOWN
    whole = round(100 * value)
    return f"{whole:+d}%".replace("-", "−") if whole else "0%"


def distances(found: Findings) -> str:
    """Which emotions are nearest across the domains, in the best layer of the first encoder."""
    ranking = found.table("ranking")
    rows = ranking if ranking.empty else found.shown_layer(ranking[ranking["encoder"] == found.encoders[0]])
    return "" if rows.empty else order(rows, "emotion")


def under_effects(found: Findings) -> str:
    """Which effects, on both domains, bring them nearer to each other or take them apart."""
    rows = found.table("effect_distances")
    if rows.empty:
        return ""
    strongest = strongest_levels(found.shown_layer(rows[(rows["label"] == ALL) & (rows["wet"] == BOTH)]))
    known = strongest.dropna(subset=["low", "high"])
    nearer, apart = known[known["high"] < 0], known[known["low"] > 0]
    told = [
        f"{what} by {listed(_effects(own))}" for what, own in (("nearer", nearer), ("farther apart", apart)) if len(own)
    ]
    if not told:
        return "No effect on both domains is shown to bring them nearer or take them apart."
    return f"With an effect on both, the domains come to lie {', '.join(told)}."


def _effects(rows: pd.DataFrame) -> Iterator[str]:
    for row in rows.to_dict("records"):
        yield f"{step_name(row)} ({row['encoder']} {row['layer']}: {per_cent(row['change'] / row['dry'])})"


def step_name(row: Row) -> str:
    """An effect and its level, as far as it has one.

    >>> step_name({"effect": "reverb", "level": 9.0}), step_name({"effect": "tape", "level": float("nan")})
    ('reverb 9', 'tape')
    """
    return str(row["effect"]) if pd.isna(row["level"]) else f"{row['effect']} {row['level']:g}"


def strongest_levels(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each effect the rows at its strongest level; effects without levels stay as they are."""
    if rows.empty:
        return rows
    top = rows.groupby("effect")["level"].transform("max")
    return rows[(rows["level"] == top) | top.isna()]


def not_measured(found: Findings) -> str:
    """What this study did not ask for, or could not do."""
    lacking = [name for table, name in PARTS.items() if found.table(table).empty]
    return f"Not measured: {listed(lacking)}." if lacking else ""
