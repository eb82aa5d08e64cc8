"""Agreement of the shifts that several probes tell of."""

import numpy as np
import pytest
from scipy import stats

from wetdry.analysis.agreement import concordance
from wetdry.analysis.profiles import profile_agreement
from wetdry.analysis.statistics import mean_interval
from wetdry.errors import DataError

MEASURES = ("pearson", "spearman", "concordance", "same_sign")


@pytest.fixture
def told(rng):
    """Shifts (3, 90, 20) of 90 clips of 30 songs by three probes: alike, alike but for size, and something else."""
    profile = rng.standard_normal((2, 20))
    told = np.stack([profile[0], 0.4 * profile[0], profile[1]])[:, np.newaxis]
    songs = rng.standard_normal((3, 30, 20))[:, np.repeat(np.arange(30), 3)]
    return told + 0.3 * songs + 0.3 * rng.standard_normal((3, 90, 20)), np.repeat(np.arange(30), 3)


def test_measures_are_those_of_pairs_of_means(told):
    values, song = told
    found = profile_agreement(values, song, resamples=50)
    means = mean_interval(np.swapaxes(values, 0, 1), song).estimate
    for first, second in np.ndindex(3, 3):
        one, other = means[first], means[second]
        expected = {
            "pearson": stats.pearsonr(one, other).statistic,
            "spearman": stats.spearmanr(one, other).statistic,
            "concordance": concordance(one, other),
            "same_sign": np.mean(one * other > 0),
        }
        for name, value in expected.items():
            assert getattr(found, name).estimate[first, second] == pytest.approx(value)
    assert found.cells == 20
    alone = profile_agreement(means)
    for name in MEASURES:
        np.testing.assert_allclose(getattr(alone, name).estimate, getattr(found, name).estimate)
        assert getattr(alone, name).undetermined.all()


def test_what_agrees_is_told_from_what_does_not(told):
    values, song = told
    found = profile_agreement(values, song)
    for name in MEASURES:
        interval = getattr(found, name)
        assert np.diag(interval.estimate) == pytest.approx(1.0)
        np.testing.assert_array_equal(interval.estimate, interval.estimate.T)
        np.testing.assert_array_equal(interval.low, interval.low.T)
        assert np.isnan(np.diag(interval.low)).all()
        assert (interval.method == np.where(np.eye(3, dtype=bool), "undetermined", "bootstrap")).all()
    assert found.pearson.low[0, 1] > 0.9
    assert found.pearson.high[0, 2] < found.pearson.low[0, 1]
    # Equal but for its size: correlation does not mind, concordance does.
    assert found.concordance.high[0, 1] < 0.85
    assert found.same_sign.low[0, 1] > found.same_sign.high[0, 2]


def test_limits_hold_the_agreement_of_other_clips(rng):
    """Profiles of as many other clips agree within the limits, wider by the chance in those as well."""
    profile = rng.standard_normal(30)
    shifts = np.stack([profile, 0.8 * profile + 0.6 * rng.standard_normal(30)])[:, np.newaxis]

    def clips():
        return shifts + rng.standard_normal((2, 60, 30))

    inside, others = [], []
    for _ in range(100):
        found = profile_agreement(clips(), resamples=100).pearson
        inside.append((found.low[0, 1], found.high[0, 1]))
        others.append(found.estimate[0, 1])
    middle = np.median(others)
    assert np.mean([low <= middle <= high for low, high in inside]) >= 0.88
    assert np.mean([high - low for low, high in inside]) < 6 * np.std(others)


def test_songs_that_go_together_widen_the_limits(told):
    values, song = told
    shared = values + 2.0 * np.random.default_rng(3).standard_normal((3, 30, 20))[:, song]
    named, unnamed = (profile_agreement(shared, clusters).pearson for clusters in (song, None))
    widths = [interval.high[0, 1] - interval.low[0, 1] for interval in (named, unnamed)]
    assert widths[0] > 1.3 * widths[1]
    assert (named.units[0, 1], unnamed.units[0, 1]) == (30, 90)


def test_cells_that_a_probe_lacks_are_left_out(told):
    values, song = told
    values = values.copy()
    expected = profile_agreement(np.delete(values, 4, axis=2), song, resamples=50)
    values[1, :, 4] = np.nan
    values[0, 7, 2] = np.nan
    found = profile_agreement(values, song, resamples=50)
    assert found.cells == expected.cells == 19
    values[0, 7, 2] = (values[0, 6, 2] + values[0, 8, 2]) / 2
    np.testing.assert_allclose(
        found.pearson.estimate, profile_agreement(values, song, resamples=50).pearson.estimate, rtol=1e-12
    )
    np.testing.assert_array_equal(found.pearson.estimate[1:, 1:], expected.pearson.estimate[1:, 1:])


def test_a_profile_without_variation_has_no_correlation():
    found = profile_agreement([[0.1, 0.1, 0.1, 0.1], [0.1, 0.2, 0.3, -0.1]])
    assert np.isnan(found.pearson.estimate[0, 1])
    assert found.same_sign.estimate[0, 1] == 0.75


def test_bad_input_is_a_sentence():
    with pytest.raises(DataError, match="not shape"):
        profile_agreement([1.0, 2.0])
    with pytest.raises(DataError, match="3 cells or more"):
        profile_agreement([[1.0, 2.0, np.nan], [1.0, 2.0, 3.0]])
