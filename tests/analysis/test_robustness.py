"""Areas under curves of scores, as shares of the dry ones."""

import numpy as np
import pytest
from sklearn.metrics import auc

from wetdry.analysis.robustness import robustness
from wetdry.analysis.scores import class_scores, regression_scores
from wetdry.errors import DataError

LEVELS = np.arange(11.0)
SWEEPS = np.array([[0, *range(1, 11)], [0, *range(11, 21)]])


def swept(rng, clips, noise=(0.1, 0.02)):
    """Labels (clip, 2), and estimates (clip, 21, 2) that noise of two effects spoils as levels rise."""
    truth = rng.standard_normal((clips, 2))
    dry = truth + 0.5 * rng.standard_normal((clips, 2))
    doses = np.concatenate([[0.0], *(LEVELS[1:] * slope for slope in noise)])
    return truth, dry[:, np.newaxis] + doses[:, np.newaxis] * rng.standard_normal((clips, 21, 2))


def test_areas_are_scikit_learns(rng):
    scores = regression_scores(*swept(rng, 60))
    doses = LEVELS**1.5
    for name in ("r2", "rmse"):
        found = robustness(scores[name], SWEEPS, doses, lower_is_better=name == "rmse")
        assert found.estimate.shape == (2, 2)
        for effect, target in np.ndindex(2, 2):
            curve = scores[name].estimate[SWEEPS[effect], target]
            share = auc(doses, curve) / (doses[-1] * curve[0])
            assert found.estimate[effect, target] == pytest.approx(share if name == "r2" else 1 / share)
        assert (found.estimate[0] < found.estimate[1]).all()
        assert (found.low < found.estimate).all()
        assert (found.estimate < found.high).all()


def test_intervals_cover(rng):
    """150 replications of 30 clips, two effects and targets: a standard error below 0.018."""
    at_large = regression_scores(*swept(rng, 40_000), np.arange(40_000) % 4, resamples=50)
    truths = {
        name: robustness(at_large[name], SWEEPS, LEVELS, lower_is_better=name == "mae") for name in ("ccc", "mae")
    }
    covered = {name: [] for name in truths}
    for _ in range(150):
        scores = regression_scores(*swept(rng, 30), resamples=100)
        for name, truth in truths.items():
            found = robustness(scores[name], SWEEPS, LEVELS, lower_is_better=name == "mae")
            covered[name].append((found.low <= truth.estimate) & (truth.estimate <= found.high))
    for name, hits in covered.items():
        assert 0.90 <= np.mean(hits) <= 0.99, name


def test_an_effect_that_does_nothing_is_robust_and_its_limits_are_unknown(rng):
    truth, estimates = swept(rng, 40)
    scores = regression_scores(truth, np.repeat(estimates[:, :1], 21, axis=1))
    for name in ("r2", "rmse"):
        found = robustness(scores[name], SWEEPS, LEVELS, lower_is_better=name == "rmse")
        np.testing.assert_allclose(found.estimate, 1.0)
        assert found.undetermined.all()
        assert (found.method == "undetermined").all()


def test_a_share_of_no_skill_is_no_share(rng):
    truth, estimates = swept(rng, 40)
    scores = regression_scores(truth, estimates + 5.0)
    assert (scores["r2"].estimate[0] < 0).all()
    found = robustness(scores["r2"], SWEEPS, LEVELS)
    assert np.isnan(found.estimate).all()
    assert found.undetermined.all()
    chance = regression_scores(rng.standard_normal((40, 2)), 0.1 * estimates)["ccc"]
    assert robustness(chance, SWEEPS, LEVELS).undetermined.all()


def test_clips_that_fail_at_a_level_are_compared_with_themselves(rng):
    """Dry, the failed clips are the poor ones: without them, wet is as good as dry on the clips that are left."""
    truth = rng.standard_normal((40, 1))
    error = np.where(np.arange(40) < 10, 2.0, 0.2) * rng.choice([-1.0, 1.0], 40)
    estimates = np.repeat((truth[:, 0] + error)[:, np.newaxis, np.newaxis], 21, axis=1)
    estimates[:10, 5:11] = np.nan
    found = robustness(regression_scores(truth, estimates)["mae"], SWEEPS, LEVELS, lower_is_better=True)
    np.testing.assert_allclose(found.estimate, 1.0)
    assert found.units[:, 0].tolist() == [30, 40]


def test_shares_of_accuracy_have_no_target_axis(rng):
    truth = rng.integers(0, 3, 80)
    weights = np.exp(rng.standard_normal((80, 21, 3)) + 2 * np.eye(3)[truth][:, np.newaxis])
    accuracy = class_scores(truth, weights / weights.sum(axis=2, keepdims=True))["accuracy"]
    found = robustness(accuracy, SWEEPS, LEVELS)
    assert found.estimate.shape == (2,)
    assert ((found.low < found.estimate) & (found.estimate < found.high)).all()


def test_bad_input_is_a_sentence(rng):
    scores = regression_scores(*swept(rng, 20))["r2"]
    for columns, strengths, words in [
        (SWEEPS[0], LEVELS, "do not fit strengths"),
        (SWEEPS, LEVELS[:5], "do not fit strengths"),
        (SWEEPS, LEVELS[::-1], "do not fit strengths"),
        (SWEEPS + 1, LEVELS, "from 0 to 20"),
    ]:
        with pytest.raises(DataError, match=words):
            robustness(scores, columns, strengths)
