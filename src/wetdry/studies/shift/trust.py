"""How far the estimator agrees with listeners, measured on rated music, and how to say it.

The figures in `agreement.json` come from `benchmarks/agreement.py`, which runs the estimator over two
data sets of music rated by people. They are shown beside every result.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

MODERATE = 0.4


@cache
def measured() -> dict[str, Any]:
    """The agreement measurements that come with this version."""
    text = (files("wetdry.studies.shift") / "agreement.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def agreement_table(encoder: str) -> pd.DataFrame:
    """One row for each estimate and listeners' rating it was compared with; empty if none was measured."""
    record = measured().get(encoder)
    rows = record["comparisons"] if record else []
    columns = ["estimate", "rating", "data", "n", "r", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def strength_in_words(r: float) -> str:
    """How much weight a correlation of `r` with listeners can carry, in a word.

    >>> [strength_in_words(r) for r in (0.7, 0.5, 0.2, 0.05)]
    ['good', 'moderate', 'weak', 'next to none']
    """
    for bound, word in ((0.6, "good"), (MODERATE, "moderate"), (0.15, "weak")):
        if r >= bound:
            return word
    return "next to none"


def wording(encoder: str) -> list[str]:
    """Sentences for the trust box."""
    table = agreement_table(encoder)
    if table.empty:
        return [
            f"How far {encoder} agrees with listeners has not been measured. Read its numbers as the model's, "
            "not as what people feel."
        ]
    rows = {(row["estimate"], row["rating"]): row for row in table.to_dict("records")}
    sentences = []
    for estimate, rating in (("energy", "arousal"), ("valence", "valence")):
        row = rows[estimate, rating]
        sentences.append(
            f"Estimated {estimate} follows listeners’ {rating} with r = {row['r']:.2f} (95 % interval "
            f"{row['low']:.2f} to {row['high']:.2f}, {row['n']} {row['data']}): "
            f"{strength_in_words(row['r'])} agreement."
        )
    if rows["valence", "valence"]["r"] < MODERATE:
        sentences.append(
            "So read a shift of energy as a shift of likely arousal, but a shift of valence as a shift of "
            "the model’s opinion: as evidence on how pleasant people find the sound it is weak."
        )
    sentences.append(
        "The model was trained on unprocessed recordings; strong effects lie outside what it has seen. "
        "Everything here is estimated, not felt."
    )
    return sentences
