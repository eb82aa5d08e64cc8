"""What less and more of an estimate is called, which estimates a summary speaks of, and which span a plane."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from wetdry.report.charts.plane_geometry import Axes
from wetdry.studies.estimators import NAMES_OF_AROUSAL

WORDS = {
    "energy": ("calmer", "more energetic"),
    "arousal": ("calmer", "more aroused"),
    "valence": ("more negative", "more positive"),
}
MOST = {
    "energy": ("calmest", "most energetic"),
    "arousal": ("calmest", "most aroused"),
    "valence": ("most negative", "most positive"),
}
MOST_SUMMED_UP = 3
"""Estimates that a summary speaks of, where none span a plane."""


def comparative(target: str) -> tuple[str, str]:
    """What a lower and a higher estimate is called.

    >>> comparative("valence"), comparative("Anger")
    (('more negative', 'more positive'), ('less Anger', 'more Anger'))
    """
    return WORDS.get(target, (f"less {target}", f"more {target}"))


def question(target: str) -> str:
    """What a ranking of effects by their shift of an estimate answers.

    >>> question("valence"), question("Anger")
    ('What makes it more negative, what more positive?', 'What lowers Anger, what raises it?')
    """
    if target not in WORDS:
        return f"What lowers {target}, what raises it?"
    less, more = WORDS[target]
    return f"What makes it {less}, what {more}?"


def superlative(target: str) -> tuple[str, str]:
    """What the lowest and the highest estimate is called.

    >>> superlative("Anger")
    ('lowest in Anger', 'highest in Anger')
    """
    return MOST.get(target, (f"lowest in {target}", f"highest in {target}"))


def main_targets(targets: Sequence[str]) -> tuple[str, ...]:
    """The estimates that a summary speaks of: those of the plane, else the first few.

    >>> main_targets(["Q1", "Q2", "valence", "arousal"]), main_targets(["power", "sadness"])
    (('arousal', 'valence'), ('power', 'sadness'))
    """
    upright = _upright(targets)
    return tuple(targets[:MOST_SUMMED_UP]) if upright is None else (upright, "valence")


def plane_axes(scales: Mapping[str, tuple[float, float]]) -> Axes | None:
    """The plane that estimates on the given scales span; None without valence or what stands upright on it.

    A scale of both signs is drawn about zero, which is its middle.

    >>> plane_axes({"valence": (-9.0, 7.0), "arousal": (-8.0, 9.5)}).scale
    (-9.5, 9.5)
    """
    upright = _upright(list(scales))
    if upright is None:
        return None
    ends = [*scales["valence"], *scales[upright]]
    low, high = min(ends), max(ends)
    furthest = max(-low, high)
    scale = (-furthest, furthest) if low < 0 < high else (low, high)
    return Axes(y=upright, y_title=f"{upright} →", scale=scale)


def file_name(target: str, number: int) -> str:
    """A target as a part of a file name; `number` stands for one without a letter that file names take.

    >>> file_name("Joyful activation", 0), file_name("喜び", 1)
    ('joyful-activation', '1')
    """
    return re.sub(r"[^a-z0-9]+", "-", target.lower()).strip("-") or str(number)


def _upright(targets: Sequence[str]) -> str | None:
    if "valence" not in targets:
        return None
    return next((target for target in NAMES_OF_AROUSAL if target in targets), None)
