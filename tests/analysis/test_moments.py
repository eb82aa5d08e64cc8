"""Moments met a block at a time: those of numpy, whatever the blocks, their order and the origin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from wetdry.analysis.blocks import Affine
from wetdry.analysis.frechet import frechet_distance, frechet_of_moments
from wetdry.analysis.moments import Moments
from wetdry.errors import DataError


def mixed(rng, clips, dim, offset=0.0):
    return rng.standard_normal((clips, dim)) @ (rng.standard_normal((dim, dim)) / np.sqrt(dim)) + offset


@pytest.mark.parametrize("offset", [0.0, 1e4, -1e8])
def test_they_are_those_of_numpy_far_from_the_origin_and_in_unlike_units(rng, monkeypatch, offset):
    rows = rng.standard_normal((500, 7)) * np.geomspace(1e-3, 1e3, 7)
    monkeypatch.setattr("wetdry.analysis.statistics.units.BLOCK", 7 * 64)
    found = Moments.of(rows + offset)
    # Against the rows as they are once the offset has taken its digits.
    kept = (rows + offset) - offset
    expected = np.cov(kept, rowvar=False)
    size = np.sqrt(np.diagonal(expected))
    np.testing.assert_allclose(found.covariance / np.outer(size, size), expected / np.outer(size, size), atol=1e-9)
    np.testing.assert_allclose(found.mean, kept.mean(axis=0) + offset, rtol=1e-12, atol=1e-12)
    assert found.count == 500


@given(st.integers(0, 99), st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_blocks_of_any_size_in_any_order_and_any_tree_give_the_same(seed, sizes, dim):
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((sum(sizes), dim)) * rng.uniform(0.1, 10, dim) + 100 * rng.standard_normal(dim)
    cut = np.split(rows, np.cumsum(sizes)[:-1])
    whole = Moments.of(rows)
    shuffled = Moments.of_blocks([np.empty((0, dim)), *(cut[place] for place in rng.permutation(len(cut)))])
    middle = len(cut) // 2
    left, right = (Moments.of_blocks(half) for half in (cut[:middle] or cut[:1], cut[middle:]))
    tree = right.merged(left) if middle else right
    for found in (shuffled, tree):
        assert found.count == whole.count
        np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-12)
        np.testing.assert_allclose(found.scatter, whole.scatter, rtol=1e-9, atol=1e-11 * np.abs(whole.scatter).max())


@pytest.mark.parametrize(("clips", "others", "dim"), [(400, 300, 8), (200, 700, 64), (130, 128, 64)])
def test_the_distance_from_moments_is_that_of_the_rows_and_the_definition(rng, clips, others, dim):
    a, b = mixed(rng, clips, dim), mixed(rng, others, dim, offset=0.3)
    found = frechet_of_moments(Moments.of(a), Moments.of(b))
    assert found == pytest.approx(frechet_distance(a, b), rel=1e-9)
    c, d = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    expected = np.square(a.mean(axis=0) - b.mean(axis=0)).sum() + np.trace(c + d - 2 * sqrtm(c @ d).real)
    assert found == pytest.approx(expected, rel=1e-6)


def test_badly_conditioned_sets_are_as_far_apart_as_their_rows_are(rng):
    """Spreads over eight decades, of dimensions and of directions across them, and a dimension that stands still."""
    turn = np.linalg.qr(rng.standard_normal((12, 12)))[0]
    a, b = (rng.standard_normal((300, 12)) * np.geomspace(1e-4, 1e4, 12) for _ in range(2))
    a, b = (np.column_stack([rows, rows @ turn, np.full(300, 3.0)]) for rows in (a, 1.1 * b))
    found, exact = frechet_of_moments(Moments.of(a), Moments.of(b)), frechet_distance(a, b)
    assert found == pytest.approx(exact, rel=1e-6)
    assert frechet_of_moments(Moments.of(a), Moments.of(a)) == pytest.approx(0.0, abs=1e-9 * a.var(axis=0).sum())


def test_with_fewer_vectors_than_dimensions_it_is_still_close(rng):
    a, b = mixed(rng, 30, 90), mixed(rng, 40, 90, offset=0.1)
    assert frechet_of_moments(Moments.of(a), Moments.of(b)) == pytest.approx(frechet_distance(a, b), rel=1e-6)


def test_vectors_need_not_be_in_memory_nor_in_their_unit(rng, monkeypatch):
    rows = rng.standard_normal((50, 4)).astype(np.float32)
    kept, size = np.flatnonzero(np.arange(50) % 3), rng.uniform(1, 2, 4)
    monkeypatch.setattr("wetdry.analysis.statistics.units.BLOCK", 32)
    found = Moments.of(Affine(rows, kept, origin=rows[0].astype(float), size=size))
    np.testing.assert_allclose(found.mean, (rows[kept].mean(axis=0, dtype=float) - rows[0]) / size, atol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(rows[kept].astype(float) / size, rowvar=False), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Moments.of(np.ones(3)), "not of an array of"),
        (lambda: Moments.of_blocks([]), "no vector to take the moments of"),
        (lambda: Moments.of([[1.0], [np.inf]]), "not finite"),
        (lambda: Moments.of([[np.inf], [1.0]]), "not finite"),
        (lambda: Moments.of([[1.0]]).merged(Moments.of([[1.0, 2.0]])), "1 and in 2 dimensions cannot be merged"),
        (lambda: frechet_of_moments(Moments.of([[1.0]]), Moments.of([[1.0], [2.0]])), "no covariance"),
        (lambda: frechet_of_moments(Moments.of(np.eye(2)), Moments.of(np.eye(3))), "cannot be compared"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_a_single_vector_has_no_covariance():
    assert np.isnan(Moments.of([[1.0, 2.0]]).covariance).all()
