"""Chains against the sum of their parts, on shifts that are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import planted_emotion
import pytest

from wetdry.studies.emotion.answers import Answers
from wetdry.studies.emotion.chains import additivity

SHIFTS = {"sum": 0.5, "more": 0.9}


@pytest.fixture(scope="module")
def table():
    """Parts that shift valence by 0.1 and 0.3; `sum` holds the first twice and the second once, and so does `more`."""
    rng = np.random.default_rng(0)
    material = planted_emotion.material(train=20, clips=40)
    variants = pd.DataFrame(
        [(name, np.nan, control, name) for name in SHIFTS for control in ("raw", "matched", "gain")],
        columns=["family", "level", "control", "effect"],
    )
    dry = rng.standard_normal((40, 2))
    parts = np.zeros((40, 2, 2))
    parts[:, :, 0] = [0.1, 0.3]
    parts += 0.05 * rng.standard_normal(parts.shape)
    expected = 2 * parts[:, 0] + parts[:, 1]
    wet = np.zeros((40, 6, 2))
    for place, (name, control) in enumerate(zip(variants["family"], variants["control"], strict=True)):
        beyond = np.array([0.4 if name == "more" else 0.0, 0.0])
        noise = 0.05 * rng.standard_normal((40, 2))
        wet[:, place] = dry + (expected + beyond if control == "raw" else 0.0) + noise
    answers = Answers(replace(material, variants=variants), dry, wet)
    members = {"sum": [0, 0, 1], "more": [0, 0, 1]}
    return additivity(answers, parts, members, seed=0, resamples=200).set_index(["chain", "target"])


def test_a_chain_that_is_the_sum_of_its_parts_is_said_to_be(table):
    row = table.loc[("sum", "valence")]
    assert row["parts"] == 3
    assert row["actual"] == pytest.approx(0.5, abs=0.1)
    assert row["expected"] == pytest.approx(0.5, abs=0.1)
    assert row["beyond_low"] < 0 < row["beyond_high"]
    assert row["q"] > 0.05


def test_what_a_chain_does_beyond_its_parts_is_found(table):
    row = table.loc[("more", "valence")]
    assert row["beyond_low"] < 0.4 < row["beyond_high"]
    assert row["beyond"] == pytest.approx(row["actual"] - row["expected"])
    assert row["q"] < 0.01
    assert table.loc[("more", "arousal"), "q"] > 0.05
