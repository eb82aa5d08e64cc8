"""AUCs of several classes on shared resamples."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from wetdry.analysis.auc import auc_limits, difference_limits
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


def test_few_groups_do_not_narrow_the_interval(rng: np.random.Generator) -> None:
    """Plain resamples of three groups have two thirds of the variance, and 95 % limits that cover less than 90 %."""
    classes = np.array(list("abcdefgh"))
    labels = classes.repeat(3)
    flags = labels == classes[:, np.newaxis]
    covered = []
    for _ in range(200):
        found, drawn = class_auc(rng.standard_normal((8, 24)) + 0.4 * flags, labels, classes, resamples=100)
        low, high = auc_limits(found.mean(), drawn.mean(axis=0))
        # Φ(0.4 / √2)
        covered.append(bool(low < 0.61134 < high))
    assert 0.91 <= np.mean(covered) <= 0.99


def test_a_class_of_one_group_has_no_spread_and_not_one_of_rounding(rng: np.random.Generator) -> None:
    labels = np.array(["a", "b", "c"]).repeat(4)
    groups = np.array(["a1"] * 4 + ["b1", "b1", "b2", "b2"] + ["c1", "c1", "c2", "c2"])
    scores = rng.standard_normal((3, 12))
    found, drawn = class_auc(scores, labels, CLASSES, groups, resamples=100)
    assert np.isfinite(found).all()
    assert np.isnan(drawn[0]).all()
    assert np.isfinite(drawn[1:]).all()
    assert np.isnan(auc_limits(found.mean(), drawn.mean(axis=0))).all()
    _, alone = class_auc(scores, labels, CLASSES, labels, resamples=100)
    assert np.isnan(alone).all()


def test_negatives_of_one_group_a_class_leave_no_interval_either(rng: np.random.Generator) -> None:
    _, drawn = class_auc(rng.standard_normal((2, 8)), list("aaaabbbb"), ["a", "b"], list("12345555"), resamples=100)
    assert np.isnan(drawn).all()


def test_resamples_that_agree_but_for_rounding_have_no_limits() -> None:
    drawn = 0.7 + 1e-16 * np.arange(50)
    assert np.isnan(auc_limits(0.7, drawn)).all()
    assert np.isnan(difference_limits(0.0, np.zeros(50))).all()
    low, high = difference_limits(0.1, np.linspace(0.0, 0.2, 50))
    assert low < 0.1 < high
