"""AUCs of several classes on shared resamples."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from wetdry.analysis.auc import auc_limits
from wetdry.analysis.class_auc import class_auc
from wetdry.errors import DataError

CLASSES = ("a", "b", "c")


@pytest.fixture
def scored(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = np.array(CLASSES).repeat(15)
    return rng.standard_normal((2, 3, 45)) + 1.5 * (labels == np.array(CLASSES)[:, np.newaxis]), labels


def test_estimates_are_scikit_learns(scored: tuple[np.ndarray, np.ndarray]) -> None:
    scores, labels = scored
    found, _ = class_auc(scores, labels, CLASSES, resamples=2)
    for setting, place in np.ndindex(2, 3):
        expected = roc_auc_score(labels == CLASSES[place], scores[setting, place])
        assert found[setting, place] == pytest.approx(expected, abs=1e-12)


def test_each_draw_is_the_auc_of_as_many_groups_of_each_class(scored: tuple[np.ndarray, np.ndarray]) -> None:
    scores, labels = scored
    groups = np.arange(45) // 3
    _, drawn = class_auc(scores, labels, CLASSES, groups, resamples=400, seed=3)
    assert drawn.shape == (2, 3, 400)
    # The same draws for all settings and classes: pairs of settings move together as their scores do.
    same, again = class_auc(np.stack([scores[0], scores[0]]), labels, CLASSES, groups, resamples=400, seed=3)[1]
    np.testing.assert_array_equal(same, again)
    np.testing.assert_array_equal(same, drawn[0])
    assert not np.array_equal(drawn, class_auc(scores, labels, CLASSES, groups, resamples=400, seed=4)[1])


def test_groups_widen_the_interval(rng: np.random.Generator) -> None:
    labels = np.array(["a", "b"]).repeat(60)
    per_group = rng.standard_normal(12).repeat(10)
    scores = np.stack([per_group + (labels == "a"), -per_group - (labels == "a")])
    spread = {
        name: class_auc(scores, labels, ["a", "b"], groups, resamples=500)[1].std(axis=-1).mean()
        for name, groups in (("rows", None), ("groups", np.arange(120) // 10))
    }
    assert spread["groups"] > 2 * spread["rows"]


def test_the_mean_over_classes_has_an_interval_that_covers(rng: np.random.Generator) -> None:
    labels = np.array(CLASSES).repeat(20)
    flags = labels == np.array(CLASSES)[:, np.newaxis]
    covered = 0
    for _ in range(200):
        scores = rng.standard_normal((3, 60)) + flags
        found, drawn = class_auc(scores, labels, CLASSES, resamples=200)
        low, high = auc_limits(found.mean(), drawn.mean(axis=0))
        # Two normal values of equal spread, one apart: Φ(1 / √2).
        covered += bool(low < 0.76025 < high)
    assert 0.89 <= covered / 200 <= 0.99


@pytest.mark.parametrize("labels", [["a", "b"], ["a", "b", "b", "b"]])
def test_scores_that_do_not_fit_are_a_sentence(labels: list[str]) -> None:
    with pytest.raises(DataError, match="do not fit"):
        class_auc(np.zeros((2, 3)), labels, ["a", "b"])


def test_a_class_without_rows_is_a_sentence() -> None:
    with pytest.raises(DataError, match="one positive and one negative"):
        class_auc(np.zeros((2, 3)), ["a", "a", "a"], ["a", "b"])
