"""What a shift report says of the probe that estimates: how well it does, and whether it still knows what it hears."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Section, Table
from wetdry.studies.phrases import METRICS
from wetdry.studies.probe.card import Card, Score
from wetdry.studies.probe.evaluate import NOVEL
from wetdry.studies.probe.scores import table_of
from wetdry.studies.shift.findings import Findings

HEADLINES = ("r2", "accuracy")
"""The scores that a sentence names; the others are in the table."""

LIKE_TRAINING = 0.15
"""Share of strange unprocessed windows up to which they are like the training clips: 5 % and what windows add."""


def trust(card: Card) -> list[str]:
    """Sentences for the trust box."""
    view, training, evaluation = card.view, card.training, card.evaluation
    scores = "; ".join(_in_words(score) for score in evaluation.scores if score.metric in HEADLINES)
    classes = f" ({', '.join(card.names)})" if card.classes else ""
    return [
        f"A {card.probe.family} probe on {view.encoder}, layer {view.layer}, estimates here. It learnt {card.label}"
        f"{classes} from {training.clips} clips of {training.data}.",
        f"On {evaluation.clips} clips ({evaluation.on}): {scores}.",
        *card.limits,
    ]


def score_table(card: Card) -> Table:
    """All scores of the card."""
    table = table_of(card.evaluation.scores)
    return Table(
        "scores",
        "How well the probe estimates labels of clips that it has not learnt from",
        table.assign(metric=table["metric"].map(METRICS)),
        f"On {card.evaluation.clips} unprocessed clips ({card.evaluation.on}). Baseline: always saying the "
        f"{'commonest class' if card.classes else 'mean'}.",
        {"target": "of", "metric": "score", "value": "value", "low": "from", "high": "to", "baseline": "baseline"},
    )


def strangeness(found: Findings) -> Section:
    """Which effects take windows to where the probe does not know them."""
    rows = found.of_scope(found.novelty)
    rows = rows[rows["control"] != "gain"]
    strongest = (rows["level"] == rows.groupby("family")["level"].transform("max")) | rows["level"].isna()
    shown = rows[strongest].sort_values("strange", ascending=False, kind="stable", ignore_index=True)
    return Section(
        "Does the probe still know what it hears?",
        "The probe learnt from unprocessed clips. A window that lies farther from them than "
        f"{NOVEL:.0%} of such clips did when they were held out is strange to it, and what it says of it is a guess. "
        f"{strangeness_in_words(rows)}",
        [
            Table(
                "novelty",
                "Share of windows that are strange to the probe, at each effect’s strongest level",
                shown,
                f"Dry: of the unprocessed windows; about {1 - NOVEL:.2f} where they are like the training clips.",
                {
                    "family": "effect",
                    "level": "level",
                    "control": "control",
                    "dry": "dry",
                    "strange": "wet",
                    "low": "from",
                    "high": "to",
                    "units": "n",
                },
            )
        ],
    )


def strangeness_in_words(rows: pd.DataFrame) -> str:
    """How strange the dry windows are, and which effect makes them strangest."""
    dry = float(rows["dry"].iloc[0])
    words = [f"Of the unprocessed windows {dry:.0%} are strange."]
    if dry > LIKE_TRAINING:
        words.append("So this music is itself unlike what the probe learnt from: take every estimate with caution.")
    known = rows[rows["control"] == "raw"].dropna(subset="strange").to_dict("records")
    most = max(known, key=lambda row: row["strange"], default=None)
    if most is None or most["strange"] <= dry:
        words.append("No effect makes more of them strange.")
    else:
        setting = "" if pd.isna(most["level"]) else f" at level {most['level']:g}"
        words.append(f"Most are under {most['family']}{setting}: {most['strange']:.0%}.")
    return " ".join(words)


def _in_words(score: Score) -> str:
    bounds = score.probe.low, score.probe.high
    interval = "" if None in bounds else f" ({bounds[0]:.2f} to {bounds[1]:.2f})"
    baseline = "" if score.baseline is None else f", baseline {score.baseline:.2f}"
    of = f" of {score.target}" if score.target else ""
    return f"{METRICS[score.metric]}{of} {score.probe.estimate:.2f}{interval}{baseline}".replace("-", "−")
