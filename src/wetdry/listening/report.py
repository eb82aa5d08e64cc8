"""The report of a scored listening test."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from wetdry.listening.agreement import AVERAGE, SHIFTS
from wetdry.listening.charts import listeners_against_model
from wetdry.listening.consistency import RULE
from wetdry.listening.results import SCALES
from wetdry.listening.scoring import Findings
from wetdry.listening.tables import ALL
from wetdry.report import Block, Figure, Note, StudyResult, Table, charts
from wetdry.report.result import Section
from wetdry.studies.phrases import number
from wetdry.studies.provenance import provenance
from wetdry.studies.shift.trust import strength_in_words


def result(found: Findings) -> StudyResult:
    """What was found, ready for `report.write`."""
    key, model = found.key, found.model
    record = provenance(
        found.config.model_dump(mode="json"),
        seeds={"bootstrap": found.config.seed},
        test=key.test,
        made_with=key.config.model_dump(mode="json"),
        model=model.name,
        encoder=model.encoder.spec.key,
        windows=model.windows.key,
        data={sound.id: sound.sha256 for sound in key.sounds},
        wall_seconds=round(found.seconds, 2),
    )
    return StudyResult(
        "listening",
        f"What {_count(found.listeners, 'listener')} heard, and what {model.name} estimates",
        _lead(found),
        [_agreement_with_model(found), _heard(found), _agreement(found), _listeners(found), _method(found)],
        found.tables(),
        record,
    )


def _lead(found: Findings) -> str:
    return (
        f"{_count(found.listeners, 'listener')} rated both sides of {_count(len(found.pairs), 'wet/dry pair')} without "
        f"knowing which was which. {_correlation_in_words(found)}"
    )


def _correlation_in_words(found: Findings) -> str:
    overall = found.correlations[found.correlations["family"] == ALL] if len(found.correlations) else found.correlations
    parts = []
    for row in overall.to_dict("records"):
        if np.isnan(row["r"]):
            parts.append(f"For {row['target']} there is no correlation to be had: {row['remark']}.")
            continue
        if row["remark"]:
            sure, verdict = row["remark"], ""
        else:
            sure = f"95 % interval {number(row['low'])} to {number(row['high'])}"
            unsure = row["low"] <= 0 <= row["high"]
            verdict = ", which cannot be told from none" if unsure else f": {strength_in_words(row['r'])} agreement"
        parts.append(
            f"The shift of {row['target']} that they heard goes with the one that {found.model.name} estimates with "
            f"r = {number(row['r'])} ({sure}){verdict}."
        )
    return " ".join(parts)


def _agreement_with_model(found: Findings) -> Section:
    pairs = found.pairs.assign(setting=[_setting(row) for row in found.pairs.to_dict("records")])
    figure = Figure(
        "listeners-model",
        "Listeners against the model, pair by pair",
        "One point a pair of a dry and a wet sound: across the model’s shift, up the listeners’ mean shift.",
        f"Scatter of listeners' mean shifts against those of {found.model.name}. {_correlation_in_words(found)}",
        listeners_against_model(pairs, found.model.name),
    )
    table = Table(
        "correlations",
        "Correlation of listeners’ shifts with the model’s",
        found.correlations,
        "Pearson’s r over pairs; 95 % intervals over clips.",
        {
            "family": "effect",
            "target": "scale",
            "r": "r",
            "low": "from",
            "high": "to",
            "rho": "ρ (ranks)",
            "same_sign": "same direction",
            "pairs": "pairs",
            "clips": "clips",
            **_remarks(found.correlations),
        },
        rows=None,
    )
    return Section(
        "Do listeners hear what the model estimates?",
        "Over all effects a model can do well by knowing which effects do much; within one effect it must know "
        "which music is moved most.",
        [figure, table],
    )


def _heard(found: Findings) -> Section:
    rows = found.effects.assign(
        clip=ALL, control="matched", family=found.effects["setting"], level=np.nan, effect=found.effects["setting"]
    )
    shown = rows[~rows["setting"].str.endswith("all levels")].fillna({"low": rows["shift"], "high": rows["shift"]})
    figure = Figure(
        "heard",
        "What listeners heard",
        "Mean shift, wet − dry, on scales from −1 to 1, with 95 % intervals over listeners and clips; a point without "
        "one has none. All sounds are equally loud. “identity” is the dry sound a second time, “degraded” one that was "
        "spoilt on purpose.",
        "Listeners' mean shifts: " + "; ".join(_shift_in_words(row) for row in shown.to_dict("records")) + ".",
        charts.effect_bars(shown),
    )
    table = Table(
        "effects",
        "Listeners’ shift by effect and level",
        found.effects,
        "",
        {
            "setting": "effect",
            "target": "scale",
            "dry": "dry",
            "wet": "wet",
            "shift": "Δ",
            "low": "from",
            "high": "to",
            "clips": "clips",
            **_remarks(found.effects),
        },
        rows=None,
    )
    return Section(
        "What did listeners hear?",
        "Every sound was rated by itself, at one loudness, in random order.",
        [figure, table, _words(found)],
    )


def _words(found: Findings) -> Table:
    return Table(
        "words",
        "Which word came closest",
        found.words,
        "Share of answers that name the word; 95 % intervals of the change over listeners and clips.",
        {
            "setting": "effect",
            "target": "word",
            "dry": "dry",
            "wet": "wet",
            "shift": "Δ",
            "low": "from",
            "high": "to",
            "clips": "clips",
            **_remarks(found.words),
        },
        rows=None,
    )


def _agreement(found: Findings) -> Section:
    blocks: list[Block] = [_trust(found)]
    if len(found.agreement):
        blocks.append(
            Table(
                "agreement",
                "Agreement of listeners, with each other and with themselves",
                found.agreement,
                "Of sounds: how alike they rate. Of shifts: how alike they hear what an effect does. Of the same sound "
                "twice: how alike a listener rates it both times. 1 is perfect, 0 is chance.",
                {
                    "of": "of",
                    "target": "scale",
                    "measure": "measure",
                    "estimate": "value",
                    "low": "from",
                    "high": "to",
                    "items": "items",
                    "raters": "raters",
                    **_remarks(found.agreement),
                },
                rows=None,
            )
        )
    return Section("Do listeners agree?", "Where they do not, no model can agree with them either.", blocks)


def _trust(found: Findings) -> Note:
    sentences = []
    for scale in SCALES:
        limit = _ceiling(found.agreement, scale)
        if np.isfinite(limit):
            sentences.append(
                f"The mean shift of {scale} of these {found.listeners} listeners is reliable enough that a flawless "
                f"model could reach about r = {limit:.2f} with it."
                if limit > 0
                else f"These {found.listeners} listeners do not agree on shifts of {scale} at all, so that their mean "
                "is no measure of a model."
            )
    if not sentences:
        sentences.append("With so few listeners it is not known how reliable their mean is.")
    sentences.append(
        "Listeners said what the music expresses; that is not what it makes anyone feel. Intervals speak of listeners "
        "and clips like these."
    )
    return Note("trust", "How far to trust listeners", sentences)


def _ceiling(agreement: pd.DataFrame, scale: str) -> float:
    """√ of the reliability of mean shifts: the correlation with them that a flawless model is expected to have."""
    if agreement.empty:
        return float("nan")
    rows = agreement[(agreement["of"] == SHIFTS) & (agreement["target"] == scale) & (agreement["measure"] == AVERAGE)]
    return float(np.sqrt(max(rows["estimate"].iloc[0], 0.0))) if len(rows) else float("nan")


def _listeners(found: Findings) -> Section:
    blocks: list[Block] = [
        f"{RULE} {_struck(found)}",
        Table(
            "raters",
            "Listeners",
            found.raters,
            "Distances between two ratings of the same sound, and of the spoilt sound from the clean one: root mean "
            "squares over both scales. Same word: share of sounds heard twice that were called the same.",
            {
                "rater": "listener",
                "minutes": "minutes",
                "difference": "same sound twice",
                "same_word": "same word",
                "degraded": "spoilt sound",
                "unreliable": "unreliable",
                "counted": "counted",
            },
        ),
    ]
    if len(found.failures):
        blocks.append(Table("failures", "Files that could not be used", found.failures))
    return Section("Who listened?", "Codes only; the results hold no names.", blocks)


def _struck(found: Findings) -> str:
    """Whom the rule would strike, and whether it was applied."""
    unreliable, listeners = int((found.raters["unreliable"] != "").sum()), len(found.raters)
    if not unreliable:
        return "By this rule everyone can be relied on."
    done = "left out, as was asked" if found.config.exclude else "counted all the same, as no one was to be left out"
    return f"By this rule {unreliable} of {_count(listeners, 'listener')} cannot be relied on: {done}."


def _method(found: Findings) -> Section:
    config = found.key.config
    text = [
        f"Sounds last {config.seconds:g} s and all have {_loudness(found)} LUFS (BS.1770). Each listener "
        "heard them in an order of their own, rated each by itself on sliders for valence (unpleasant to pleasant) and "
        "arousal (calm to energetic) from −1 to 1, and chose one of four words. A shift is a listener’s rating of the "
        "wet sound less their rating of the dry one.",
        "Intervals of mean shifts treat listeners and clips as samples both (crossed random effects, degrees of "
        "freedom after Satterthwaite); clips of one group, such as a song, count once. Intervals of correlations come "
        "from leaving out one of those groups at a time, on the scale of Fisher’s z; those of agreement from "
        "resamples of them.",
        f"{found.model.name} was run on the very files that listeners heard. It estimates "
        + ", ".join(f"{scale} as “{name}”" for scale, name in found.scales.items())
        + ", in its own units.",
    ]
    return Section("Method", "How the numbers were made.", text)


def _remarks(table: pd.DataFrame) -> dict[str, str]:
    """The column of remarks, where there are any."""
    return {"remark": "remark"} if (table["remark"] != "").any() else {}


def _setting(row: Mapping[Hashable, Any]) -> str:
    return str(row["family"]) if np.isnan(row["level"]) else f"{row['family']}, level {row['level']:g}"


def _shift_in_words(row: Mapping[Hashable, Any]) -> str:
    return f"{row['setting']}, {row['target']} {row['shift']:+.2f}".replace("-", "−")


def _loudness(found: Findings) -> str:
    return f"{found.key.loudness_lufs:g}".replace("-", "−")


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def summary(found: Findings) -> tuple[str, list[dict[str, Any]]]:
    """Title and rows of the short table for a terminal: what was heard of each effect, and its correlation."""
    known = {(row["family"], row["target"]): row for row in found.correlations.to_dict("records")}
    heard = found.effects.drop_duplicates(["family", "target"]).to_dict("records")
    rows: dict[str, dict[str, Any]] = {ALL: {"effect": ALL} | {f"Δ {scale}": "" for scale in SCALES}}
    for row in heard:
        cells = rows.setdefault(row["family"], {"effect": row["family"]})
        cells[f"Δ {row['target']}"] = _with_bounds(row, "shift", "+.2f")
    for family, cells in rows.items():
        for scale in found.scales:
            found_r = known.get((family, scale))
            cells[f"r {scale}"] = _with_bounds(found_r, "r", ".2f") if found_r else ""
    listeners = _count(found.listeners, "listener")
    title = f"What {listeners} heard (wet − dry), and how it goes with {found.model.name} (r over pairs)"
    return title, list(rows.values())


def _with_bounds(row: Mapping[Hashable, Any], name: str, digits: str) -> str:
    bounds = "" if np.isnan(row["low"]) else f" [{row['low']:{digits}}, {row['high']:{digits}}]"
    return f"{row[name]:{digits}}{bounds}".replace("-", "−").replace("nan", "–")
