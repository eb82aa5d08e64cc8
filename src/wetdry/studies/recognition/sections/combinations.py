"""What joining features, spectrograms and embeddings adds to the best of them alone."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Section, Table
from wetdry.studies.phrases import bounded, number
from wetdry.studies.recognition import words
from wetdry.studies.recognition.findings import Findings, Row

PHASE = 4
SINGLE = (1, 2, 3)


def combinations(found: Findings) -> list[Section]:
    """Fusions and ensembles, beside the best single model of each target."""
    rows = found.honest
    rows = rows[rows["phase"] == PHASE]
    if rows.empty:
        return []
    frame = pd.DataFrame([_beside(found, row) for row in rows.to_dict("records")])
    caption = (
        "The best single model was chosen on the same clips, which flatters it: a combination that only equals it is "
        "not worse. Fusion: blocks of features, each weighted alike, under one kernel head. Ensemble: the mean of the "
        "estimates of models that learnt alone."
    )
    lead = "If models know different things, together they know more than each alone."
    return [
        Section("Together", lead, [_together(found), Table("combinations", "Combinations", frame, caption, rows=None)])
    ]


def _beside(found: Findings, row: Row) -> dict[str, str]:
    alone = found.best(row["target"], SINGLE)
    return {
        "target": row["target"],
        "combination": row["model"],
        "R²": bounded(row),
        "best alone": bounded(alone) if alone else "–",
        "which": alone["model"] if alone else "–",
    }


def _together(found: Findings) -> str:
    """Whether any combination is ahead of the best single model, target by target."""
    pairs = [(found.best(target, (PHASE,)), found.best(target, SINGLE)) for target in found.targets]
    compared = [(joint, alone) for joint, alone in pairs if joint and alone]
    ahead = [_ahead(joint, alone) for joint, alone in compared if joint["value"] > alone["value"]]
    if not compared:
        return "There is no single model to hold a combination against."
    if not ahead:
        return "No combination is above the best single model."
    return f"A combination is above the best single model for {'; '.join(ahead)}."


def _ahead(joint: Row, alone: Row) -> str:
    """A combination, which then is the best of its target, and how far the best single model is behind it."""
    text = f"{joint['target']}, {number(joint['value'])} by {joint['model']} against {number(alone['value'])}"
    return f"{text} of {alone['model']} ({words.behind(alone)})"
