import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from wetdry.analysis.statistics import benjamini_hochberg
from wetdry.errors import DataError

# SciPy rounds subnormal p-values otherwise than we do.
TINY = np.finfo(float).tiny
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40).map(np.array)


@settings(deadline=None)
@given(p_values)
def test_q_matches_scipy_and_statsmodels(p):
    q = benjamini_hochberg(p)
    np.testing.assert_allclose(q, false_discovery_control(p), rtol=1e-12, atol=TINY)
    np.testing.assert_allclose(q, multipletests(p, method="fdr_bh")[1], rtol=1e-12, atol=TINY)


@settings(deadline=None)
@given(p_values, st.randoms(use_true_random=False))
def test_q_is_larger_than_p_and_keeps_its_order(p, random):
    q = benjamini_hochberg(p)
    assert (q >= p).all()
    assert (q <= 1).all()
    assert (np.diff(q[np.argsort(p)]) >= 0).all()
    order = list(range(p.size))
    random.shuffle(order)
    np.testing.assert_array_equal(benjamini_hochberg(p[order]), q[order])


def test_tests_not_made_do_not_count():
    p = np.array([[0.01, np.nan], [0.02, 0.5]])
    expected = np.array([[0.03, np.nan], [0.03, 0.5]])
    np.testing.assert_allclose(benjamini_hochberg(p), expected)
    assert np.isnan(benjamini_hochberg([np.nan, np.nan])).all()
    assert benjamini_hochberg([]).size == 0


def test_families_are_adjusted_apart(rng):
    p, families = rng.uniform(size=60), rng.choice(["reverb", "delay", "gain"], size=60)
    q = benjamini_hochberg(p, families)
    for family in np.unique(families):
        np.testing.assert_allclose(q[families == family], false_discovery_control(p[families == family]))
    np.testing.assert_array_equal(benjamini_hochberg(p, families.astype(object)), q)


def test_false_discoveries_stay_below_the_level(rng):
    from scipy.special import ndtr

    shift = np.where(np.arange(50) < 10, 3.0, 0.0)
    p = 2 * ndtr(-np.abs(shift + rng.standard_normal((2000, 50))))
    families = np.broadcast_to(np.arange(2000)[:, np.newaxis], p.shape)
    found = benjamini_hochberg(p, families) <= 0.1
    share = found[:, 10:].sum(axis=1) / np.maximum(found.sum(axis=1), 1)
    # The rate is level × share of true nulls = 0.08.
    assert share.mean() == pytest.approx(0.08, abs=0.01)


@pytest.mark.parametrize(("p", "families", "message"), [([1.5], None, "0 and 1"), ([0.5], ["a", "b"], "do not fit")])
def test_bad_input_is_named(p, families, message):
    with pytest.raises(DataError, match=message):
        benjamini_hochberg(p, families)
