"""What is said of ratings and features is what was planted, and SHAP values come from trees that never saw the clip."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from wetdry.probes import shap_values
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.recognition import exploring
from wetdry.studies.recognition.config import RecognitionConfig

CLIPS, FEATURES = 60, 30
NAMES = ("valence", "arousal")


@pytest.fixture
def vectors(rng):
    found = rng.standard_normal((CLIPS, FEATURES))
    found[:, 7] = 3.0
    return found


@pytest.fixture
def answers(vectors, rng):
    noise = 0.3 * rng.standard_normal((CLIPS, 2))
    return np.stack([vectors[:, 4] - 0.5 * vectors[:, 9], -vectors[:, 11]], axis=1) + noise


GROUPS = np.array([f"song{n // 2:02}" for n in range(CLIPS)])
LABELS = [f"feature_{n}" for n in range(FEATURES)]


def test_correlations_are_those_of_every_pair_and_the_diagonal_is_one(answers):
    table = exploring.correlations(answers, GROUPS, NAMES).set_index(["row", "column"])
    r = pearsonr(answers[:, 0], answers[:, 1]).statistic
    assert table.loc[("valence", "arousal"), "r"] == pytest.approx(r)
    assert table.loc[("arousal", "valence"), "r"] == pytest.approx(r)
    assert table.loc[("valence", "arousal"), "low"] < r < table.loc[("valence", "arousal"), "high"]
    assert table.loc[("valence", "valence"), "r"] == pytest.approx(1.0)
    assert np.isnan(table.loc[("valence", "valence"), "low"])


def test_ranked_features_start_with_the_planted_ones_and_leave_out_what_never_varies(vectors, answers):
    table = exploring.ranked(vectors, answers, GROUPS, NAMES, LABELS)["features"]
    valence = table[table["target"] == "valence"]
    assert list(valence["feature"][:2]) == ["feature_4", "feature_9"]
    assert list(valence["rank"]) == list(range(1, 21))
    assert valence["r"].abs().is_monotonic_decreasing
    assert valence["r"].iloc[1] == pytest.approx(pearsonr(vectors[:, 9], answers[:, 0]).statistic)
    assert valence["r"].iloc[1] < 0
    arousal = table[table["target"] == "arousal"]
    assert arousal["feature"].iloc[0] == "feature_11"
    assert "feature_7" not in set(table["feature"])
    few = exploring.ranked(vectors[:, 6:9], answers, GROUPS, NAMES, LABELS[6:9])["features"]
    assert len(few) == 2 * 2


def _folds():
    part = np.arange(CLIPS) // 2 % 3
    return [(np.flatnonzero(part != each), np.flatnonzero(part == each)) for each in range(3)]


def test_attributions_are_of_trees_that_never_saw_the_clip(vectors, answers):
    items = [f"clip{n:02}" for n in range(CLIPS)]
    table = exploring.attributed(vectors, answers, _folds(), NAMES, LABELS, items, 5)["shap"]
    valence = table[table["target"] == "valence"]
    assert list(dict.fromkeys(valence["feature"]))[:2] == ["feature_4", "feature_9"]
    assert valence["feature"].nunique() == exploring.MOST_ATTRIBUTED
    learnt, asked = _folds()[1]
    alone = shap_values(vectors[learnt], answers[learnt], vectors[asked], seed=5)
    of_feature = valence[valence["feature"] == "feature_9"].set_index("item")
    expected = alone[0, :, 9]
    assert of_feature.loc[[items[row] for row in asked], "shap"].to_numpy() == pytest.approx(expected)
    lowest = items[int(vectors[:, 9].argmin())]
    assert of_feature.loc[lowest, "value"] == 0.0
    assert of_feature["value"].max() == 1.0
    # More of a feature that lowers the target lowers the estimate.
    assert np.corrcoef(of_feature["value"], of_feature["shap"])[0, 1] < -0.8


def test_of_many_clips_some_are_drawn_by_a_seed(vectors, answers, monkeypatch):
    monkeypatch.setattr(exploring, "MOST_CLIPS", 10)
    items = [f"clip{n:02}" for n in range(CLIPS)]
    tables = [exploring.attributed(vectors, answers, _folds(), NAMES, LABELS, items, seed)["shap"] for seed in (1, 1)]
    assert tables[0].groupby(["target", "feature"]).size().eq(10).all()
    pd.testing.assert_frame_equal(*tables)


def _measured(vectors, answers):
    clips = pd.DataFrame({"item": [f"clip{n:02}" for n in range(CLIPS)], "clip": "hash", "group": GROUPS})
    spec = SimpleNamespace(layer=lambda name: SimpleNamespace(labels={"features": tuple(LABELS)}[name]))
    folds = [SimpleNamespace(learnt=learnt, test=asked) for learnt, asked in _folds()]
    return SimpleNamespace(
        clips=clips,
        answers=answers,
        names=NAMES,
        groups=GROUPS,
        protocol=SimpleNamespace(folds=folds),
        view=lambda name: SimpleNamespace(encoder=SimpleNamespace(spec=spec), key=f"{name}@1", recipe="whole"),
        vectors=lambda *_: vectors,
    )


def test_labels_are_told_in_every_phase_and_features_in_the_first_alone(vectors, answers):
    measured, nothing_kept = _measured(vectors, answers), Checkpoints(None)
    for phases, expected in (
        ((1, 3), [{"ratings", "correlations"}, {"features"}, {"shap"}]),
        ((2, 3), [{"ratings", "correlations"}]),
    ):
        config = RecognitionConfig(data="csv:x.csv", phases=phases)
        found = [job() for job in exploring.jobs(config, measured, nothing_kept)]
        assert [set(tables) for tables in found] == expected
        assert exploring.count(config, measured) == len(expected)
        ratings = found[0]["ratings"]
        assert list(ratings.columns) == ["item", "group", "valence", "arousal"]
        assert ratings["arousal"].to_numpy() == pytest.approx(answers[:, 1])
