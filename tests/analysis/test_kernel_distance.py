"""The kernel distance: the definition by loops, what is known of Gaussians, and its limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.analysis.kernel_distance import kernel_distance
from wetdry.errors import DataError


def by_loops(a, b, width):
    def kernel(x, y):
        return np.exp(-np.square(x - y).sum() / (2 * width**2))

    n, m = len(a), len(b)
    within = [
        sum(kernel(rows[i], rows[j]) for i in range(count) for j in range(count) if i != j) / (count * (count - 1))
        for rows, count in ((a, n), (b, m))
    ]
    return 100 * (sum(within) - 2 * sum(kernel(x, y) for x in a for y in b) / (n * m))


@given(st.integers(2, 9), st.integers(2, 9), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_it_is_the_definition(clips, others, dim, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((clips, dim)), rng.standard_normal((others, dim)) + 1
    assert kernel_distance(a, b, bandwidth=1.5).estimate == pytest.approx(by_loops(a, b, 1.5), rel=1e-9, abs=1e-9)


def test_the_bandwidth_is_the_median_distance_of_the_reference():
    reference = np.array([[0.0], [1.0], [4.0]])
    assert kernel_distance(np.zeros((3, 1)), reference).bandwidth == 3.0


def test_gaussians_have_the_distance_that_follows_from_their_moments():
    """The expected kernel of N(0, I) and N(δ, I) is (w² / (w² + 2))^(d/2) exp(−δ² / 2(w² + 2))."""
    rng = np.random.default_rng(0)
    dim, width, delta = 4, 2.0, 1.0
    a = rng.standard_normal((1200, dim))
    b = rng.standard_normal((1200, dim)) + np.array([delta, 0, 0, 0])
    factor = (width**2 / (width**2 + 2)) ** (dim / 2)
    expected = 100 * 2 * factor * (1 - np.exp(-(delta**2) / (2 * (width**2 + 2))))
    found = kernel_distance(a, b, bandwidth=width)
    assert found.low < expected < found.high
    assert found.estimate == pytest.approx(expected, rel=0.15)


def test_few_clips_do_not_make_it_larger():
    rng = np.random.default_rng(1)
    few = [kernel_distance(rng.standard_normal((10, 40)), rng.standard_normal((10, 40))).estimate for _ in range(200)]
    assert abs(np.mean(few)) < 3 * np.std(few) / np.sqrt(200)


def test_clips_of_one_song_are_left_out_together():
    rng = np.random.default_rng(2)
    songs = np.repeat(np.arange(20), 10)
    a, b = (rng.standard_normal((20, 4))[songs] + 0.01 * rng.standard_normal((200, 4)) for _ in range(2))
    apart, together = (kernel_distance(a, b + 0.5, groups) for groups in ((None, None), (songs, songs)))
    assert together.estimate == pytest.approx(apart.estimate)
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_clips_that_do_not_differ_and_few_groups():
    with pytest.raises(DataError, match="bandwidth 0"):
        kernel_distance(np.ones((3, 2)), np.zeros((3, 2)))
    found = kernel_distance(np.eye(6), np.eye(6)[::-1] * 2, (np.arange(6) % 3, None))
    assert np.isnan([found.low, found.high]).all()
