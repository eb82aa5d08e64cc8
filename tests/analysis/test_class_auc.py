"""AUCs of several classes on shared resamples."""

import numpy as np
import pytest
from scipy.special import ndtri
from sklearn.metrics import roc_auc_score

from wetdry.analysis.auc import auc_limits, difference_limits
from wetdry.analysis.class_auc import class_auc
from wetdry.errors import DataError

CLASSES = ("a", "b", "c")


def normal_scores(
    rng: np.random.Generator, settings: int, positives: int, negatives: int, area: float
) -> tuple[np.ndarray, np.ndarray]:
    """Normal scores (setting, n) whose true ROC AUC is `area`, and which of them are positive."""
    flags = np.arange(positives + negatives) < positives
    return rng.standard_normal((settings, flags.size)) + np.sqrt(2) * ndtri(area) * flags, flags


def of_positives(
    scores: np.ndarray, flags: np.ndarray, groups: np.ndarray | None = None, resamples: int = 150
) -> tuple[np.ndarray, np.ndarray]:
    """AUC (setting,) of positive rows, as measured and drawn (setting, resample)."""
    labels = np.where(flags, "yes", "no")
    found, drawn = class_auc(scores[:, np.newaxis], labels, ["yes"], groups, resamples=resamples)
    return found[:, 0], drawn[:, 0]


def coverage(limits: tuple[np.ndarray, np.ndarray], truth: float) -> float:
    low, high = limits
    known = ~np.isnan(low)
    return float(np.mean(((low <= truth) & (truth <= high))[known]))


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


def test_the_standard_error_is_that_of_a_loop_that_resamples_and_sorts(rng: np.random.Generator) -> None:
    scores, flags = normal_scores(rng, 1, 25, 60, 0.8)
    groups = np.concatenate([np.arange(25) // 2, 100 + np.arange(60) // 3])
    members = {name: np.flatnonzero(groups == name) for name in np.unique(groups)}
    areas = []
    for _ in range(1500):
        # One group less than there are, of either class.
        above, below = (
            scores[0, np.concatenate([members[name] for name in rng.choice(names, len(names) - 1)])]
            for names in (np.unique(groups[flags]), np.unique(groups[~flags]))
        )
        areas.append(np.mean(above[:, np.newaxis] > below))
    _, drawn = of_positives(scores, flags, groups, resamples=3000)
    assert drawn.std() == pytest.approx(np.std(areas), rel=0.08)


@pytest.mark.parametrize("area", [0.5, 0.7, 0.9, 0.97])
@pytest.mark.parametrize(("positives", "negatives"), [(12, 12), (20, 60), (60, 300)])
def test_limits_cover(rng: np.random.Generator, area: float, positives: int, negatives: int) -> None:
    """A standard error of 0.01 for 500 replications: bounds are the stated ones, ± 2 of it."""
    scores, flags = normal_scores(rng, 500, positives, negatives, area)
    limits = auc_limits(*of_positives(scores, flags))
    assert np.isnan(limits[0]).mean() < 0.3
    assert 0.91 <= coverage(limits, area) <= 0.995


def test_limits_of_differences_cover(rng: np.random.Generator) -> None:
    """Both settings hear the same clips, of which one hears 0.05 less."""
    truth, worse = 0.85, 0.80
    flags = np.arange(160) < 40
    shared = rng.standard_normal((500, 160))
    noise = rng.standard_normal((2, 500, 160))
    found = [
        of_positives(0.8 * shared + 0.6 * own + np.sqrt(2) * ndtri(area) * flags, flags)
        for own, area in zip(noise, (truth, worse), strict=True)
    ]
    low, high = difference_limits(found[0][0] - found[1][0], found[0][1] - found[1][1])
    assert 0.92 <= coverage((low, high), truth - worse) <= 0.98
    unpaired = np.hypot(*[np.subtract(*auc_limits(*each)) for each in found])
    assert np.mean((high - low) / unpaired) < 0.75


def test_groups_must_be_named_for_limits_to_cover(rng: np.random.Generator) -> None:
    groups = np.repeat(np.arange(60), 5)
    flags = groups < 30
    scores = np.sqrt(2) * ndtri(0.75) * flags + np.sqrt(0.7) * rng.standard_normal((300, 60))[:, groups]
    scores += np.sqrt(0.3) * rng.standard_normal((300, 300))
    assert 0.92 <= coverage(auc_limits(*of_positives(scores, flags, groups)), 0.75) <= 0.98
    assert coverage(auc_limits(*of_positives(scores, flags)), 0.75) < 0.75


def test_a_perfect_separation_has_no_limits(rng: np.random.Generator) -> None:
    scores = np.stack([np.arange(20.0), rng.standard_normal(20)])
    found, drawn = of_positives(scores, np.arange(20) >= 10)
    assert found[0] == 1.0
    assert np.isnan(auc_limits(found, drawn)).all(axis=0).tolist() == [True, False]
    same, again = of_positives(np.stack([scores[1], np.exp(scores[1])]), np.arange(20) >= 10)
    assert np.isnan(difference_limits(same[0] - same[1], again[0] - again[1])).all()


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
