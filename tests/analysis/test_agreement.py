import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import r2_score, root_mean_squared_error

from wetdry.analysis.agreement import agreement
from wetdry.errors import DataError

MEASURES = ("pearson", "spearman", "concordance", "r2", "rmse")


def ratings(rng, clusters, members, columns, within=0.0):
    """Pairs with known agreement: correlation 0.6, scale 0.8, offset 0.3; `within` is the intraclass correlation."""

    def normal():
        shared = rng.standard_normal((clusters, 1, columns))
        own = rng.standard_normal((clusters, members, columns))
        return (np.sqrt(within) * shared + np.sqrt(1 - within) * own).reshape(-1, columns)

    observed = normal()
    predicted = 0.8 * (0.6 * observed + 0.8 * normal()) + 0.3
    square = (0.8 - 1) ** 2 + 0.3**2 + 2 * 0.8 * (1 - 0.6)
    truth = {
        "pearson": 0.6,
        "spearman": 6 / np.pi * np.arcsin(0.3),
        "concordance": 2 * 0.6 * 0.8 / (0.8**2 + 1 + 0.3**2),
        "r2": 1 - square,
        "rmse": np.sqrt(square),
    }
    return predicted, observed, np.repeat(np.arange(clusters), members), truth


def coverage(found, truth):
    intervals = {name: getattr(found, name) for name in truth}
    return {name: np.mean((i.low <= truth[name]) & (truth[name] <= i.high)) for name, i in intervals.items()}


def test_estimates_match_scipy_and_scikit_learn(rng):
    observed = rng.standard_normal(40).round(1)
    predicted = (0.5 * observed + rng.standard_normal(40)).round(1)
    found = agreement(predicted, observed)
    assert found.pearson.estimate == pytest.approx(stats.pearsonr(predicted, observed).statistic)
    assert found.spearman.estimate == pytest.approx(stats.spearmanr(predicted, observed).statistic)
    assert found.r2.estimate == pytest.approx(r2_score(observed, predicted))
    assert found.rmse.estimate == pytest.approx(root_mean_squared_error(observed, predicted))
    covariance = np.cov(predicted, observed, bias=True)
    offset = predicted.mean() - observed.mean()
    ccc = 2 * covariance[0, 1] / (np.trace(covariance) + offset**2)
    assert found.concordance.estimate == pytest.approx(ccc)
    assert (found.n, found.units) == (40, 40)


def test_an_offset_costs_concordance_but_no_correlation(rng):
    observed = rng.standard_normal(30)
    found = agreement(observed + 2.0, observed)
    variance = observed.var()
    assert found.pearson.estimate == pytest.approx(1.0)
    assert found.spearman.estimate == pytest.approx(1.0)
    assert found.concordance.estimate == pytest.approx(2 * variance / (2 * variance + 4))
    assert found.rmse.estimate == pytest.approx(2.0)
    assert found.r2.estimate == pytest.approx(1 - 4 / variance)


def test_pearson_interval_is_near_fishers(rng):
    predicted, observed, _, _ = ratings(rng, 2000, 1, 1)
    found = agreement(predicted[:, 0], observed[:, 0]).pearson
    fisher = stats.pearsonr(predicted[:, 0], observed[:, 0]).confidence_interval()
    assert [found.low, found.high] == pytest.approx([fisher.low, fisher.high], abs=0.005)


@pytest.mark.parametrize("pairs", [15, 40])
def test_intervals_cover(rng, pairs):
    predicted, observed, _, truth = ratings(rng, pairs, 1, 2500)
    for name, covered in coverage(agreement(predicted, observed), truth).items():
        assert 0.92 <= covered <= 0.975, name


def test_clusters_must_be_named_for_intervals_to_cover(rng):
    predicted, observed, actors, truth = ratings(rng, 24, 4, 2000, within=0.5)
    for name, covered in coverage(agreement(predicted, observed, actors), truth).items():
        assert 0.92 <= covered <= 0.975, name
    for name, covered in coverage(agreement(predicted, observed), truth).items():
        assert covered < 0.9, name


def test_columns_are_independent(rng):
    predicted, observed, songs, _ = ratings(rng, 10, 3, 4)
    together = agreement(predicted.reshape(30, 2, 2), observed.reshape(30, 2, 2), songs)
    alone = agreement(predicted[:, 3], observed[:, 3], songs)
    assert (together.n, together.units) == (30, 10)
    for name in MEASURES:
        both, one = getattr(together, name), getattr(alone, name)
        assert [both.low[1, 1], both.high[1, 1]] == pytest.approx([one.low, one.high])
        assert one.low < one.estimate < one.high
        assert one.method == "jackknife-t"
        assert one.units == 10


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-10, 10))
def test_correlations_ignore_scale_and_offset_and_concordance_is_symmetric(seed, scale, offset):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, 12))
    found, moved, swapped = agreement(x, y), agreement(scale * x + offset, y), agreement(y, x)
    for name in ("pearson", "spearman"):
        assert getattr(moved, name).low == pytest.approx(getattr(found, name).low, abs=1e-9)
    for name in ("pearson", "spearman", "concordance", "rmse"):
        assert getattr(swapped, name).high == pytest.approx(getattr(found, name).high, abs=1e-9)
    assert abs(found.concordance.estimate) <= abs(found.pearson.estimate) + 1e-12


def test_what_is_undefined_has_no_bounds():
    observed = np.arange(6.0)
    perfect = agreement(observed, observed)
    assert perfect.rmse.estimate == 0.0
    assert perfect.spearman.estimate == pytest.approx(1.0)
    assert perfect.rmse.undetermined
    assert perfect.r2.undetermined
    constant = agreement(np.full(6, 0.1), observed)
    assert np.isnan(constant.pearson.estimate)
    assert np.isnan(constant.spearman.estimate)
    assert constant.concordance.estimate == 0.0
    assert constant.pearson.method == "undetermined"
    assert np.isnan(agreement(observed, np.full(6, 0.1)).r2.estimate)
    assert agreement(observed, observed[::-1] ** 2, [0, 0, 1, 1, 2, 2]).pearson.undetermined


@pytest.mark.parametrize(
    ("predicted", "observed", "message"),
    [
        ([1.0, 2.0], [1.0], r"shape \(2,\) do not fit"),
        ([1.0, np.nan], [1.0, 2.0], "complete pairs"),
        ([], [], "at least one row"),
    ],
)
def test_bad_input_is_named(predicted, observed, message):
    with pytest.raises(DataError, match=message):
        agreement(predicted, observed)
