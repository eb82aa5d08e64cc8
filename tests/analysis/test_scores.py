"""Scores against labels, their intervals and their changes from dry."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from wetdry.analysis.agreement import concordance
from wetdry.analysis.resampled import resample_weights
from wetdry.analysis.scores import CONFIDENCE_BINS, class_scores, regression_scores
from wetdry.errors import DataError

CLASSES = 4


@pytest.fixture
def rated(rng):
    """Labels (60, 2) and estimates (60, 3, 2), worse from column to column, of 20 songs of three clips."""
    song = np.repeat(np.arange(20), 3)
    truth = 100.0 + 3.0 * (rng.standard_normal((20, 2))[song] + rng.standard_normal((60, 2)))
    noise = rng.standard_normal((60, 3, 2)) * np.array([1.0, 2.0, 4.0])[:, np.newaxis]
    return truth, truth[:, np.newaxis] + noise, song


@pytest.fixture
def classified(rng):
    """True classes (60,) and probabilities (60, 3, 4), less sure from column to column, of 20 songs of three clips."""
    song = np.repeat(np.arange(20), 3)
    truth = np.arange(60) % CLASSES
    scores = rng.standard_normal((60, 3, CLASSES))
    scores += np.array([3.0, 2.0, 1.0])[:, np.newaxis] * np.eye(CLASSES)[truth][:, np.newaxis]
    weights = np.exp(scores)
    return truth, weights / weights.sum(axis=2, keepdims=True), song


def test_regression_scores_are_scikit_learns(rated):
    truth, estimates, song = rated
    found = regression_scores(truth, estimates, song, resamples=50)
    for column, target in np.ndindex(3, 2):
        y, x = truth[:, target], estimates[:, column, target]
        expected = {
            "r2": metrics.r2_score(y, x),
            "mae": metrics.mean_absolute_error(y, x),
            "rmse": metrics.root_mean_squared_error(y, x),
            "ccc": concordance(x, y),
        }
        for name, value in expected.items():
            assert found[name].estimate[column, target] == pytest.approx(value, rel=1e-11), name


def test_class_scores_are_scikit_learns(classified):
    truth, probabilities, song = classified
    found = class_scores(truth, probabilities, song, resamples=50)
    for column in range(3):
        given = probabilities[:, column]
        chosen, confidence = given.argmax(axis=1), given.max(axis=1)
        right, sure = calibration_curve(chosen == truth, confidence, n_bins=CONFIDENCE_BINS)
        clips = np.histogram(confidence, np.linspace(0, 1, CONFIDENCE_BINS + 1))[0]
        expected = {
            "accuracy": metrics.accuracy_score(truth, chosen),
            "recall": metrics.balanced_accuracy_score(truth, chosen),
            "macro_f1": metrics.f1_score(truth, chosen, average="macro"),
            "kappa": metrics.cohen_kappa_score(truth, chosen),
            "log_loss": metrics.log_loss(truth, given),
            "ece": np.abs(right - sure) @ clips[clips > 0] / len(truth),
        }
        for name, value in expected.items():
            assert found[name].estimate[column] == pytest.approx(value, rel=1e-11), name


def test_macro_f1_leaves_out_classes_that_do_not_occur(rng):
    truth = rng.integers(0, 2, 30)
    weights = np.column_stack([rng.random((30, 2)), np.full(30, 1e-3), np.full(30, 1e-3)])
    given = (weights / weights.sum(axis=1, keepdims=True))[:, np.newaxis]
    expected = metrics.f1_score(truth, given[:, 0].argmax(axis=1), average="macro")
    assert class_scores(truth, given, resamples=50)["macro_f1"].estimate[0] == pytest.approx(expected)


def test_mean_recall_is_of_the_classes_among_the_labels_each_as_much():
    """Nine calm clips of which all are told right and one sad clip that is not; of happy ones there are none."""
    truth = np.array([0] * 9 + [1])
    given = np.tile([0.5, 0.2, 0.3], (10, 1))[:, np.newaxis]
    assert class_scores(truth, given, resamples=50)["recall"].estimate[0] == 0.5
    given[:3, 0] = [0.2, 0.3, 0.5]
    found = class_scores(truth, given, resamples=50)
    assert found["recall"].estimate[0] == pytest.approx((6 / 9 + 0) / 2)
    assert found["accuracy"].estimate[0] == pytest.approx(6 / 10)


def test_mean_recall_of_a_draw_is_of_the_classes_drawn(classified):
    truth, probabilities, _ = classified
    # Each class comes in five songs of its own, so that some draws lack songs, and all are weighted by class.
    song = 5 * truth + np.arange(60) // 4 % 5
    found = class_scores(truth, probabilities, song, resamples=50, seed=3)["recall"]
    times = resample_weights(20, 50, 3)
    for draw in range(51):
        expected = metrics.balanced_accuracy_score(
            truth, probabilities[:, 0].argmax(axis=1), sample_weight=times[draw][song]
        )
        assert found.drawn[draw, 0] == pytest.approx(expected)
    assert found.low[0] < found.estimate[0] < found.high[0]


def test_draws_are_scores_of_songs_drawn_with_their_weights(rated, classified):
    truth, estimates, song = rated
    classes, probabilities, _ = classified
    numbers = regression_scores(truth, estimates, song, resamples=50, seed=3)
    shares = class_scores(classes, probabilities, song, resamples=50, seed=3)
    # 19 of 20 songs are drawn in each resample: what they are is told by a column of a single song's errors.
    places = np.eye(20)[song][:, :, np.newaxis]
    drawn = regression_scores(np.zeros((60, 1)), places, song, resamples=50, seed=3)["mae"].drawn[1:, :, 0].T
    weights = np.rint(drawn * 20 * 19 / 20).astype(int)
    assert set(weights.sum(axis=0)) == {19}
    for draw in (0, 17, 49):
        weight = weights[song, draw]
        for column in range(3):
            expected = metrics.r2_score(truth[:, 1], estimates[:, column, 1], sample_weight=weight)
            assert numbers["r2"].drawn[1 + draw, column, 1] == pytest.approx(expected)
            chosen = probabilities[:, column].argmax(axis=1)
            expected = metrics.cohen_kappa_score(classes, chosen, sample_weight=weight)
            assert shares["kappa"].drawn[1 + draw, column] == pytest.approx(expected)


def test_a_failed_clip_leaves_its_column_and_the_dry_partner(rated):
    truth, estimates, song = rated
    whole = regression_scores(truth, estimates, song, resamples=50)
    estimates = estimates.copy()
    estimates[:7, 2, 1] = np.nan
    found = regression_scores(truth, estimates, song, resamples=50)
    without = regression_scores(truth[7:], estimates[7:], song[7:], resamples=50)
    for name in ("r2", "mae", "rmse", "ccc"):
        np.testing.assert_allclose(found[name].estimate[2], without[name].estimate[2], rtol=1e-11)
        np.testing.assert_allclose(found[name].change[2], without[name].change[2], rtol=1e-9)
        np.testing.assert_array_equal(found[name].estimate[:2], whole[name].estimate[:2])
        np.testing.assert_array_equal(found[name].change_low[:2], whole[name].change_low[:2])
    assert found["mae"].units.tolist() == [[20, 20], [20, 20], [18, 18]]
    estimates[7, 0] = np.nan
    missing_dry = regression_scores(truth, estimates, song, resamples=50)["mae"].estimate
    np.testing.assert_allclose(missing_dry[1], np.abs(estimates - truth[:, np.newaxis])[np.arange(60) != 7, 1].mean(0))


def test_pairing_narrows_the_change(rng):
    """Errors of a wet column that are nearly those of the dry one change by less than each is uncertain."""
    truth = rng.standard_normal((80, 1))
    dry = truth + rng.standard_normal((80, 1))
    estimates = np.stack([dry, dry + 0.1 + 0.05 * rng.standard_normal((80, 1))], axis=1)
    found = regression_scores(truth, estimates)["rmse"]
    assert found.change_high[1, 0] - found.change_low[1, 0] < 0.3 * (found.high[1, 0] - found.low[1, 0])
    assert found.change[0, 0] == 0.0
    assert np.isnan(found.change_low[0, 0])


def test_intervals_cover(rng):
    """200 replications have a standard error of 0.015. Scores at large: those of 200,000 clips."""

    def replication(clips):
        truth = rng.standard_normal((clips, 1))
        dry = 0.7 * truth + 0.6 * rng.standard_normal((clips, 1))
        return truth, np.stack([dry, 0.6 * dry + 0.6 * rng.standard_normal((clips, 1))], axis=1)

    at_large = regression_scores(*replication(200_000), np.arange(200_000) % 4, resamples=50)
    covered = {name: [] for name in at_large}
    changes = {name: [] for name in at_large}
    for _ in range(200):
        for name, score in regression_scores(*replication(25), resamples=150).items():
            expected = at_large[name]
            covered[name].append(score.low[1, 0] <= expected.estimate[1, 0] <= score.high[1, 0])
            changes[name].append(score.change_low[1, 0] <= expected.change[1, 0] <= score.change_high[1, 0])
    for name in at_large:
        assert 0.90 <= np.mean(covered[name]) <= 0.99, name
        assert 0.88 <= np.mean(changes[name]) <= 0.99, name


def test_songs_must_be_named_for_intervals_to_cover():
    """Ten clips of a song are right or wrong together: without songs, accuracy seems three times as sure."""
    song = np.repeat(np.arange(30), 10)
    truth = np.zeros(300, dtype=int)
    wrong = (np.arange(30) % 3 == 0)[song]
    given = np.where(wrong[:, np.newaxis], [0.3, 0.7], [0.9, 0.1])[:, np.newaxis]
    named, unnamed = (class_scores(truth, given, clusters)["accuracy"] for clusters in (song, None))
    assert (named.high - named.low)[0] == pytest.approx(np.sqrt(10) * (unnamed.high - unnamed.low)[0], rel=0.15)


def test_what_has_no_meaning_is_nan(rng):
    truth = np.column_stack([rng.standard_normal(12), np.full(12, 0.1)])
    estimates = np.stack([truth, truth + 1.0], axis=1)
    found = regression_scores(truth, estimates, resamples=50)
    assert np.isnan(found["r2"].estimate).tolist() == [[False, True], [False, True]]
    assert np.isnan(found["ccc"].estimate[:, 1]).all()
    assert found["r2"].estimate[0, 0] == 1.0
    assert np.isnan(found["r2"].low[0, 0])
    np.testing.assert_allclose(found["mae"].estimate, [[0.0, 0.0], [1.0, 1.0]], atol=1e-15)
    one_class = np.tile([0.9, 0.1], (12, 1, 1))
    shares = class_scores(np.zeros(12, dtype=int), one_class, resamples=50)
    assert np.isnan(shares["kappa"].estimate[0])
    assert shares["accuracy"].estimate[0] == 1.0
    assert np.isnan(shares["accuracy"].low[0])
    few = regression_scores(truth[:3], estimates[:3] + rng.standard_normal((3, 2, 2)), resamples=50)
    assert np.isnan(few["mae"].low).all()
    assert np.isfinite(few["mae"].estimate).all()


def test_a_calibrated_estimator_still_has_a_calibration_error_and_no_limits(rng):
    given = rng.dirichlet(np.ones(3), 300)
    truth = (rng.random((300, 1)) > given.cumsum(axis=1)).sum(axis=1)
    found = class_scores(truth, given[:, np.newaxis], resamples=50)["ece"]
    assert 0.02 < found.estimate[0] < 0.12
    assert np.isnan([found.low[0], found.high[0]]).all()


def test_an_offset_of_the_labels_costs_no_digits(rated):
    truth, estimates, song = rated
    near, far = (regression_scores(truth + o, estimates + o, song, resamples=50) for o in (0.0, 1e6))
    for name in near:
        np.testing.assert_allclose(far[name].estimate, near[name].estimate, rtol=1e-8)
        np.testing.assert_allclose(far[name].change_high[1:], near[name].change_high[1:], rtol=1e-6)


def test_bad_input_is_a_sentence():
    truth, estimates = np.zeros((5, 1)), np.zeros((5, 2, 1))
    for arguments, words in [
        ((truth[:, 0], estimates), "need the shape"),
        ((truth[:4], estimates), "do not fit labels"),
        ((np.full((5, 1), np.nan), estimates), "label for every clip"),
        ((truth, np.full((5, 2, 1), np.inf)), "finite estimates"),
        ((truth, np.stack([truth, np.full((5, 1), np.nan)], axis=1)), "no estimate of a clip"),
    ]:
        with pytest.raises(DataError, match=words):
            regression_scores(*arguments)
    with pytest.raises(DataError, match="no column 2"):
        regression_scores(truth, estimates, reference=2)
    with pytest.raises(DataError, match="too few"):
        regression_scores(truth, estimates, resamples=10)
    given = np.full((5, 1, 2), 0.5)
    with pytest.raises(DataError, match="numbers of the true classes"):
        class_scores(["a"] * 5, given)
    with pytest.raises(DataError, match="do not fit 2 probabilities"):
        class_scores([0, 1, 2, 0, 1], given)
    with pytest.raises(DataError, match="add up to 1"):
        class_scores([0, 1, 1, 0, 1], 2 * given)
