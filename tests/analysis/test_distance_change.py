"""The change of a distance is that of the same clips wet and dry, and its limits are those of a paired difference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from wetdry.analysis.block_jackknife import blocks_of
from wetdry.analysis.distance_change import distance_changes
from wetdry.analysis.frechet import frechet_distance
from wetdry.errors import DataError

PAIRS = [(1, 0), (0, 1), (1, 1), (0, 0)]


def _sets(seed, clips=24, dim=5, groups=8):
    rng = np.random.default_rng(seed)
    named = np.array([f"g{number % groups}" for number in range(clips)])
    first, second = rng.standard_normal((2, 2, clips, dim))
    return first, second + 1.0, named


def test_distances_and_changes_are_those_of_each_pair_by_itself():
    first, second, named = _sets(0)
    found = distance_changes(first, second, PAIRS, (named, named))
    dry = frechet_distance(first[0], second[0])
    expected = np.array([frechet_distance(first[i], second[j]) for i, j in PAIRS])
    assert found.dry == pytest.approx(dry, rel=1e-12)
    np.testing.assert_allclose(found.distance, expected, rtol=1e-12)
    np.testing.assert_allclose(found.change, expected - dry, rtol=1e-9, atol=1e-12)


def test_limits_leave_the_same_groups_out_wet_and_dry():
    first, second, named = _sets(1)
    found = distance_changes(first, second, PAIRS, (named, named), seed=3)
    block, other, blocks = blocks_of((named, named), (24, 24), 3)
    assert blocks == 8
    for place, (i, j) in enumerate(PAIRS[:3]):
        left = np.array(
            [
                frechet_distance(first[i][block != out], second[j][other != out])
                - frechet_distance(first[0][block != out], second[0][other != out])
                for out in range(8)
            ]
        )
        reach = student.ppf(0.975, 7) * np.sqrt(7 / 8 * np.square(left - left.mean()).sum())
        assert found.high[place] - found.change[place] == pytest.approx(reach, rel=1e-9)
        assert found.change[place] - found.low[place] == pytest.approx(reach, rel=1e-9)


def test_a_shift_that_all_clips_share_is_surer_than_either_distance():
    rng = np.random.default_rng(2)
    first, second = rng.standard_normal((60, 4)), rng.normal([3.0, 0.0, 0.0, 0.0], size=(60, 4))
    nearer = second - [1.0, 0.0, 0.0, 0.0]
    found = distance_changes([first], [second, nearer], [(0, 1)])
    gap = (first - second).mean(axis=0)[0]
    assert found.change[0] == pytest.approx((gap + 1.0) ** 2 - gap**2, rel=1e-9)
    assert found.high[0] < -3.5
    # 2 · shift · the standard error of the gap of the means, and no part of the variances'.
    width = 2.0 * student.ppf(0.975, 19) * np.sqrt(first[:, 0].var() / 60 + second[:, 0].var() / 60)
    assert found.high[0] - found.change[0] == pytest.approx(width, rel=0.5)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 50), clips=st.integers(6, 30), dim=st.integers(1, 40))
def test_what_does_nothing_changes_nothing(seed, clips, dim):
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((2, clips, dim))
    found = distance_changes([first, first.copy()], [second, second.copy()], PAIRS)
    for field in (found.change, found.low, found.high):
        assert field.tolist() == [0.0] * len(PAIRS)


def test_few_groups_have_no_limits_and_few_clips_no_answer():
    first, second, _ = _sets(4)
    three = np.array([f"g{number % 3}" for number in range(24)])
    found = distance_changes(first, second, [(1, 1)], (three, three))
    assert np.isfinite(found.change).all()
    assert np.isnan([found.low, found.high]).all()
    # All clips but one are of one group, without which nothing is left to have a covariance.
    lonely = np.array(["most"] * 21 + ["x", "y", "z"])
    assert np.isfinite(distance_changes(first, second, [(1, 1)], (lonely, lonely)).low).all()
    assert np.isnan(distance_changes(first[:, 19:23], second, [(1, 1)], (lonely[19:23], lonely)).low).all()
    with pytest.raises(DataError, match="Sets of 1 and 24 clips have no covariance"):
        distance_changes(first[:, :1], second, [(1, 1)])


@pytest.mark.parametrize(
    ("first", "pairs", "sentence"),
    [
        (np.zeros((4, 3)), [(0, 0)], r"shape \(4, 3\) cannot be compared: give \(version, clip, dim\)"),
        (np.zeros((2, 4, 3)), [], "No pair of versions"),
        (np.zeros((2, 4, 3)), [(2, 0)], r"no pair of versions \(2, 0\) among 2 and 1"),
    ],
)
def test_what_cannot_be_compared_is_said(first, pairs, sentence):
    with pytest.raises(DataError, match=sentence):
        distance_changes(first, np.zeros((1, 4, 3)), pairs)
