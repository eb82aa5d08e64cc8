import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr, t

from wetdry.analysis.dynamic import dynamic_scores
from wetdry.errors import DataError


def songs_of(rng, count=12, targets=2, noise=0.5):
    lengths = rng.integers(5, 40, count)
    truth = [rng.standard_normal((length, targets)) for length in lengths]
    return truth, [each + noise * rng.standard_normal(each.shape) for each in truth]


def test_each_song_is_scored_as_by_scipy_and_by_lins_formula(rng):
    truth, estimates = songs_of(rng)
    found = dynamic_scores(truth, estimates)
    for song, (y, x) in enumerate(zip(truth, estimates, strict=True)):
        for target in range(2):
            a, b = y[:, target], x[:, target]
            cov = np.mean((a - a.mean()) * (b - b.mean()))
            expected = {
                "rmse": np.sqrt(np.mean((a - b) ** 2)),
                "pearson": pearsonr(a, b).statistic,
                "ccc": 2 * cov / (a.var() + b.var() + (a.mean() - b.mean()) ** 2),
            }
            for name, value in expected.items():
                assert found[name].values[song, target] == pytest.approx(value, abs=1e-12)
    for scores in found.values():
        np.testing.assert_allclose(scores.mean, scores.values.mean(axis=0))
        assert scores.songs.tolist() == [12, 12]


def test_steps_without_a_rating_or_an_estimate_are_left_out_of_their_target_alone(rng):
    truth, estimates = songs_of(rng, count=5)
    whole = dynamic_scores(truth, estimates)
    gaps = [each.copy() for each in truth], [each.copy() for each in estimates]
    gaps[0][0][1, 0] = np.nan
    gaps[1][0][3, 0] = np.nan
    kept = np.delete(np.arange(len(truth[0])), [1, 3])
    found, without = dynamic_scores(*gaps), dynamic_scores([truth[0][kept]], [estimates[0][kept]])
    for name, scores in found.items():
        np.testing.assert_allclose(scores.values[0, 0], without[name].values[0, 0])
        np.testing.assert_array_equal(scores.values[:, 1], whole[name].values[:, 1])
        np.testing.assert_array_equal(scores.values[1:, 0], whole[name].values[1:, 0])


def test_a_song_of_two_rated_steps_is_counted_out(rng):
    truth, estimates = songs_of(rng, count=5)
    truth[2][2:, 1] = np.nan
    for scores in dynamic_scores(truth, estimates).values():
        assert np.isnan(scores.values[2, 1])
        assert scores.songs.tolist() == [5, 4]
        assert scores.mean[1] == pytest.approx(np.delete(scores.values[:, 1], 2).mean())


def test_ratings_that_do_not_move_have_an_error_but_no_correlation(rng):
    truth, estimates = songs_of(rng, count=5, targets=1)
    truth[0][:] = 0.1 + 0.2
    found = dynamic_scores(truth, estimates)
    assert {name: scores.songs.tolist() for name, scores in found.items()} == {"rmse": [5], "pearson": [4], "ccc": [4]}
    assert np.isnan(found["pearson"].values[0, 0])
    assert np.isnan(found["ccc"].values[0, 0])


def test_a_flat_estimate_counts_as_following_nothing(rng):
    truth, _ = songs_of(rng, count=5, targets=1)
    found = dynamic_scores(truth, [np.full_like(each, 0.3) for each in truth])
    for name in ("pearson", "ccc"):
        np.testing.assert_array_equal(found[name].values, 0.0)
        assert found[name].mean == 0.0
        assert np.isnan(found[name].low)


def test_a_song_without_any_rating_leaves_nothing_to_average():
    found = dynamic_scores([np.full((9, 1), np.nan)], [np.zeros((9, 1))])
    for scores in found.values():
        assert np.isnan(scores.mean)
        assert scores.songs.tolist() == [0]


