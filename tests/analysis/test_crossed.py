"""The interval of a mean over listeners and clips: closed forms, its limits, and its coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import t

from wetdry.analysis.crossed import crossed_mean
from wetdry.errors import DataError

TABLES = arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(2, 6)), elements=st.floats(-1, 1, width=32))


def test_where_only_listeners_differ_it_is_student_s_over_listeners():
    rows = np.array([0.1, 0.4, -0.2, 0.3, 0.6])
    found = crossed_mean(np.repeat(rows[:, np.newaxis], 4, axis=1))
    half = t.ppf(0.975, 4) * rows.std(ddof=1) / np.sqrt(5)
    assert found.estimate == pytest.approx(rows.mean())
    assert (found.low, found.high) == pytest.approx((rows.mean() - half, rows.mean() + half))


def test_it_is_the_analysis_of_variance_by_hand():
    """Two listeners and two clips: rows differ by 0.4, columns by 0.6, and 0.2 is left over in the corners."""
    table = np.array([[0.0, 0.5], [0.3, 1.0]])
    rows, columns, rest = 2 * 2 * 0.2**2, 2 * 2 * 0.3**2, 4 * 0.05**2
    variance = rows + columns - rest
    freedom = variance**2 / (rows**2 + columns**2 + rest**2)
    found = crossed_mean(table)
    assert found.high - found.estimate == pytest.approx(t.ppf(0.975, freedom) * np.sqrt(variance / 4))


@given(TABLES)
def test_listeners_and_clips_have_the_same_part(table):
    assert crossed_mean(table).high == pytest.approx(crossed_mean(table.T).high, abs=1e-9)


@given(TABLES, st.floats(-2, 2), st.floats(0.1, 3))
def test_it_moves_and_stretches_with_the_ratings(table, offset, factor):
    found, moved = crossed_mean(table), crossed_mean(offset + factor * table)
    assert moved.estimate == pytest.approx(offset + factor * found.estimate, abs=1e-6)
    assert moved.high - moved.low == pytest.approx(factor * (found.high - found.low), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(("listeners", "clips"), [(6, 6), (12, 4)])
def test_it_covers_what_it_says(listeners, clips):
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(400):
        table = rng.normal(0, 0.5, (listeners, 1)) + rng.normal(0, 1, (1, clips)) + rng.normal(0, 1, (listeners, clips))
        found = crossed_mean(table)
        covered.append(found.low <= 0 <= found.high)
    assert 0.92 < np.mean(covered) < 0.985


def test_one_listener_or_one_clip_has_no_interval_and_says_why():
    alone = crossed_mean([[0.1, 0.3]])
    assert alone.estimate == pytest.approx(0.2)
    assert np.isnan(alone.low)
    assert alone.remark == "one listener says nothing of others"
    assert crossed_mean([[0.1], [0.3]]).remark == "one clip says nothing of others"


def test_equal_ratings_have_an_interval_of_no_width():
    found = crossed_mean(np.full((3, 4), 0.25))
    assert (found.low, found.estimate, found.high) == (0.25, 0.25, 0.25)


def test_a_gap_is_refused():
    with pytest.raises(DataError, match="full table"):
        crossed_mean([[0.1, np.nan], [0.2, 0.3]])
