"""The report of a transfer study: which sections, in which order, and its first paragraph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wetdry.report import Section
from wetdry.studies.transfer import terminal, words
from wetdry.studies.transfer.findings import Findings
from wetdry.studies.transfer.sections.across import across
from wetdry.studies.transfer.sections.adapting import adapting
from wetdry.studies.transfer.sections.distances import distances
from wetdry.studies.transfer.sections.layers import layers
from wetdry.studies.transfer.sections.method import method
from wetdry.studies.transfer.sections.trust import trust
from wetdry.studies.transfer.sections.under_effects import under_effects
from wetdry.studies.transfer.sections.where_learnt import where_learnt

SECTIONS = (layers, across, adapting, where_learnt, distances, under_effects, trust, method)
"""From the answer to its evidence."""

SENTENCES = (
    words.who,
    words.layers,
    words.across,
    words.adapting,
    words.distances,
    words.under_effects,
    words.not_measured,
)


def lead(found: Findings) -> str:
    """What was found, and what was not measured."""
    return " ".join(filter(None, (sentence(found) for sentence in SENTENCES)))


def sections(found: Findings) -> list[Section]:
    """The page; a section without tables is not on it."""
    return [section for make in SECTIONS for section in make(found)]


def summary_rows(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """The terminal's table: every encoder in both domains."""
    return terminal.rows(tables)
