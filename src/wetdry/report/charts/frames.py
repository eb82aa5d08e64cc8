"""Choosing and labelling the rows of a long table for a chart."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from wetdry.report.theme import CONTROLS, family_domain

ALL_CLIPS = "all"
_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
TARGETS = ("energy", "valence")


def over_clips(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `clip` "all", or those of the only clip there is."""
    summary = rows[rows["clip"] == ALL_CLIPS]
    if len(summary):
        return summary
    clips = rows["clip"].unique()
    if len(clips) != 1:
        raise ValueError(f'a chart over clips takes rows of clip "{ALL_CLIPS}" or of one clip, not of {len(clips)}')
    return rows


def strongest(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each family the rows at its strongest level; families without levels stay as they are."""
    top = rows.groupby("family")["level"].transform("max")
    return rows[(rows["level"] == top) | top.isna()]


def with_controls(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `compared`, the control in words."""
    return rows.assign(compared=rows["control"].map(CONTROLS))


def families_in(rows: pd.DataFrame) -> list[str]:
    """The families present, in the order of the palette."""
    present = set(rows["family"])
    return [family for family in family_domain(present) if family in present]


def targets_in(rows: pd.DataFrame) -> list[str]:
    """The targets present: energy, valence, then any other."""
    present = set(rows["target"])
    return [*(t for t in TARGETS if t in present), *sorted(present - set(TARGETS))]


def limits(values: Iterable[float], least: float = 0.05) -> list[float]:
    """Axis limits that hold `values` and zero with a margin, and reach to at least ±`least`.

    >>> limits([0.2, float("nan")])
    [-0.05, 0.21]
    """
    known = [0.0, *(float(value) for value in values if pd.notna(value))]
    margin = 0.05 * (max(known) - min(known))
    return [round(min(min(known) - margin, -least), 6), round(max(max(known) + margin, least), 6)]


def rounded_up(size: float) -> float:
    """The next round number that is not below `size`, at most a third above it; 1 for zero, so that an axis has an end.

    >>> rounded_up(0.3437), rounded_up(12.0), rounded_up(91.0), rounded_up(0.0)
    (0.4, 12.0, 100.0, 1.0)
    """
    if size == 0:
        return 1.0
    power = math.floor(math.log10(size))
    return next(round_ for digits in _ROUND if (round_ := float(f"{digits}e{power}")) >= size)
