import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats.power import TTestPower

from wetdry.analysis.statistics import sign_flip_p, trend_test
from wetdry.errors import DataError

REPLICATIONS = 4000
shifts = arrays(np.float64, (7, 3), elements=st.integers(-500, 500).map(lambda n: n / 100))


def assert_valid(p, levels=(0.01, 0.05, 0.1, 0.25, 0.5)):
    """The share of p-values up to each level is no larger than it, within four standard errors."""
    for level in levels:
        assert np.mean(p <= level) <= level + 4 * np.sqrt(level * (1 - level) / p.size)


# --- sign flips ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_exact_p_matches_scipy(rng, alternative):
    values = rng.standard_normal((9, 4)) + 0.5
    theirs = stats.permutation_test(
        (values,),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        alternative=alternative,
        n_resamples=np.inf,
        axis=0,
        vectorized=True,
    )
    np.testing.assert_allclose(sign_flip_p(values, alternative=alternative), theirs.pvalue)


def test_all_of_one_sign_is_the_rarest_pattern():
    assert sign_flip_p(np.arange(1.0, 9.0)) == 2 / 2**8
    assert sign_flip_p(np.arange(1.0, 9.0), alternative="greater") == 1 / 2**8
    assert sign_flip_p(np.arange(1.0, 9.0), alternative="less") == 1.0
    assert sign_flip_p([3.0]) == 1.0


def test_random_flips_approach_the_exact_p(rng):
    values = rng.standard_normal((13, 40)) + 0.3
    exact, drawn = sign_flip_p(values), sign_flip_p(values, permutations=8000, seed=1)
    assert np.abs(exact - drawn).max() < 4 * np.sqrt(0.25 / 8000)
    assert (exact != drawn).any()


def test_random_p_is_never_zero():
    assert sign_flip_p(np.ones((100, 1)), permutations=999).tolist() == [1 / 1000]


def test_zeros_give_one_and_nothing_gives_nan():
    values = np.stack([np.zeros(20), np.full(20, np.nan)], axis=1)
    np.testing.assert_array_equal(sign_flip_p(values), [1.0, np.nan])


def test_missing_units_do_not_change_an_exact_p(rng):
    values = rng.standard_normal(6) + 1.0
    assert sign_flip_p(np.append(values, [np.nan, np.nan])) == pytest.approx(sign_flip_p(values))


@pytest.mark.parametrize("units", [12, 20])
def test_p_is_uniform_without_a_shift(rng, units):
    p = sign_flip_p(rng.laplace(size=(units, REPLICATIONS)), permutations=4999, seed=units)
    assert stats.kstest(p, "uniform").pvalue > 0.001
    assert_valid(p)
    assert np.mean(p <= 0.05) > 0.035


def test_clusters_keep_p_valid(rng):
    songs = np.repeat(np.arange(12), 6)
    values = rng.standard_normal((12, 2000))[songs] + rng.standard_normal((72, 2000))
    assert_valid(sign_flip_p(values, songs))
    assert np.mean(sign_flip_p(values, permutations=999) <= 0.05) > 0.2


def test_power_is_that_of_the_t_test(rng):
    p = sign_flip_p(1.0 + rng.standard_normal((12, REPLICATIONS)))
    assert np.mean(p <= 0.05) == pytest.approx(TTestPower().power(1.0, 12, 0.05), abs=0.03)


@settings(deadline=None, max_examples=50)
@given(shifts, st.randoms(use_true_random=False))
def test_p_ignores_sign_scale_and_order(values, random):
    p = sign_flip_p(values)
    order = list(range(len(values)))
    random.shuffle(order)
    assert ((p > 0) & (p <= 1)).all()
    for other in (-values, 1e6 * values, 1e-200 * values, values[order]):
        np.testing.assert_array_equal(sign_flip_p(other), p)
    one_sided = sign_flip_p(values, alternative="greater"), sign_flip_p(-values, alternative="less")
    np.testing.assert_array_equal(*one_sided)


def test_unknown_alternative_is_named():
    with pytest.raises(DataError, match='"larger": known: two-sided, greater, less'):
        sign_flip_p([1.0], alternative="larger")


# --- trends --------------------------------------------------------------------------------------------------------


def test_few_units_are_tested_as_page_does(rng):
    table = rng.standard_normal((3, 4)) + 0.5 * np.arange(4)
    trend = trend_test([1, 2, 3, 4], table, permutations=20_000, alternative="greater")
    page = stats.page_trend_test(table, method="exact")
    assert trend.method == "within-unit"
    assert trend.p == pytest.approx(page.pvalue)
    # Page's L is a straight line of the mean rho: L = n (l³ − l) rho / 12 + n l (l + 1)² / 4.
    assert page.statistic == pytest.approx(3 * (4**3 - 4) * trend.rho / 12 + 3 * 4 * 5**2 / 4)


def test_one_unit_permutes_its_strengths(rng):
    strengths, values = [0.1, 0.2, 0.4, 0.5, 0.9, 1.0], rng.standard_normal(6)
    trend = trend_test(strengths, values[np.newaxis])
    theirs = stats.permutation_test(
        (values,),
        lambda v: stats.spearmanr(strengths, v).statistic,
        permutation_type="pairings",
        n_resamples=np.inf,
    )
    assert trend.rho == pytest.approx(theirs.statistic)
    assert trend.p == pytest.approx(theirs.pvalue)
    assert trend.slope == pytest.approx(np.polyfit(strengths, values, 1)[0])


