"""Chains against their parts: is the shift of a chain the sum of what each of its effects does alone?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from wetdry.analysis.statistics import benjamini_hochberg, mean_interval, sign_flip_p
from wetdry.studies.emotion.answers import Answers
from wetdry.studies.emotion.emotions import unit
from wetdry.studies.emotion.material import Floats


def additivity(
    answers: Answers, parts: Floats, chains: Mapping[str, Sequence[int]], *, seed: int, resamples: int
) -> pd.DataFrame:
    """The shift of each chain, the sum of the shifts of its parts, and what the chain does beyond that sum.

    Parameters
    ----------
    answers
        Of the chains, among others.
    parts
        Shift of each part by itself (clip, part, emotion).
    chains
        Name of each chain → the places of its parts; an effect that a chain holds twice counts twice.
    """
    if not chains:
        return pd.DataFrame()
    variants = answers.material.variants
    raw = variants[(variants["control"] == "raw") & variants["level"].isna()]
    place = dict(zip(raw["family"], raw.index, strict=True))
    actual = (answers.wet - answers.dry[:, np.newaxis])[:, [place[name] for name in chains]]
    expected = np.stack([parts[:, list(members)].sum(axis=1) for members in chains.values()], axis=1)
    groups = answers.material.groups
    columns: dict[str, Floats] = {}
    for name, values in {"actual": actual, "expected": expected, "beyond": actual - expected}.items():
        found = mean_interval(values, groups, resamples=resamples, seed=seed)
        columns |= {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
    columns["p"] = sign_flip_p(actual - expected, groups, seed=seed)
    count = len(answers.names)
    units = [unit(answers.material.task, name, answers.material.unit) for name in answers.names]
    return pd.DataFrame(
        {
            "chain": np.repeat(np.array(list(chains), dtype=object), count),
            "parts": np.repeat([len(members) for members in chains.values()], count),
            "target": np.tile(np.array(answers.names, dtype=object), len(chains)),
            **{name: values.ravel() for name, values in columns.items()},
            "q": np.asarray(benjamini_hochberg(columns["p"].ravel())),
            "unit": np.tile(units, len(chains)),
        }
    )
