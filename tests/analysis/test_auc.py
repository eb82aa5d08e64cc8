import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import roc_auc_score

from wetdry.analysis.auc import auc_draws, auc_limits, roc_auc
from wetdry.errors import DataError

FLAGS = np.arange(14) % 3 == 0
tied_scores = arrays(np.float64, (3, 14), elements=st.integers(-3, 3).map(float))


@settings(deadline=None, max_examples=30)
@given(tied_scores)
def test_areas_are_those_of_sklearn_with_ties(scores):
    expected = [roc_auc_score(FLAGS, row) for row in scores]
    np.testing.assert_allclose(roc_auc(scores, FLAGS), expected, rtol=1e-14)


def test_each_setting_may_have_its_own_positives(rng):
    scores = rng.standard_normal((2, 3, 20))
    flags = rng.random((2, 3, 20)) < 0.4
    expected = [[roc_auc_score(flag, row) for flag, row in zip(*pair, strict=True)] for pair in zip(flags, scores)]  # noqa: B905
    np.testing.assert_allclose(roc_auc(scores, flags), expected)


@settings(deadline=None, max_examples=15)
@given(tied_scores, arrays(np.int64, (14, 5), elements=st.integers(0, 4)))
def test_weighted_areas_are_those_of_sklearn(scores, times):
    times[:2] += 1
    found = auc_draws(scores, FLAGS, times.astype(float))
    expected = [[roc_auc_score(FLAGS, row, sample_weight=weights) for weights in times.T] for row in scores]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@settings(deadline=None, max_examples=50)
@given(tied_scores)
def test_areas_see_ranks_alone_and_mirror(scores):
    np.testing.assert_allclose(roc_auc(np.exp(scores), FLAGS), roc_auc(scores, FLAGS))
    np.testing.assert_allclose(roc_auc(-scores, FLAGS), 1 - roc_auc(scores, FLAGS))
    np.testing.assert_allclose(roc_auc(scores, ~FLAGS), 1 - roc_auc(scores, FLAGS))


def test_what_cannot_be_compared_is_a_sentence():
    with pytest.raises(DataError, match="at least one positive and one negative row"):
        roc_auc([1.0, 2.0], [True, True])
    with pytest.raises(DataError, match="finite scores"):
        roc_auc([1.0, np.nan], [True, False])
    with pytest.raises(DataError, match=r"Flags of shape \(3,\) do not fit scores of shape \(2,\)"):
        roc_auc([1.0, 2.0], [True, False, True])
    with pytest.raises(DataError, match="between 0 and 1, not 95"):
        auc_limits(0.7, np.linspace(0.6, 0.8, 50), level=95)
