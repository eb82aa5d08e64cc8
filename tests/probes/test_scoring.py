import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import log_loss as sklearn_log_loss
from sklearn.metrics import r2_score

from wetdry.probes import Task
from wetdry.probes.scoring import COLDEST, HOTTEST, log_loss, score, temperature

CLASSES = Task(("a", "b", "c"), True)


def drawn(rng, logits):
    """One-hot classes (n, class) with the probabilities that logits say."""
    shares = softmax(logits, axis=1)
    chosen = (rng.random((len(shares), 1)) > shares.cumsum(axis=1)).sum(axis=1)
    return np.eye(logits.shape[1])[chosen]


def test_scores_are_those_of_sklearn(rng):
    values, estimates = rng.standard_normal((2, 50, 2))
    assert score(Task(("x", "y"), False), values, estimates) == pytest.approx(r2_score(values, estimates))
    logits = rng.standard_normal((50, 3))
    answers = drawn(rng, logits)
    expected = -sklearn_log_loss(answers.argmax(axis=1), softmax(logits, axis=1))
    assert score(CLASSES, answers, logits) == pytest.approx(expected)


@pytest.mark.parametrize("over", [0.5, 1.0, 4.0])
def test_a_planted_excess_of_confidence_is_found(rng, over):
    logits = 2 * rng.standard_normal((20_000, 3))
    assert temperature(drawn(rng, logits), over * logits) == pytest.approx(over, rel=0.05)


@given(st.integers(0, 2**31 - 1))
def test_no_other_temperature_has_a_smaller_loss(seed):
    rng = np.random.default_rng(seed)
    logits = 3 * rng.standard_normal((40, 3))
    answers = drawn(rng, logits / 2)
    found = temperature(answers, logits)
    best = log_loss(answers, logits / found)
    for other in np.geomspace(COLDEST, HOTTEST, 60):
        assert best <= log_loss(answers, logits / other) + 1e-9


def test_temperatures_are_bounded(rng):
    logits = 0.5 * np.eye(3)[rng.integers(0, 3, 30)]
    assert temperature((logits > 0).astype(float), logits) == pytest.approx(COLDEST, rel=1e-3)
    assert temperature((logits == 0) / 2.0, logits) == pytest.approx(HOTTEST, rel=1e-3)
