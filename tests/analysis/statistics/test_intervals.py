import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from wetdry.analysis.statistics import effect_size, mean_interval, ratio_interval
from wetdry.errors import DataError

REPLICATIONS = 4000
shifts = arrays(np.float64, (12, 3), elements=st.integers(-500, 500).map(lambda n: n / 100))


def coverage(interval, truth):
    return np.mean((interval.low <= truth) & (truth <= interval.high))


# --- mean ----------------------------------------------------------------------------------------------------------


def test_few_units_have_students_interval(rng):
    values = rng.standard_normal((5, 3)) + 1.0
    interval = mean_interval(values, level=0.9)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.9)
    np.testing.assert_allclose(interval.low, expected.low)
    np.testing.assert_allclose(interval.high, expected.high)
    assert set(interval.method) == {"student-t"}


def test_bootstrap_t_matches_a_plain_loop(rng):
    values = rng.exponential(size=15)
    drawn = values[rng.integers(0, 15, size=(40_000, 15))]
    drawn = drawn[np.ptp(drawn, axis=1) > 0]
    t = (drawn.mean(axis=1) - values.mean()) / stats.sem(drawn, axis=1)
    low, high = values.mean() - stats.sem(values) * np.quantile(t, [0.975, 0.025])

    interval = mean_interval(values, resamples=40_000, seed=3)
    assert interval.method == "bootstrap-t"
    assert interval.estimate == pytest.approx(values.mean())
    assert [interval.low, interval.high] == pytest.approx([low, high], abs=0.03 * (high - low))


def test_limits_follow_the_skew(rng):
    interval = mean_interval(rng.exponential(size=(30, 200)))
    above, below = interval.high - interval.estimate, interval.estimate - interval.low
    assert np.mean(above > below) > 0.95


@pytest.mark.parametrize("units", [5, 8, 12, 30])
def test_intervals_of_normal_shifts_cover(rng, units):
    values = 0.3 + rng.standard_normal((units, REPLICATIONS))
    assert 0.93 <= coverage(mean_interval(values, seed=units), 0.3) <= 0.97


def test_intervals_of_skewed_shifts_cover_where_students_do_not(rng):
    values = rng.exponential(size=(30, REPLICATIONS))
    student = stats.ttest_1samp(values, 0.0).confidence_interval()
    assert coverage(student, 1.0) < 0.935
    assert 0.935 <= coverage(mean_interval(values), 1.0) <= 0.965


@pytest.mark.parametrize("units", [8, 12, 30])
def test_intervals_of_heavy_tailed_shifts_cover_a_little_less(rng, units):
    values = rng.laplace(size=(units, REPLICATIONS))
    assert 0.91 <= coverage(mean_interval(values), 0.0) <= 0.955


def test_clusters_must_be_named_for_intervals_to_cover(rng):
    songs = np.repeat(np.arange(20), 5)
    values = rng.standard_normal((20, REPLICATIONS))[songs] + rng.standard_normal((100, REPLICATIONS))
    assert 0.93 <= coverage(mean_interval(values, songs), 0.0) <= 0.97
    assert coverage(mean_interval(values, resamples=500), 0.0) < 0.80


def test_missing_values_are_as_if_never_there(rng):
    values = rng.standard_normal((20, 2))
    values[12:, 1] = np.nan
    interval = mean_interval(values, resamples=20_000)
    alone = mean_interval(values[:12, 1], resamples=20_000, seed=7)
    assert interval.units.tolist() == [20, 12]
    assert interval.estimate[1] == pytest.approx(alone.estimate)
    width = alone.high - alone.low
    # Of 20 drawn from 12 present and 8 missing, about 12 are present, not always just 12.
    assert [interval.low[1], interval.high[1]] == pytest.approx([alone.low, alone.high], abs=0.15 * width)


def test_constant_columns_have_no_width():
    values = np.zeros((12, 3))
    values[:, 1] = 0.1
    values[:, 2] = 0.1 + 1e-17 * np.arange(12)
    interval = mean_interval(values)
    np.testing.assert_allclose(interval.low, [0.0, 0.1, 0.1], rtol=1e-15)
    np.testing.assert_array_equal(interval.high, interval.low)
    assert set(interval.method) == {"constant"}
    assert interval.excludes_zero.tolist() == [False, True, True]


