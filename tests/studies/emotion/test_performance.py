"""Scores and splits, on clips whose songs give their labels away."""

from dataclasses import replace

import numpy as np
import planted_emotion
import pytest

from wetdry.studies.emotion.answers import Answers
from wetdry.studies.emotion.performance import performance, split_comparison


@pytest.fixture(scope="module")
def leaking():
    """Songs of four clips that are all but the same, each with a rating that its vector has nothing to do with."""
    rng = np.random.default_rng(0)
    material = planted_emotion.material(train=120, clips=40, dim=60)
    songs = rng.standard_normal((40, 60)).repeat(4, axis=0) + 0.01 * rng.standard_normal((160, 60))
    ratings = rng.standard_normal((40, 2)).repeat(4, axis=0)
    groups = np.array([f"song{number // 4:02}" for number in range(160)])
    return replace(
        material,
        train=songs[:120].astype(np.float32),
        dry=songs[120:].astype(np.float32),
        train_labels=ratings[:120],
        labels=ratings[120:],
        train_groups=groups[:120],
        clips=material.clips.assign(group=groups[120:]),
    )


def test_clips_held_out_at_random_leak_and_songs_held_out_do_not(leaking):
    table = split_comparison(leaking, "linear", seed=0, resamples=100)
    scores = table.query("metric == 'r2' and target == 'valence'").set_index("split")["value"]
    assert scores["clips held out at random"] > 0.6
    assert scores["groups held out"] < 0.1
    assert scores["shuffled labels, groups held out"] < 0.1
    assert set(table["clips"]) == {160}
    assert set(table["groups"]) == {40}


def test_robustness_falls_with_the_scores_and_with_errors_that_grow():
    material = planted_emotion.material(train=20, clips=40)
    error = 0.1 * np.random.default_rng(0).standard_normal((40, 2))
    times = 1.0 + (material.variants["family"] == "real").to_numpy() * material.variants["level"].to_numpy()
    wet = material.labels[:, np.newaxis] + times[:, np.newaxis] * error[:, np.newaxis]
    _, robust = performance(Answers(material, material.labels + error, wet), seed=0, resamples=100)
    found = robust.query("control == 'raw' and target == 'valence'").set_index(["effect", "metric"])["value"]
    # The mean of 1 to 11 times the dry error, by trapezia, is 6 times as large.
    assert found["real", "mae"] == pytest.approx(1 / 6)
    assert found["real", "rmse"] == pytest.approx(1 / 6)
    assert found["nothing", "mae"] == pytest.approx(1.0)
    assert 0.2 < found["real", "r2"] < 0.9 < found["nothing", "r2"]


def test_a_guess_is_scored_by_the_labels_of_what_is_told():
    material = planted_emotion.material(task=planted_emotion.QUADRANTS, train=60, clips=40)
    labels = np.concatenate([material.train_labels, material.labels])
    table = split_comparison(material, "linear", seed=0, resamples=50).set_index(["split", "metric"])["chance"]
    commonest = np.unique(labels, return_counts=True)[1].max() / len(labels)
    assert table["groups held out", "accuracy"] == pytest.approx(commonest)
    assert table["groups held out", "recall"] == 1 / 4
