"""Tables of what one probe says: its shifts, and how they follow the level of an effect."""

from __future__ import annotations

import numpy as np
import pandas as pd

from wetdry.analysis.statistics import benjamini_hochberg, effect_size, mean_interval, sign_flip_p
from wetdry.studies import paired
from wetdry.studies.emotion.answers import Answers
from wetdry.studies.emotion.emotions import unit
from wetdry.studies.emotion.material import Floats
from wetdry.studies.emotion.steps import CONTROLS

BEYOND_GAIN = "beyond gain"
"""A contrast: the raw shift less that of a gain of the same change of loudness."""


def shifts(answers: Answers, *, seed: int, resamples: int) -> pd.DataFrame:
    """Mean shift of each emotion under each variant, with its interval: q is adjusted over all of one control."""
    table = paired.shifts(answers.responses(), seed=seed, resamples=resamples)
    return _named(table.drop(columns="clip"), answers).rename(columns={"family": "effect", "effect": "key"})


def trends(answers: Answers, *, seed: int) -> pd.DataFrame:
    """One test for each effect and emotion of whether it rises or falls with the level, level 0 included."""
    table = paired.trends(answers.responses(), seed=seed)
    if table.empty:
        return table
    return _named(table.drop(columns="clip"), answers).rename(columns={"family": "effect"})


def shares(answers: Answers) -> pd.DataFrame:
    """How much of each shift a gain of the same change of loudness makes by itself."""
    table = paired.shares(answers.responses())
    return _named(table.drop(columns="clip"), answers).rename(columns={"family": "effect", "effect": "key"})


def overall(answers: Answers, *, seed: int, resamples: int) -> pd.DataFrame:
    """One shift for each effect and emotion, over its levels above 0: a row for each control, and one beyond gain.

    What an effect does beyond its gain is tested by itself: raw and gain-only shifts of the same clips, one less the
    other. P-values are adjusted over all effects and emotions of one control.
    """
    by_control = {control: answers.over_levels(control) for control in CONTROLS}
    names = by_control["raw"][0]
    values = {control: shift for control, (_, shift) in by_control.items()}
    values[BEYOND_GAIN] = values["raw"] - values["gain"]
    return pd.concat(
        [_overall(answers, control, names, shift, seed, resamples) for control, shift in values.items()],
        ignore_index=True,
    )


def _overall(
    answers: Answers, control: str, names: list[str], shift: Floats, seed: int, resamples: int
) -> pd.DataFrame:
    groups = answers.material.groups
    mean = mean_interval(shift, groups, resamples=resamples, seed=seed)
    p = sign_flip_p(shift, groups, seed=seed)
    count = len(answers.names)
    table = pd.DataFrame(
        {
            "effect": np.repeat(np.array(names, dtype=object), count),
            "control": control,
            "target": np.tile(np.array(answers.names, dtype=object), len(names)),
            "shift": mean.estimate.ravel(),
            "low": mean.low.ravel(),
            "high": mean.high.ravel(),
            "p": p.ravel(),
            "q": np.asarray(benjamini_hochberg(p.ravel())),
            "effect_size": effect_size(shift, groups).estimate.ravel(),
            "units": mean.units.ravel(),
        }
    )
    return _named(table, answers)


def _named(table: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    material = answers.material
    return table.assign(unit=[unit(material.task, name, material.unit) for name in table["target"]])