def test_limits_are_students_on_the_scale_of_the_score(rng):
    truth, estimates = songs_of(rng, count=9, targets=1)
    found = dynamic_scores(truth, estimates, level=0.9)
    for name, forth, back, slope in (
        ("rmse", np.log, np.exp, lambda mean: 1 / mean),
        ("pearson", np.arctanh, np.tanh, lambda mean: 1 / (1 - mean**2)),
        ("ccc", np.arctanh, np.tanh, lambda mean: 1 / (1 - mean**2)),
    ):
        values = found[name].values[:, 0]
        half = t.ppf(0.95, 8) * values.std(ddof=1) / 3 * slope(values.mean())
        expected = back(forth(values.mean()) - half), back(forth(values.mean()) + half)
        assert (found[name].low.item(), found[name].high.item()) == pytest.approx(expected)


@pytest.mark.parametrize("count", [1, 3])
def test_three_songs_have_no_limits(rng, count):
    for scores in dynamic_scores(*songs_of(rng, count=count)).values():
        assert np.isfinite(scores.mean).all()
        assert np.isnan([scores.low, scores.high]).all()


def test_limits_cover_the_mean_over_songs():
    """Of correlations that scatter between songs as those of models do, near 1 and skewed."""
    rng, hits, steps = np.random.default_rng(3), 0, 100
    wave = np.sin(np.arange(steps) / 7)[:, np.newaxis]
    noises = np.exp(rng.normal(-0.5, 0.5, 2000))
    noise = rng.standard_normal((2000, steps, 1))
    values = dynamic_scores([wave] * 2000, wave + noises[:, np.newaxis, np.newaxis] * noise)["pearson"].values[:, 0]
    for start in range(0, 2000, 20):
        part = slice(start, start + 20)
        one = dynamic_scores([wave] * 20, wave + noises[part, np.newaxis, np.newaxis] * noise[part])["pearson"]
        hits += bool(one.low[0] <= values.mean() <= one.high[0])
    assert 0.90 <= hits / 100 <= 0.99


@given(offset=st.floats(-100, 100), factor=st.floats(0.01, 100), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_units_cancel_where_they_should(offset, factor, seed):
    truth, estimates = songs_of(np.random.default_rng(seed), count=4)
    first = dynamic_scores(truth, estimates)
    both = dynamic_scores([factor * y + offset for y in truth], [factor * x + offset for x in estimates])
    np.testing.assert_allclose(both["pearson"].mean, first["pearson"].mean, atol=1e-8)
    np.testing.assert_allclose(both["ccc"].low, first["ccc"].low, atol=1e-6)
    np.testing.assert_allclose(both["rmse"].high, factor * first["rmse"].high, rtol=1e-6)
    moved = dynamic_scores(truth, [factor * x + offset for x in estimates])
    np.testing.assert_allclose(moved["pearson"].values, first["pearson"].values, atol=1e-8)
    assert (np.abs(moved["ccc"].values) <= np.abs(moved["pearson"].values) + 1e-9).all()


@pytest.mark.parametrize(
    ("truth", "estimates", "sentence"),
    [
        ([], [], "0 curves do not fit 0 rated songs"),
        ([np.zeros((4, 1))], [], "0 curves do not fit 1 rated songs"),
        (
            [np.zeros((4, 1))],
            [np.zeros((5, 1))],
            r"Song 0 has ratings of shape \(4, 1\) and estimates of shape \(5, 1\)",
        ),
        ([np.zeros((4, 1)), np.zeros((4, 2))], [np.zeros((4, 1)), np.zeros((4, 2))], "Song 1 has ratings of shape"),
        ([np.zeros(4)], [np.zeros(4)], r"give \(step, target\) for both"),
        ([np.full((4, 1), np.inf)], [np.zeros((4, 1))], "Song 0 has infinite ratings"),
    ],
)
def test_curves_that_do_not_fit_are_a_sentence(truth, estimates, sentence):
    with pytest.raises(DataError, match=sentence):
        dynamic_scores(truth, estimates)
