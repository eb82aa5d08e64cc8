"""The same questions under effects: does an effect bring the domains together, and what do probes still tell?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from wetdry.report import Block, Figure, Section, Table, charts
from wetdry.studies.phrases import METRICS, bounded, counted, number, signed
from wetdry.studies.transfer import words
from wetdry.studies.transfer.adaptation.gains import ALL
from wetdry.studies.transfer.findings import RECALL, Findings, Row
from wetdry.studies.transfer.sections.across import TO
from wetdry.studies.transfer.sections.augmentation import augmentation
from wetdry.studies.transfer.sections.panels import by_layer
from wetdry.studies.transfer.wet_distances import BOTH


def under_effects(found: Findings) -> list[Section]:
    """Changes of distances, scores of probes learnt dry, and adaptation that heard effects."""
    blocks: list[Block] = [*_distances(found), *_scores(found), *augmentation(found)]
    if not blocks:
        return []
    lead = "Clips go through an effect; probes and encoders have learnt without it, but where it says so."
    return [Section("Under effects", lead, blocks)]


def _distances(found: Findings) -> list[Block]:
    rows = found.table("effect_distances")
    if rows.empty:
        return []
    rows = relative(found.shown_layer(rows))
    strongest = words.strongest_levels(rows)
    whole, emotions = (rows[side] for side in (rows["label"] == ALL, rows["label"] != ALL))
    blocks: list[Block] = [
        Figure(
            "effect-distances",
            "Does an effect bring the domains together?",
            "Change of their Fréchet distance, in parts of the dry one, with 95 % bands over groups of both: below 0 "
            "they are nearer. One line where one domain alone is wet, one where both are.",
            _changes(strongest[strongest["label"] == ALL]),
            charts.effect_changes(whole.assign(panel=by_layer(whole)), "change of distance"),
        )
    ]
    if len(emotions):
        own = strongest[strongest["label"] != ALL]
        names = [words.step_name(row) for row in own.to_dict("records")]
        several = own["encoder"].nunique() > 1
        panel = by_layer(own) + ", " + names if several else pd.Series(names, index=own.index)
        blocks.append(
            Figure(
                "effect-emotions",
                "Emotion by emotion, at the strongest level",
                "Change in parts of the dry distance, with 95 % intervals over groups; not corrected for how many "
                "there are.",
                _told_apart(own),
                charts.stage_gains(
                    own.assign(panel=panel, row=own["label"], of=own["who"], gain=own["change"]),
                    "change of distance, parts of dry",
                ),
            )
        )
    return blocks


def relative(rows: pd.DataFrame) -> pd.DataFrame:
    """Changes and their limits in parts of the dry distance, and `who` is wet; a dry distance of 0 has none."""
    dry = rows["dry"].where(rows["dry"] > 0)
    parts = {name: rows[name] / dry for name in ("change", "low", "high")}
    who = rows["wet"].map(lambda wet: "both wet" if wet == BOTH else f"{wet} wet")
    return rows.assign(who=who, **parts)


def _changes(strongest: pd.DataFrame) -> str:
    parts = []
    for layer, rows in strongest.groupby(by_layer(strongest), sort=False):
        told = "; ".join(f"{words.step_name(row)}, {row['who']}, {_change_of(row)}" for row in rows.to_dict("records"))
        parts.append(f"{layer}: {told}")
    return f"At the strongest level, {'. '.join(parts)}." if parts else "No change could be measured."


def _change_of(row: Row) -> str:
    """A relative change with its interval."""
    change, low, high = (words.per_cent(row[name]) for name in ("change", "low", "high"))
    return f"{change} [{low}, {high}]"


def _told_apart(rows: pd.DataFrame) -> str:
    known = rows.dropna(subset=["low", "high"])
    nearer, apart = int((known["high"] < 0).sum()), int((known["low"] > 0).sum())
    text = f"Of {counted(len(known), 'change')} with an interval {nearer} are nearer and {apart} farther apart."
    if known.empty:
        return text
    row = known.iloc[int(known["change"].to_numpy().argmin())].to_dict()
    return f"{text} Most towards each other: {row['label']} by {words.step_name(row)}, {row['who']}, {_change_of(row)}."


def _scores(found: Findings) -> list[Block]:
    rows = found.table("effect_scores")
    rows = rows if rows.empty else rows[rows["metric"] == RECALL]
    if rows.empty:
        return []
    rows = found.shown_layer(rows[rows["probe"] == rows["probe"].iloc[0]])
    rows = rows.assign(who=rows["learnt"] + TO + rows["tested"])
    asked = rows[~rows["encoder"].isin(list(found.measured.baselines))]
    figures = [
        _of_encoder(found, str(encoder), own, place)
        for place, (encoder, own) in enumerate(asked.groupby("encoder", sort=False))
    ]
    return [*figures, _table(rows)]


def _of_encoder(found: Findings, encoder: str, rows: pd.DataFrame, place: int) -> Figure:
    strongest = words.strongest_levels(rows)
    mean = strongest.groupby("effect", sort=False)["change"].mean()
    told = ", ".join(f"{effect} {signed(value)}" for effect, value in mean.items())
    return Figure(
        f"effect-scores-{place}" if place else "effect-scores",
        f"What probes that learnt dry still tell, {encoder}",
        f"Learnt → tested, {rows['layer'].iloc[0]}; groups held out, wet, with 95 % bands. Level 0 is dry; dotted "
        "rule: a guess.",
        f"Change of mean recall at the strongest level, mean over pairs of domains: {told}.",
        charts.performance(with_dry(found, rows).assign(metric=METRICS[RECALL], chance=found.chance)),
    )


def with_dry(found: Findings, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows, before them one of level 0 a line: the score from which changes are, with the interval of the probe."""
    first = rows.dropna(subset=["value", "change"]).drop_duplicates(["encoder", "effect", "who"])
    dry = first.drop(columns=["low", "high"]).assign(level=0.0, value=first["value"] - first["change"])
    keys = ["encoder", "layer", "probe", "learnt", "tested"]
    limits = found.probed[[*keys, "low", "high"]] if len(found.probed) else dry[keys].assign(low=np.nan, high=np.nan)
    return pd.concat([dry.merge(limits.drop_duplicates(keys), on=keys, how="left"), rows], ignore_index=True)


def _table(rows: pd.DataFrame) -> Table:
    own = words.strongest_levels(rows)
    frame = pd.DataFrame(
        {
            "encoder": own["encoder"].to_numpy(),
            "layer": own["layer"].to_numpy(),
            "effect": [words.step_name(row) for row in own.to_dict("records")],
            "learnt → tested": own["who"].to_numpy(),
            "mean recall": [bounded(row) for row in own.to_dict("records")],
            "change": [_change(row) for row in own.to_dict("records")],
        }
    )
    return Table(
        "wet-recall",
        "Probes under effects",
        frame,
        "At the strongest level of each effect, with 95 % intervals over groups; changes are of the same clips.",
        rows=None,
    )


def _change(row: Row) -> str:
    if pd.isna(row["change_low"]) or pd.isna(row["change_high"]):
        return number(row["change"])
    return f"{signed(row['change'])} [{signed(row['change_low'])}, {signed(row['change_high'])}]"
