import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import ndtri
from sklearn.metrics import roc_auc_score

from wetdry.analysis.auc import auc_difference, auc_draws, auc_intervals, group_draws, roc_auc
from wetdry.errors import DataError

FLAGS = np.arange(14) % 3 == 0
tied_scores = arrays(np.float64, (3, 14), elements=st.integers(-3, 3).map(float))


def drawn_scores(rng, settings, positives, negatives, area):
    """Normal scores whose true ROC AUC is `area`, and which of them are positive."""
    flags = np.arange(positives + negatives) < positives
    return rng.standard_normal((settings, flags.size)) + np.sqrt(2) * ndtri(area) * flags, flags


def coverage(interval, truth):
    return np.mean((interval.low <= truth) & (truth <= interval.high))


@settings(deadline=None, max_examples=30)
@given(tied_scores)
def test_areas_are_those_of_sklearn_with_ties(scores):
    expected = [roc_auc_score(FLAGS, row) for row in scores]
    np.testing.assert_allclose(roc_auc(scores, FLAGS), expected, rtol=1e-14)


def test_each_setting_may_have_its_own_positives(rng):
    scores = rng.standard_normal((2, 3, 20))
    flags = rng.random((2, 3, 20)) < 0.4
    expected = [[roc_auc_score(flag, row) for flag, row in zip(*pair, strict=True)] for pair in zip(flags, scores)]  # noqa: B905
    np.testing.assert_allclose(roc_auc(scores, flags), expected)


@settings(deadline=None, max_examples=15)
@given(tied_scores, arrays(np.int64, (14, 5), elements=st.integers(0, 4)))
def test_weighted_areas_are_those_of_sklearn(scores, times):
    times[:2] += 1
    found = auc_draws(scores, FLAGS, times.astype(float))
    expected = [[roc_auc_score(FLAGS, row, sample_weight=weights) for weights in times.T] for row in scores]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@settings(deadline=None, max_examples=50)
@given(tied_scores)
def test_areas_see_ranks_alone_and_mirror(scores):
    np.testing.assert_allclose(roc_auc(np.exp(scores), FLAGS), roc_auc(scores, FLAGS))
    np.testing.assert_allclose(roc_auc(-scores, FLAGS), 1 - roc_auc(scores, FLAGS))
    np.testing.assert_allclose(roc_auc(scores, ~FLAGS), 1 - roc_auc(scores, FLAGS))


def test_a_resample_has_as_many_groups_of_each_stratum(rng):
    strata = rng.integers(0, 3, 40)
    times = group_draws(strata, 500, seed=1)
    for stratum in range(3):
        inside = strata == stratum
        assert set(times[inside].sum(axis=0)) == {inside.sum()}
        # Poisson-like: the variance of one group's count is 1 − 1 / groups.
        assert times[inside].var(axis=1).mean() == pytest.approx(1 - 1 / inside.sum(), abs=0.06)