def test_one_unit_determines_no_bounds():
    interval = mean_interval([[2.0, np.nan]])
    np.testing.assert_array_equal(interval.estimate, [2.0, np.nan])
    assert interval.undetermined.all()
    assert set(interval.method) == {"undetermined"}


def test_resamples_without_spread_fall_back_to_student():
    values = np.zeros(30)
    values[0] = 1.0
    interval = mean_interval(values)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval()
    assert interval.method == "student-t"
    assert [interval.low, interval.high] == pytest.approx([expected.low, expected.high])


def test_a_column_does_not_depend_on_its_neighbours(rng):
    values = rng.standard_normal((16, 2, 3))
    together, alone = mean_interval(values, seed=5), mean_interval(values[:, 1, 2], seed=5)
    assert together.low.shape == (2, 3)
    assert together.low[1, 2] == pytest.approx(alone.low, rel=1e-12)
    assert together.high[1, 2] == pytest.approx(alone.high, rel=1e-12)


def test_seed_decides(rng):
    values = rng.standard_normal(20)
    assert mean_interval(values, seed=1).low == mean_interval(values, seed=1).low
    assert mean_interval(values, seed=1).low != mean_interval(values, seed=2).low


@settings(deadline=None, max_examples=25)
@given(shifts, st.integers(-20, 20))
def test_mean_interval_mirrors_and_scales(values, power):
    interval = mean_interval(values, resamples=400)
    mirrored = mean_interval(-values, resamples=400)
    np.testing.assert_allclose(mirrored.low, -interval.high, atol=1e-9)
    np.testing.assert_allclose(mirrored.high, -interval.low, atol=1e-9)
    scaled = mean_interval(values * 10.0**power, resamples=400)
    np.testing.assert_allclose(scaled.low, interval.low * 10.0**power, rtol=1e-6, atol=1e-9 * 10.0**power)
    assert (interval.low <= interval.estimate).all()
    assert (interval.estimate <= interval.high).all()


def test_levels_nest_and_bad_ones_are_refused(rng):
    values = rng.standard_normal(20)
    narrow, wide = mean_interval(values, level=0.8), mean_interval(values, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high
    with pytest.raises(DataError, match=r"between 0 and 1, not 95"):
        mean_interval(values, level=95)
    with pytest.raises(DataError, match="100 resamples are too few"):
        mean_interval(values, level=0.999, resamples=100)


# --- ratio ---------------------------------------------------------------------------------------------------------


def test_ratio_limits_are_where_the_paired_t_test_turns(rng):
    total = 2.0 + 0.4 * rng.standard_normal(14)
    gain = 0.3 * total + 0.2 * rng.standard_normal(14)
    share = ratio_interval(gain, total)
    assert share.method == "fieller"
    assert share.estimate == pytest.approx(gain.mean() / total.mean())
    for limit in (share.low, share.high):
        assert stats.ttest_1samp(gain - limit * total, 0.0).pvalue == pytest.approx(0.05, rel=1e-6)
    inside = stats.ttest_1samp(gain - (share.low + share.high) / 2 * total, 0.0).pvalue
    assert inside > 0.05


def test_ratio_covers(rng):
    total = 1.0 + 0.5 * rng.standard_normal((12, REPLICATIONS))
    gain = 0.4 * total + 0.3 * rng.standard_normal((12, REPLICATIONS))
    share = ratio_interval(gain, total)
    assert share.undetermined.mean() < 0.01
    assert 0.93 <= coverage(share, 0.4) / (1 - share.undetermined.mean()) <= 0.97


def test_ratio_of_clusters_is_the_ratio_of_their_means(rng):
    songs = np.repeat(np.arange(10), 4)
    total, gain = 2 + rng.standard_normal((2, 40))
    whole = ratio_interval(gain, total, songs)
    means = ratio_interval(gain.reshape(10, 4).mean(axis=1), total.reshape(10, 4).mean(axis=1))
    assert [whole.low, whole.high] == pytest.approx([means.low, means.high])
    assert whole.units == 10


def test_a_share_of_nothing_is_undetermined(rng):
    noise = rng.standard_normal((20, 200))
    share = ratio_interval(rng.standard_normal((20, 200)), noise)
    significant = stats.ttest_1samp(noise, 0.0).pvalue < 0.05
    np.testing.assert_array_equal(share.undetermined, ~significant)
    np.testing.assert_array_equal(share.method == "undetermined", ~significant)
    zero = ratio_interval(np.ones(5), np.zeros(5))
    assert np.isnan(zero.estimate)
    assert zero.method == "undetermined"


def test_an_exact_share_has_no_width(rng):
    total = 5.0 + rng.standard_normal(8)
    share = ratio_interval(-0.25 * total, total)
    assert [share.low, share.estimate, share.high] == pytest.approx([-0.25] * 3, abs=1e-6)


def test_ratio_drops_incomplete_pairs(rng):
    total, gain = 5.0 + rng.standard_normal((2, 10))
    part = np.where(np.arange(10) < 3, np.nan, gain)
    assert ratio_interval(part, total).low == pytest.approx(ratio_interval(gain[3:], total[3:]).low)


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1e150])
def test_ratio_is_free_of_the_scale(rng, scale):
    total, gain = 5.0 + rng.standard_normal((2, 10))
    share, scaled = ratio_interval(gain, total), ratio_interval(gain, total * scale)
    assert [scaled.low * scale, scaled.high * scale] == pytest.approx([share.low, share.high])


