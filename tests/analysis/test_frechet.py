"""The Fréchet distance: closed forms, the definition by a matrix square root, and what few clips do to it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from wetdry.analysis.frechet import distances_to, frechet_distance, frechet_infinity, split_half
from wetdry.errors import DataError


def by_definition(a, b):
    """‖μ − ν‖² + tr(C + D − 2 √(C D)), as it is usually computed."""
    c, d = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(c @ d)
    return float(np.square(a.mean(0) - b.mean(0)).sum() + np.trace(c + d - 2 * root.real))


def mixed(rng, clips, dim, offset=0.0):
    return rng.standard_normal((clips, dim)) @ (rng.standard_normal((dim, dim)) / np.sqrt(dim)) + offset


@pytest.mark.parametrize(("clips", "others", "dim"), [(200, 200, 8), (500, 300, 64), (90, 700, 32)])
def test_it_is_the_definition_where_that_is_stable(clips, others, dim):
    rng = np.random.default_rng(dim)
    a, b = mixed(rng, clips, dim), mixed(rng, others, dim, offset=0.3)
    assert frechet_distance(a, b) == pytest.approx(by_definition(a, b), rel=1e-9)


def test_with_fewer_clips_than_dimensions_it_is_the_distance_within_the_space_of_the_clips():
    rng = np.random.default_rng(1)
    inside, frame = rng.standard_normal((60, 12)), np.linalg.qr(rng.standard_normal((300, 12)))[0]
    a, b = inside[:30] * 2.0, inside[30:] + 1.0
    assert frechet_distance(a @ frame.T, b @ frame.T) == pytest.approx(by_definition(a, b), rel=1e-9)


def test_gaussians_of_known_moments_have_the_known_distance():
    """Hadamard rows have covariances that are multiples of one another to the last digit."""
    rows = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float)
    scale, offset = np.array([1.0, 2.0, 0.5]), np.array([1.0, -2.0, 0.0])
    expected = 5.0 + np.square(scale - 1.0).sum() * 4 / 3
    assert frechet_distance(rows, rows * scale + offset) == pytest.approx(expected, rel=1e-12)


@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_it_is_symmetric_never_negative_and_follows_scale_and_rotation(clips, others, dim, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((clips, dim)), rng.standard_normal((others, dim)) * 1e3 + 1e4
    turn = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    found = frechet_distance(a, b)
    assert found >= 0
    assert frechet_distance(b, a) == pytest.approx(found, rel=1e-9)
    assert frechet_distance(3.0 * a @ turn, 3.0 * b @ turn) == pytest.approx(9.0 * found, rel=1e-9)
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(a, np.concatenate([a, a])) >= 0


def test_vectors_in_single_precision_do_not_make_it_negative():
    rows = np.random.default_rng(2).standard_normal((40, 500)).astype(np.float32) * 1e-3 + 100
    assert 0 <= frechet_distance(rows, rows[::-1]) < 1e-12


def test_few_clips_make_it_too_large_and_the_line_leads_back():
    rng = np.random.default_rng(3)
    shift = np.zeros(16)
    shift[0] = 1.0
    a, b = rng.standard_normal((600, 16)), rng.standard_normal((600, 16)) + shift
    found = frechet_infinity(a, b, seed=3)
    assert found.at_all > 1.1 * found.estimate
    assert found.low < 1.0 < found.high
    assert found.high - found.low < 1.0
    assert found.straightness > 0.9
    assert found.clips == 600


@pytest.mark.parametrize(("clips", "bias"), [(50, 1.41), (200, 0.83), (1000, 0.161)])
def test_white_noise_of_variance_1_in_512_dimensions_is_so_far_from_5000_vectors_of_its_own_kind(clips, bias):
    """Figures that were measured with other code."""
    rng = np.random.default_rng(clips)
    a, b = (rng.standard_normal((n, 512)) / np.sqrt(512) for n in (clips, 5000))
    assert frechet_distance(a, b) == pytest.approx(bias, rel=0.02)


def test_clips_of_one_group_are_left_out_together():
    rng = np.random.default_rng(4)
    songs = np.repeat(np.arange(40), 10)
    a, b = (rng.standard_normal((40, 4))[songs] + 0.05 * rng.standard_normal((400, 4)) for _ in range(2))
    b = b + 0.5
    apart, together = (frechet_infinity(a, b, groups) for groups in ((None, None), (songs, songs + 40)))
    assert together.high - together.low > 1.5 * (apart.high - apart.low)
    assert together.estimate == apart.estimate


def test_what_both_sets_share_through_their_groups_does_not_widen_the_limits():
    """The same songs in both sets, moved by 0.5 in each dimension: the distance is 1 whichever songs they are."""
    rng = np.random.default_rng(4)
    songs = np.repeat(np.arange(40), 10)
    between = rng.standard_normal((40, 4))
    a, b = (between[songs] + 0.05 * rng.standard_normal((400, 4)) + shift for shift in (0.0, 0.5))
    named, unnamed = (frechet_infinity(a, b, groups) for groups in ((songs, songs), (songs, songs + 40)))
    assert named.low < 1.0 < named.high
    assert named.high - named.low < 0.5 * (unnamed.high - unnamed.low)


def test_limits_need_groups():
    rng = np.random.default_rng(5)
    found = frechet_infinity(rng.standard_normal((60, 2)), rng.standard_normal((60, 2)) + 3, (np.arange(60) % 3, None))
    assert np.isnan([found.low, found.high]).all()
    assert found.estimate == pytest.approx(18.0, rel=0.3)


def test_the_same_seed_gives_the_same_line():
    rng = np.random.default_rng(6)
    a, b = rng.standard_normal((50, 5)), rng.standard_normal((70, 5))
    assert frechet_infinity(a, b, seed=1) == frechet_infinity(a, b, seed=1)
    assert frechet_infinity(a, b, seed=1) != frechet_infinity(a, b, seed=2)


def test_halves_of_one_set_are_as_far_apart_as_two_sets_of_that_size():
    rng = np.random.default_rng(7)
    floor = split_half(rng.standard_normal((200, 10)), draws=30)
    sets = [frechet_distance(rng.standard_normal((100, 10)), rng.standard_normal((100, 10))) for _ in range(30)]
    assert floor.mean() == pytest.approx(np.mean(sets), rel=0.15)


def test_halves_keep_songs_whole():
    songs = np.repeat(np.arange(10), 20)
    rows = np.random.default_rng(8).standard_normal((10, 3))[songs]
    torn = split_half(rows + 1e-3 * np.random.default_rng(9).standard_normal(rows.shape))
    whole = split_half(rows, songs)
    assert whole.mean() > 3 * torn.mean()


def test_distances_of_several_sets_to_one_are_each_its_own():
    rng = np.random.default_rng(10)
    reference, sets = rng.standard_normal((90, 6)), [rng.standard_normal((n, 6)) * n for n in (2, 5, 40)]
    expected = [frechet_distance(rows, reference) for rows in sets]
    assert distances_to(sets, reference).tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (np.zeros((3, 2)), np.zeros((3, 4)), r"shapes \(3, 2\) and \(3, 4\)"),
        (np.zeros(3), np.zeros(3), "shapes"),
        (np.zeros((1, 2)), np.zeros((3, 2)), "1 and 3 clips have no covariance"),
        (np.full((3, 2), np.nan), np.zeros((3, 2)), "3 vectors are not finite"),
    ],
)
def test_what_cannot_be_compared_is_said(first, second, words):
    with pytest.raises(DataError, match=words):
        frechet_distance(first, second)


def test_too_few_clips_or_groups_are_said():
    with pytest.raises(DataError, match="7 clips are too few"):
        frechet_infinity(np.zeros((7, 2)), np.zeros((9, 2)))
    with pytest.raises(DataError, match="Too few groups of clips to be dealt to two halves: 3;"):
        split_half(np.zeros((9, 2)), np.arange(9) % 3)
