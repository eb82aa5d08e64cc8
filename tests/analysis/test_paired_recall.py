"""Gains of mean recall: closed forms where they exist, planted truths where they do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wetdry.analysis.crossed import crossed_mean
from wetdry.analysis.paired_recall import recall_gain
from wetdry.errors import DataError


def layout(groups, classes, each):
    """Truth and group (n,) of as many clips of each class from each group."""
    truth = np.tile(np.repeat(np.arange(classes), each), groups)
    return truth, np.repeat(np.arange(groups), classes * each)


def hits(rng, chances):
    return rng.random(chances.shape) < chances


def drawn(rng, groups, *, of_group, of_run, gain=0.1, runs=3, classes=4, each=2, keep=1.0):
    """Clips of two ways, one better by `gain`, to which groups and runs add: (truth, better, base, groups)."""
    truth, group = layout(groups, classes, each)
    kept = rng.random(len(truth)) < np.where(truth % 2, 1.0, keep)
    truth, group = truth[kept], group[kept]
    plain = (0.5 + 0.1 * rng.standard_normal(groups))[group, np.newaxis] + np.zeros(runs)
    more = gain + (of_group * rng.standard_normal(groups))[group, np.newaxis] + of_run * rng.standard_normal(runs)
    return truth, hits(rng, plain + more), hits(rng, plain), group


def test_with_one_run_and_as_many_clips_of_each_it_is_the_t_test_of_groups(rng):
    truth, group = layout(9, 3, 2)
    better, base = hits(rng, np.full((54, 1), 0.8)), hits(rng, np.full((54, 1), 0.5))
    found = recall_gain(truth, better, base, group)
    differences = (better.astype(float) - base)[:, 0].reshape(9, 6).mean(axis=1)
    expected = stats.ttest_1samp(differences, 0.0)
    assert found.gain == pytest.approx(differences.mean(), abs=1e-12)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    interval = expected.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_with_several_runs_and_as_many_clips_of_each_it_is_the_two_way_layout(rng):
    truth, better, base, group = drawn(rng, 8, of_group=0.1, of_run=0.1)
    found = recall_gain(truth, better, base, group)
    table = (better.astype(float) - base).reshape(8, 8, 3).mean(axis=1)
    expected = crossed_mean(table)
    assert (found.gain, found.low, found.high) == pytest.approx((expected.estimate, expected.low, expected.high))


def test_uneven_classes_weigh_the_same_and_the_error_is_that_of_leaving_groups_out(rng):
    truth, better, base, group = drawn(rng, 40, of_group=0.1, of_run=0.0, runs=1, each=3, keep=0.3)
    better, base = better.astype(float)[:, 0], base.astype(float)[:, 0]

    def gain(rows):
        return np.mean([(better - base)[rows & (truth == name)].mean() for name in range(4)])

    found = recall_gain(truth, better[:, np.newaxis], base[:, np.newaxis], group)
    assert found.gain == pytest.approx(gain(np.ones(len(truth), dtype=bool)), abs=1e-12)
    without = np.array([gain(group != name) for name in range(40)])
    jackknife = np.sqrt(39 / 40 * np.square(without - without.mean()).sum())
    half = stats.t.ppf(0.975, 39) * jackknife
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.05)


@pytest.mark.parametrize(
    ("groups", "of_group", "of_run", "keep"), [(12, 0.1, 0.0, 1.0), (12, 0.1, 0.05, 0.5), (24, 0.02, 0.1, 1.0)]
)
def test_intervals_cover_groups_and_runs_at_once(groups, of_group, of_run, keep):
    rng = np.random.default_rng(7)
    draws = [recall_gain(*drawn(rng, groups, of_group=of_group, of_run=of_run, keep=keep)) for _ in range(400)]
    covered = np.mean([found.low <= 0.1 <= found.high for found in draws])
    assert 0.91 <= covered <= 0.995
    # One of the two samples alone would promise too much where runs differ.
    if of_run == 0.1:
        alone = [
            recall_gain(truth, one.mean(axis=1, keepdims=True), other.mean(axis=1, keepdims=True), group)
            for truth, one, other, group in (drawn(rng, groups, of_group=of_group, of_run=of_run) for _ in range(400))
        ]
        assert np.mean([found.low <= 0.1 <= found.high for found in alone]) < 0.85


def test_no_difference_is_found_as_rarely_as_it_is_said():
    rng = np.random.default_rng(11)
    p = [recall_gain(*drawn(rng, 16, of_group=0.05, of_run=0.03, gain=0.0)).p for _ in range(400)]
    assert np.mean(np.array(p) < 0.05) < 0.08


def test_a_planted_gain_is_found_with_its_size():
    found = recall_gain(*drawn(np.random.default_rng(3), 24, of_group=0.05, of_run=0.02, gain=0.3, runs=8))
    assert found.low < 0.3 < found.high
    assert found.low > 0.15
    assert found.p < 1e-3
    assert (found.groups, found.runs) == (24, 8)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(1, 4))
def test_order_names_and_sides_do_not_matter(seed, groups, runs):
    rng = np.random.default_rng(seed)
    truth, better, base, group = drawn(rng, groups, of_group=0.1, of_run=0.1, runs=runs)
    found = recall_gain(truth, better, base, group)
    turned = recall_gain(truth, base, better, group)
    assert (turned.gain, turned.low, turned.high, turned.p) == pytest.approx(
        (-found.gain, -found.high, -found.low, found.p), nan_ok=True
    )
    order, columns = rng.permutation(len(truth)), rng.permutation(runs)
    names = np.array(["zero", "one", "two", "three"])[truth[order]]
    same = recall_gain(names, better[order][:, columns], base[order][:, columns], -group[order])
    assert (same.gain, same.low, same.high, same.p) == pytest.approx(
        (found.gain, found.low, found.high, found.p), nan_ok=True
    )
    if np.isfinite(found.p):
        assert (found.p < 0.05) == (found.low > 0.0 or found.high < 0.0)


def test_what_cannot_be_known_is_said():
    truth, group = layout(4, 2, 1)
    right, wrong = np.ones((8, 2)), np.zeros((8, 2))
    agreed = recall_gain(truth, right, wrong, group)
    assert agreed.gain == 1.0
    assert np.isnan([agreed.low, agreed.high, agreed.p]).all()
    assert "all groups agree" in agreed.remark
    alone = recall_gain(truth, right, wrong, np.zeros(8))
    assert np.isnan(alone.low)
    assert "one group" in alone.remark


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((["a", "b"], [[1, 0]], [[1, 0]], ["x", "y"]), "same clips and as many runs"),
        ((["a"], [[1.0]], [[1.0, 0.0]], ["x"]), "same clips and as many runs"),
        (([], np.zeros((0, 1)), np.zeros((0, 1)), []), "same clips and as many runs"),
        ((["a", "b"], [[1.0], [np.nan]], [[1.0], [0.0]], ["x", "y"]), "both ways have told of"),
        ((["a", "b"], [[1.0], [0.0]], [[1.0], [0.0]], ["x"]), "Clusters of shape"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, said):
    with pytest.raises(DataError, match=said):
        recall_gain(*arguments)
