"""Distances between sets beside those within them, and axes for both."""

import numpy as np
import pytest

from wetdry.analysis.distance_floor import distance_beside_floor
from wetdry.analysis.frechet import frechet_distance, frechet_infinity
from wetdry.analysis.pooled_components import pooled_components
from wetdry.errors import DataError


def test_sets_alike_are_no_further_apart_than_their_halves():
    rng = np.random.default_rng(0)
    found = distance_beside_floor(rng.standard_normal((80, 20)), rng.standard_normal((120, 20)))
    assert found.clips == 40
    assert found.between.shape == (20,)
    assert found.between.mean() == pytest.approx(found.floor.mean(), rel=0.06)
    expected = [frechet_distance(*rng.standard_normal((2, 40, 20))) for _ in range(20)]
    assert found.floor.mean() == pytest.approx(np.mean(expected), rel=0.06)


def test_sets_apart_are_further_apart_by_what_lies_between_them():
    rng = np.random.default_rng(1)
    found = distance_beside_floor(rng.standard_normal((400, 20)), rng.standard_normal((400, 20)) + 0.5)
    assert (found.between - found.floor).mean() == pytest.approx(5.0, rel=0.15)


def test_voices_that_both_sets_share_are_on_the_other_side_of_both():
    """Six actors with voices far apart, the same in both sets: a half is as far from another half of either set."""
    rng = np.random.default_rng(2)
    actor = np.repeat(np.arange(6), 20)
    voices = 5 * rng.standard_normal((6, 3))
    a, b = (voices[actor] + rng.standard_normal((120, 3)) for _ in range(2))
    found = distance_beside_floor(a, b, (actor, actor))
    assert found.between == pytest.approx(found.floor, rel=0.2)
    assert found.floor.mean() > 20 * distance_beside_floor(a, b).floor.mean()
    assert found.clips == 60


def test_few_groups_cannot_be_dealt_to_halves():
    with pytest.raises(DataError, match="Clips of 3 groups cannot be dealt"):
        distance_beside_floor(np.eye(9), np.eye(9), (np.arange(9) % 3, None))


def test_the_axes_are_those_of_the_mean_covariance():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((30, 5)), 3.0 * rng.standard_normal((200, 5)) + 9.0
    values, vectors = np.linalg.eigh((np.cov(a, rowvar=False) + np.cov(b, rowvar=False)) / 2)
    found = pooled_components(a, b, 2)
    assert np.abs(found.axes.T @ vectors[:, ::-1][:, :2]) == pytest.approx(np.eye(2), abs=1e-9)
    assert found.variance_kept == pytest.approx(values[-2:].sum() / values.sum())
    shift = a.mean(axis=0) - b.mean(axis=0)
    assert found.shift_kept == pytest.approx(np.square(shift @ vectors[:, -2:]).sum() / np.square(shift).sum())
    assert pooled_components(a, b, 5).of(a) @ pooled_components(a, b, 5).axes.T == pytest.approx(a)


def test_along_few_axes_a_distance_is_right_of_fewer_clips_than_dimensions():
    """What tells the sets apart lies where they vary; elsewhere there is noise, which is all that is taken out."""
    rng = np.random.default_rng(4)
    scale = np.concatenate([np.full(4, 3.0), np.full(196, 0.5)])
    shift = np.concatenate([[8.0], np.zeros(199)])
    a, b = rng.standard_normal((100, 200)) * scale, rng.standard_normal((100, 200)) * scale + shift
    axes = pooled_components(a, b, 4)
    assert axes.shift_kept > 0.8
    along, known, whole = (frechet_infinity(*sets) for sets in ((axes.of(a), axes.of(b)), (a[:, :4], b[:, :4]), (a, b)))
    assert along.estimate == pytest.approx(known.estimate, rel=0.05)
    assert whole.estimate > 1.4 * known.estimate


def test_axes_of_both_sets_make_no_distance_of_noise():
    """The two figures of the docstring."""
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((2, 100, 512))
    pooled = pooled_components(a, b, 16)
    own = np.linalg.svd(b - b.mean(axis=0), full_matrices=False)[2][:16].T
    of_noise = [
        frechet_infinity(x, y, (np.zeros(100), np.zeros(100))).estimate / 1024
        for x, y in ((pooled.of(a), pooled.of(b)), (a @ own, b @ own))
    ]
    assert abs(of_noise[0]) < 0.004
    assert of_noise[1] == pytest.approx(0.06, abs=0.01)


@pytest.mark.parametrize("count", [0, 6, 8])
def test_axes_that_there_are_not(count):
    with pytest.raises(DataError, match=f"{count} components cannot be had of 4 and 3 clips: give 1 to 5"):
        pooled_components(np.eye(9)[:4], np.eye(9)[:3], count)
