"""Published figures to set beside ours; labelled, for data, models and splits differ."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Table
from wetdry.studies.emotion.findings import Findings

ROWS = [
    ("emopia", "four quadrants, accuracy", 0.523, "logistic regression on audio features", "Hung et al. 2021"),
    ("emopia", "four quadrants, accuracy", 0.677, "short-chunk ResNet on recordings", "Hung et al. 2021"),
    ("emopia", "arousal high or low, accuracy", 0.919, "logistic regression on audio features", "Hung et al. 2021"),
    ("emopia", "valence high or low, accuracy", 0.704, "short-chunk ResNet on recordings", "Hung et al. 2021"),
    ("deam", "R² of valence", 0.513, "Music2Emo on MERT-v1-95M, its own split", "Kang and Herremans 2025"),
    ("deam", "R² of arousal", 0.603, "Music2Emo on MERT-v1-95M, its own split", "Kang and Herremans 2025"),
    ("emomusic", "R² of valence", 0.612, "MERT", "Li et al. 2023"),
    ("emomusic", "R² of arousal", 0.747, "MERT", "Li et al. 2023"),
    ("pmemo", "R² of valence", 0.547, "Music2Emo on MERT-v1-95M, its own split", "Kang and Herremans 2025"),
    ("pmemo", "R² of arousal", 0.794, "Music2Emo on MERT-v1-95M, its own split", "Kang and Herremans 2025"),
]
"""Data set, what is scored, score, by what, by whom."""

COLUMNS = ["data", "score of", "published", "model", "by"]


def published_rows(found: Findings) -> list[Table]:
    """A table of what was published for the data set, if anything was."""
    kind = found.measured.data.name.partition(":")[0]
    rows = [row for row in ROWS if row[0] == kind]
    if not rows:
        return []
    caption = (
        "Not measured here: recordings rather than rendered scores for EMOPIA, whole sets, other models and splits. "
        "They say what is within reach, and no more."
    )
    return [Table("published", "Published figures of this data set", pd.DataFrame(rows, columns=COLUMNS), caption)]
