"""Which class clips are taken for: shares over levels, transitions from dry to wet, and tests of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from wetdry.analysis.statistics import benjamini_hochberg
from wetdry.analysis.transitions import level_chi_square, marginal_shift_p, mcnemar_p, stuart_maxwell, transitions
from wetdry.studies.checkpoints import Tables
from wetdry.studies.emotion.answers import Answers
from wetdry.studies.emotion.emotions import class_names


def tables(answers: Answers, *, seed: int) -> Tables:
    """`flow`, `transitions` and `class_tests`; nothing where numbers are estimated rather than classes."""
    task = answers.material.task
    if not task.classes:
        return {}
    names = class_names(task)
    dry, wet = answers.dry[:, : len(names)], answers.wet[..., : len(names)]
    counts = transitions(dry, wet)
    clips = counts.sum(axis=(1, 2))
    heard = np.where(clips > 0, clips, np.nan)
    variants = answers.material.variants.rename(columns={"family": "effect", "effect": "key"})
    rows = variants.loc[variants.index.repeat(len(names))].reset_index(drop=True)
    wet_shares = counts.sum(axis=1) / heard[:, np.newaxis]
    named = rows.assign(**{"class": np.tile(np.array(names, dtype=object), len(variants))})
    flow = named.assign(share=wet_shares.ravel(), count=counts.sum(axis=1).ravel())
    homogeneous = stuart_maxwell(counts)
    tests = variants.assign(
        changed=1.0 - np.trace(counts, axis1=1, axis2=2) / heard,
        stuart_maxwell=homogeneous.statistic,
        freedom=homogeneous.freedom,
        stuart_maxwell_p=homogeneous.p,
        p=marginal_shift_p(dry, wet, answers.material.groups, seed=seed),
    )
    tests["q"] = benjamini_hochberg(tests["p"].where(tests["level"] != 0.0), tests["control"])
    exact = mcnemar_p(counts)
    for place, name in enumerate(names):
        tests[f"mcnemar_p_{name}"] = exact[:, place]
    return {
        "flow": flow,
        "transitions": _transition_rows(variants, counts, names),
        "class_tests": tests,
        "published_tests": _published_tests(variants, counts.sum(axis=1), names),
    }


def _transition_rows(variants: pd.DataFrame, counts: Any, names: tuple[str, ...]) -> pd.DataFrame:
    """A row for each variant, dry class and wet class: how many clips went, and which share of the dry class."""
    classes = len(names)
    rows = variants.loc[variants.index.repeat(classes**2)].reset_index(drop=True)
    total = counts.sum(axis=2, keepdims=True)
    with np.errstate(invalid="ignore"):
        share = counts / np.where(total > 0, total, np.nan)
    return rows.assign(
        **{
            "from": np.tile(np.repeat(np.array(names, dtype=object), classes), len(variants)),
            "to": np.tile(np.array(names, dtype=object), len(variants) * classes),
            "count": counts.ravel(),
            "share": share.ravel(),
        }
    )


def _published_tests(variants: pd.DataFrame, counts: Any, names: tuple[str, ...]) -> pd.DataFrame:
    """The chi-square test of level × class of Katsis et al., which takes a clip at ten levels for ten clips."""
    rows = []
    for (effect, control), sweep in variants.dropna(subset=["level"]).groupby(["effect", "control"], sort=False):
        wet = sweep.index[sweep["level"] != 0.0]
        found = level_chi_square(counts[wet])
        rows.append(
            {
                "effect": effect,
                "control": control,
                "chi_square": float(found.statistic),
                "freedom": int(found.freedom),
                "p": float(found.p),
                "classes": ", ".join(names),
                "caution": "counts each clip once a level, as if all were different clips; no evidence",
            }
        )
    return pd.DataFrame(rows)