def test_the_standard_error_is_that_of_a_loop_that_resamples_and_sorts(rng):
    scores, flags = drawn_scores(rng, 1, 25, 60, 0.8)
    groups = np.concatenate([np.arange(25) // 2, 100 + np.arange(60) // 3])
    members = {name: np.flatnonzero(groups == name) for name in np.unique(groups)}
    areas = []
    for _ in range(1500):
        above, below = (
            scores[0, np.concatenate([members[name] for name in rng.choice(names, len(names))])]
            for names in (np.unique(groups[flags]), np.unique(groups[~flags]))
        )
        areas.append(np.mean(above[:, np.newaxis] > below))
    interval = auc_intervals(scores[0], flags, groups, resamples=3000)
    on_logits = np.log([bound / (1 - bound) for bound in (interval.low, interval.high)])
    expected = 2 * 1.959964 * np.std(areas) / (interval.estimate * (1 - interval.estimate))
    assert np.ptp(on_logits) == pytest.approx(expected, rel=0.08)
    assert interval.units == 13 + 20


@pytest.mark.parametrize("area", [0.5, 0.7, 0.9, 0.97])
@pytest.mark.parametrize(("positives", "negatives"), [(12, 12), (20, 60), (60, 300)])
def test_intervals_cover(rng, area, positives, negatives):
    """A standard error of 0.01 for 500 replications: bounds are the stated ones, ± 2 of it."""
    scores, flags = drawn_scores(rng, 500, positives, negatives, area)
    interval = auc_intervals(scores, flags, resamples=150)
    known = ~interval.undetermined
    assert known.mean() > 0.7
    assert 0.90 <= np.mean(((interval.low <= area) & (area <= interval.high))[known]) <= 0.99


def test_intervals_of_differences_cover(rng):
    """Both settings hear the same clips, of which one hears 0.05 less."""
    truth, worse = 0.85, 0.80
    flags = np.arange(160) < 40
    shared = rng.standard_normal((500, 160))
    noise = rng.standard_normal((2, 500, 160))
    better, poorer = (
        0.8 * shared + 0.6 * own + np.sqrt(2) * ndtri(area) * flags
        for own, area in zip(noise, (truth, worse), strict=True)
    )
    difference = auc_difference(better, poorer, flags, resamples=150)
    assert 0.92 <= coverage(difference, truth - worse) <= 0.98
    apart = auc_intervals(better, flags, resamples=150), auc_intervals(poorer, flags, resamples=150)
    unpaired = np.hypot(*[each.high - each.low for each in apart])
    assert np.mean((difference.high - difference.low) / unpaired) < 0.75


def test_clusters_must_be_named_for_intervals_to_cover(rng):
    groups = np.repeat(np.arange(60), 5)
    flags = groups < 30
    scores = np.sqrt(2) * ndtri(0.75) * flags + np.sqrt(0.7) * rng.standard_normal((300, 60))[:, groups]
    scores += np.sqrt(0.3) * rng.standard_normal((300, 300))
    assert 0.92 <= coverage(auc_intervals(scores, flags, groups, resamples=150), 0.75) <= 0.98
    assert coverage(auc_intervals(scores, flags, resamples=150), 0.75) < 0.75


def test_groups_of_both_classes_are_drawn_whole(rng):
    scores, flags = drawn_scores(rng, 1, 30, 30, 0.8)
    pairs = np.tile(np.arange(30), 2)
    song = 10 * rng.standard_normal(30)
    # What a pair shares moves both alike: drawn together, no resample is without one of them.
    interval = auc_intervals(scores[0] + song[pairs], flags, pairs)
    assert interval.units == 30
    assert interval.low < interval.estimate < interval.high


def test_a_perfect_separation_has_no_bounds(rng):
    scores = np.stack([np.arange(20.0), rng.standard_normal(20)])
    interval = auc_intervals(scores, np.arange(20) >= 10)
    assert interval.estimate[0] == 1.0
    assert interval.undetermined.tolist() == [True, False]
    assert interval.method.tolist() == ["undetermined", "bootstrap"]
    assert auc_difference(scores[1], np.exp(scores[1]), np.arange(20) >= 10).undetermined


def test_settings_share_resamples_and_differ_in_nothing_else(rng):
    scores, flags = drawn_scores(rng, 4, 20, 30, 0.7)
    together, alone = auc_intervals(scores.reshape(2, 2, -1), flags, seed=3), auc_intervals(scores[3], flags, seed=3)
    assert together.low.shape == (2, 2)
    assert together.low[1, 1] == alone.low
    assert auc_intervals(scores[3], flags, seed=4).low != alone.low
    swapped = auc_difference(scores[1], scores[0], flags)
    assert auc_difference(scores[0], scores[1], flags).low == pytest.approx(-swapped.high)


def test_what_cannot_be_compared_is_a_sentence():
    with pytest.raises(DataError, match="at least one positive and one negative row"):
        roc_auc([1.0, 2.0], [True, True])
    with pytest.raises(DataError, match="finite scores"):
        roc_auc([1.0, np.nan], [True, False])
    with pytest.raises(DataError, match=r"Flags of shape \(3,\) do not fit scores of shape \(2,\)"):
        roc_auc([1.0, 2.0], [True, False, True])
    with pytest.raises(DataError, match="10 resamples are too few"):
        auc_intervals([1.0, 2.0], [True, False], resamples=10)
    with pytest.raises(DataError, match="between 0 and 1, not 95"):
        auc_intervals([1.0, 2.0, 1.5], [True, False, False], level=95)
    with pytest.raises(DataError, match="Settings share their rows"):
        auc_intervals([[1.0, 2.0]], [[True, False]])