def test_many_units_flip_the_signs_of_their_rhos(rng):
    strengths, values = np.arange(5), rng.standard_normal((9, 5, 3)) + 0.3 * np.arange(5)[:, np.newaxis]
    trend = trend_test(strengths, values)
    rhos = np.array([[stats.spearmanr(strengths, unit).statistic for unit in row.T] for row in values])
    np.testing.assert_allclose(trend.rho, rhos.mean(axis=0))
    np.testing.assert_array_equal(trend.p, sign_flip_p(rhos))
    assert trend.units.tolist() == [9, 9, 9]
    assert set(trend.method) == {"sign-flip"}


def test_trend_is_blind_to_the_shape_of_the_response(rng):
    strengths, values = np.arange(1, 6), rng.standard_normal((8, 5))
    bent = trend_test(np.exp(strengths), np.exp(3 * values))
    straight = trend_test(strengths, values)
    assert bent.rho == pytest.approx(straight.rho)
    assert bent.p == straight.p


@pytest.mark.parametrize(("units", "permutations"), [(1, 9999), (1, 499), (4, 1999), (10, 9999), (16, 1999)])
def test_trend_is_valid_without_one(rng, units, permutations):
    values = rng.standard_normal((units, 6, 2000))
    p = trend_test(np.arange(6), values, permutations=permutations, seed=units).p
    assert_valid(p)
    assert np.mean(p <= 0.1) > 0.06


def test_units_with_opposite_trends_are_no_trend(rng):
    direction = rng.choice([-1.0, 1.0], size=(12, 1, 1000))
    values = 2 * direction * np.arange(8)[:, np.newaxis] + rng.standard_normal((12, 8, 1000))
    assert_valid(trend_test(np.arange(8), values).p)
    # Page's test takes two thirds of the units rising for a trend of all: 19 % of fair coins.
    page = [stats.page_trend_test(values[:, :, i], method="asymptotic").pvalue < 0.05 for i in range(400)]
    np.testing.assert_array_equal(page, (direction > 0).sum(axis=0)[0, :400] >= 8)


def test_trend_has_most_of_the_power_of_a_t_test_of_slopes(rng):
    values = 0.25 * np.arange(8)[:, np.newaxis] + 1.5 * rng.standard_normal((10, 8, 2000))
    standardised_slope = 0.25 / (1.5 / np.sqrt(42))
    best = TTestPower().power(standardised_slope, 10, 0.05)
    assert best - 0.15 < np.mean(trend_test(np.arange(8), values).p < 0.05) < best


def test_rows_of_one_cluster_are_permuted_together(rng):
    # Five windows of one song that move alike: one unit, not five.
    song = rng.standard_normal((1, 6, 2000))
    windows = np.repeat(song, 5, axis=0) + 0.01 * rng.standard_normal((5, 6, 2000))
    clustered = trend_test(np.arange(6), windows, ["song"] * 5)
    assert clustered.units.max() == 1
    assert_valid(clustered.p)
    assert np.mean(trend_test(np.arange(6), windows[:, :, :300]).p <= 0.05) > 0.2


def test_no_response_is_no_trend():
    for units in (1, 10):
        trend = trend_test([0, 1, 2], np.zeros((units, 3)))
        assert (trend.rho, trend.slope, trend.p) == (0.0, 0.0, 1.0)


def test_an_incomplete_row_is_left_out(rng):
    values = rng.standard_normal((9, 4, 2))
    whole = trend_test(np.arange(4), values[1:, :, 1])
    values[0, 2, 1] = np.nan
    trend = trend_test(np.arange(4), values)
    assert trend.units.tolist() == [9, 8]
    assert trend.p[1] == pytest.approx(whole.p)
    assert trend.slope[1] == pytest.approx(whole.slope)
    few = trend_test(np.arange(4), np.concatenate([values[:1], values[:3]]))
    assert few.units.tolist() == [4, 2]
    assert few.p[1] == trend_test(np.arange(4), values[1:3, :, 1]).p
    assert np.isnan(trend_test([0, 1], [[np.nan, 1.0]]).p)


def test_direction_is_that_of_the_strengths(rng):
    values = rng.standard_normal((8, 5)) + 0.4 * np.arange(5)
    up, down = trend_test(np.arange(5), values), trend_test(-np.arange(5), values)
    assert up.rho == pytest.approx(-down.rho)
    assert up.p == down.p
    rising = trend_test(np.arange(5), values, alternative="greater").p
    assert rising == trend_test(np.arange(5), -values, alternative="less").p < up.p


@pytest.mark.parametrize(
    ("strengths", "values", "message"),
    [
        ([1.0, 1.0], [[1.0, 2.0]], "two different strengths"),
        ([1.0, 2.0, 3.0], [[1.0, 2.0]], r"shape \(1, 2\) do not fit 3 strengths"),
        ([1.0, 2.0], [1.0, 2.0], r"shape \(2,\) do not fit"),
    ],
)
def test_bad_sweeps_are_named(strengths, values, message):
    with pytest.raises(DataError, match=message):
        trend_test(strengths, values)
