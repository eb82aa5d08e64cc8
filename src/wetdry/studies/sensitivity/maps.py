"""Maps of the trajectories of a few clips of one class, drawn both ways."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from wetdry.analysis.maps import FitOn, trajectory_map
from wetdry.analysis.reservoir import reservoir
from wetdry.errors import DataError
from wetdry.registry import did_you_mean
from wetdry.studies.deformations import Deformation
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.subject import Unit

WAYS: tuple[FitOn, ...] = ("wet", "dry")
"""As published, fitted on what it shows; and fitted on dry vectors alone, into which the wet ones are put."""

MOST_BACKGROUND = 5000
"""Dry clips that a map is laid out with at most; more take long, and crowd it."""


def drawn_class(labels: Iterable[str], wanted: str | None) -> str:
    """The class to draw: the one asked for, or the largest; "" where there are no classes."""
    sizes = Counter(label for label in labels if label)
    if wanted is None:
        return min(sizes, key=lambda label: (-sizes[label], label), default="")
    if wanted not in sizes:
        raise DataError(f'There is no class "{wanted}" to draw: {did_you_mean(wanted, sizes) if sizes else "none"}')
    return wanted


def drawn_clips(clips: pd.DataFrame, config: SensitivityConfig) -> list[str]:
    """Hashes of the clips that are drawn, in order."""
    label = drawn_class(clips["label"], config.map_class)
    members = list(clips.loc[clips["label"] == label, "clip"])
    return sorted(random.Random(config.seed).sample(members, min(config.map_clips, len(members))))  # noqa: S311


def map_notes(found: Deformation) -> list[str]:
    """What a reader of the maps must know of their making."""
    if len(found.dry) <= MOST_BACKGROUND:
        return []
    return [
        f"the one fitted on dry vectors is laid out with {MOST_BACKGROUND} of {len(found.dry)} clips, drawn with the "
        "seed, and those that are shown"
    ]


def map_rows(found: Deformation, drawn: list[str], config: SensitivityConfig) -> list[dict[str, Any]]:
    """A row for each drawn clip and strength, and for each clip without effect (position −1), of both maps."""
    unit = Unit.of(found.dry, config.unit)
    which = np.flatnonzero(found.clips["clip"].isin(drawn))
    dry, wet = unit.scale(found.dry[which]), unit.scale(found.wet[which])
    others = unit.scale(found.dry[reservoir(len(found.dry), MOST_BACKGROUND, config.seed)])
    rows: list[dict[str, Any]] = []
    for way in WAYS:
        background = others if way == "dry" else None
        drawing = trajectory_map(wet, dry, fit_on=way, background=background, seed=config.seed)
        for place, clip in enumerate(which):
            about = {
                "fit_on": way,
                "trustworthiness": drawing.trustworthiness,
                "item": found.clips["item"].iloc[clip],
                "label": found.clips["label"].iloc[clip],
            }
            x, y = drawing.dry[place]
            rows.append({**about, "position": -1, "strength": np.nan, "setting": "dry", "x": x, "y": y, "dry": True})
            for position, strength in enumerate(found.grid.strengths):
                x, y = drawing.wet[place, position]
                setting = found.grid.setting(strength)
                rows.append(
                    {
                        **about,
                        "position": position,
                        "strength": strength,
                        "setting": setting,
                        "x": x,
                        "y": y,
                        "dry": False,
                    }
                )
    return rows
