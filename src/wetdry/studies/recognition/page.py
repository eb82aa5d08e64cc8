"""The report of a recognition study: which sections, in which order, and its first paragraph."""

from __future__ import annotations

from typing import Any

import pandas as pd

from wetdry.report import Section
from wetdry.studies.recognition import words
from wetdry.studies.recognition.findings import Findings
from wetdry.studies.recognition.sections.combinations import combinations
from wetdry.studies.recognition.sections.elsewhere import elsewhere
from wetdry.studies.recognition.sections.embeddings import embeddings
from wetdry.studies.recognition.sections.features import features
from wetdry.studies.recognition.sections.labels import labels
from wetdry.studies.recognition.sections.leaderboard import leaderboard
from wetdry.studies.recognition.sections.networks import networks
from wetdry.studies.recognition.sections.over_time import over_time
from wetdry.studies.recognition.sections.trust import trust

SECTIONS = (leaderboard, labels, features, networks, embeddings, combinations, elsewhere, over_time, trust)
"""From the answer to its evidence."""


def lead(found: Findings) -> str:
    """What features, spectrograms and embeddings are worth on these clips."""
    return " ".join(filter(None, (words.who(found), words.worth(found), words.beyond_the_mean(found))))


def sections(found: Findings) -> list[Section]:
    """The page; a section without tables is not on it."""
    return [section for make in SECTIONS for section in make(found)]


def summary_rows(tables: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """The terminal's table: every model, the best first."""
    return words.terminal_rows(tables)