# --- effect size ---------------------------------------------------------------------------------------------------


def test_effect_size_of_one_to_five():
    # d = 3 / sqrt(2.5), and Hedges' correction for 4 degrees of freedom is sqrt(2 / pi).
    expected = 3.0 / np.sqrt(2.5) * np.sqrt(2.0 / np.pi)
    assert effect_size([1.0, 2.0, 3.0, 4.0, 5.0]).estimate == pytest.approx(expected)


def test_effect_size_is_unbiased_and_covers(rng):
    effect = effect_size(0.8 + rng.standard_normal((8, REPLICATIONS)))
    assert effect.estimate.mean() == pytest.approx(0.8, abs=0.03)
    assert 0.93 <= coverage(effect, 0.8) <= 0.97


def test_effect_limits_invert_the_noncentral_t(rng):
    values = 1.0 + rng.standard_normal(15)
    effect = effect_size(values)
    t = stats.ttest_1samp(values, 0.0).statistic
    assert stats.nct.cdf(t, 14, effect.low * np.sqrt(15)) == pytest.approx(0.975, abs=1e-5)
    assert stats.nct.cdf(t, 14, effect.high * np.sqrt(15)) == pytest.approx(0.025, abs=1e-5)


def test_effect_size_of_nothing_is_zero_and_of_a_constant_infinite():
    effect = effect_size(np.stack([np.zeros(6), np.full(6, -0.1)], axis=1))
    assert effect.estimate.tolist() == [0.0, -np.inf]
    assert effect.low.tolist() == [0.0, -np.inf]
    assert np.isnan(effect_size([1.0, 2.0]).estimate)


def test_effect_limits_stay_proportional_for_huge_effects(rng):
    values = rng.standard_normal(20)
    unit = (values - values.mean()) / values.std(ddof=1)
    effect = effect_size(unit[:, np.newaxis] + np.array([100.0, 1e4, 1e6, -1e6]))
    relative = effect.low / effect.estimate
    assert relative[1:3] == pytest.approx(relative[0], rel=1e-3)
    assert effect.high[3] == pytest.approx(-effect.low[2], rel=1e-6)


@settings(deadline=None, max_examples=25)
@given(shifts, st.randoms(use_true_random=False))
def test_effect_size_mirrors_and_ignores_scale_and_order(values, random):
    effect = effect_size(values)
    order = list(range(len(values)))
    random.shuffle(order)
    for other, sign in ((effect_size(-values), -1), (effect_size(1e-3 * values), 1), (effect_size(values[order]), 1)):
        np.testing.assert_allclose(other.estimate, sign * effect.estimate, rtol=1e-9, atol=1e-12)
