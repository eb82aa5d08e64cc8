"""Resamples of clusters, and limits of figures from them."""

import numpy as np
import pytest

from wetdry.analysis.agreement import LOG
from wetdry.analysis.resampled import (
    ARCSINE,
    LINEAR,
    SIGNED_ARCSINE,
    cluster_sums,
    group_draws,
    limits,
    resample_weights,
    resampled_sums,
)
from wetdry.analysis.statistics import mean_interval
from wetdry.errors import DataError


def test_a_resample_has_one_group_less_of_each_stratum_and_counts_it_for_more(rng):
    strata = rng.integers(0, 3, 40)
    times = group_draws(strata, 500, seed=1)
    for stratum in range(3):
        inside = strata == stratum
        groups = inside.sum()
        np.testing.assert_allclose(times[inside].sum(axis=0), groups)
        assert set(np.rint(times[inside] * (groups - 1) / groups).sum(axis=0)) == {groups - 1}
    np.testing.assert_array_equal(group_draws([7], 20, 0), np.ones((1, 20)))


def test_means_of_resamples_have_the_variance_of_a_mean(rng):
    """Plain resamples of five groups would have 4/5 of it."""
    values = rng.standard_normal(5)
    means = resample_weights(5, 20_000, 0)[1:] @ values / 5
    assert means.var() == pytest.approx(values.var(ddof=1) / 5, rel=0.05)


def test_sums_are_those_of_a_loop(rng):
    values, member = rng.standard_normal((30, 2, 3)), rng.integers(0, 6, 30)
    sums = cluster_sums(values, member, 6)
    for place in range(6):
        np.testing.assert_allclose(sums[place], values[member == place].sum(axis=0))
    weights = resample_weights(6, 50, 2)
    found = resampled_sums(sums, weights)
    np.testing.assert_allclose(found[0], values.sum(axis=0))
    np.testing.assert_allclose(found[9], (weights[9, member, np.newaxis, np.newaxis] * values).sum(axis=0))


def test_limits_of_a_mean_are_about_students(rng):
    values = rng.standard_normal((40, 3))
    figures = resampled_sums(values, resample_weights(40, 4000, 0)) / 40
    low, high = limits(figures, np.full(3, 40), LINEAR, 0.9)
    expected = mean_interval(values, level=0.9)
    np.testing.assert_allclose(low, expected.low, atol=0.03)
    np.testing.assert_allclose(high, expected.high, atol=0.03)


@pytest.mark.parametrize(("scale", "values"), [(ARCSINE, [0.0, 0.2, 1.0]), (SIGNED_ARCSINE, [-1.0, -0.3, 1.0])])
def test_scales_return_what_they_were_given_and_stay_within_their_ends(scale, values):
    np.testing.assert_allclose(scale.back(scale.forth(np.array(values))), values, atol=1e-12)
    ends = scale.back(np.array([-100.0, 100.0]))
    np.testing.assert_allclose(ends, [values[0], values[-1]])


def test_where_resamples_tell_nothing_there_are_no_limits():
    agree, few, undefined = np.full(60, 0.3), np.linspace(0.2, 0.4, 60), np.r_[np.linspace(0.2, 0.4, 59), np.nan]
    figures = np.stack([agree, agree * (1 + 1e-15 * np.arange(60)), few, undefined, few], axis=1)
    low, high = limits(figures, np.array([9, 9, 3, 9, 9]), LOG, 0.95)
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, True, True, True, False]
    ones = np.clip(1 - 1e-16 * np.arange(60), 0, 1)[:, np.newaxis]
    assert np.isnan(limits(ones, np.array([9]), ARCSINE, 0.95)).all()


def test_too_few_resamples_are_a_sentence():
    with pytest.raises(DataError, match="10 resamples are too few"):
        resample_weights(20, 10, 0)
