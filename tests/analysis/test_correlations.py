"""Correlations from sums are those computed anew without each cluster in turn."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.analysis.agreement import agreement
from wetdry.analysis.correlations import correlations
from wetdry.errors import DataError


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(12, 60),
    clusters=st.integers(4, 12),
    offset=st.sampled_from([0.0, 1e6]),
)
def test_they_are_those_of_agreement_with_the_same_intervals(seed, rows, clusters, offset):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 3)) + offset
    y = 0.5 * x + rng.standard_normal((rows, 3))
    group = np.concatenate([np.arange(clusters), rng.integers(0, clusters, rows - clusters)])
    fast, slow = correlations(x, y, group), agreement(x, y, group).pearson
    assert fast.estimate == pytest.approx(slow.estimate, abs=1e-8)
    assert fast.low == pytest.approx(slow.low, abs=1e-7)
    assert fast.high == pytest.approx(slow.high, abs=1e-7)
    assert (fast.units == clusters).all()


def test_one_column_goes_with_every_column(rng):
    x, y = rng.standard_normal((30, 4)), rng.standard_normal((30, 1))
    together = correlations(x, y)
    for column in range(4):
        assert together.low[column] == pytest.approx(correlations(x[:, [column]], y).low[0])


def test_what_never_varies_has_no_correlation_and_a_perfect_one_no_bounds(rng):
    y = rng.standard_normal((20, 1))
    x = np.column_stack([np.full(20, 0.1), -3.0 * y[:, 0] + 7.0, rng.standard_normal(20)])
    found = correlations(x, y)
    assert np.isnan(found.estimate[0])
    assert found.estimate[1] == -1.0
    assert np.isnan(found.low[:2]).all()
    assert found.method.tolist() == ["undetermined", "undetermined", "jackknife-t"]
    lonely = np.zeros((20, 1))
    lonely[3] = 1.0
    alone = correlations(lonely, y)
    assert np.isfinite(alone.estimate[0])
    assert np.isnan(alone.low[0])


def test_three_clusters_have_no_bounds(rng):
    found = correlations(rng.standard_normal((9, 2)), rng.standard_normal((9, 2)), np.arange(9) % 3)
    assert np.isfinite(found.estimate).all()
    assert np.isnan(found.low).all()


def test_a_missing_value_is_a_sentence():
    with pytest.raises(DataError, match="complete pairs"):
        correlations([[1.0], [np.nan], [3.0]], [[1.0], [2.0], [3.0]])


def test_a_thousand_clusters_and_hundreds_of_columns_take_no_minute(rng):
    x, y = rng.standard_normal((1744, 386)), rng.standard_normal((1744, 1))
    began = time.process_time()
    correlations(x, y)
    assert time.process_time() - began < 5.0
