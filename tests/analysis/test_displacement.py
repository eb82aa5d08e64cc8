import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cosine

from wetdry.analysis.displacement import displacement, spread
from wetdry.errors import DataError


def test_spread_is_the_root_of_the_total_variance(rng):
    vectors = rng.standard_normal((20, 7))
    assert spread(vectors) == pytest.approx(np.sqrt(np.trace(np.cov(vectors.T))))
    assert spread(rng.standard_normal((4, 20, 7))).shape == (4,)


def test_spread_does_not_depend_on_the_number_of_windows(rng):
    squares = [np.square(spread(rng.standard_normal((4000, windows, 9)))).mean() for windows in (2, 3, 20)]
    assert squares == pytest.approx([9.0] * 3, rel=0.03)


def test_a_moved_cloud_is_displaced_by_its_move(rng):
    dry = rng.standard_normal((12, 5))
    move = np.array([3.0, 0.0, -4.0, 0.0, 0.0])
    found = displacement(dry + move, dry)
    assert found.distance == pytest.approx(5.0)
    assert found.relative == pytest.approx(5.0 / spread(dry))
    assert found.cosine == pytest.approx(cosine((dry + move).mean(axis=0), dry.mean(axis=0)))


def test_levels_broadcast_against_one_dry_clip(rng):
    dry = rng.standard_normal((6, 4))
    wet = dry + np.arange(3.0)[:, np.newaxis, np.newaxis]
    found = displacement(wet, dry)
    np.testing.assert_allclose(found.distance, [0.0, 2.0, 4.0], atol=1e-12)
    assert found.spread.shape == found.relative.shape == found.cosine.shape == (3,)
    assert found.cosine[0] == 0.0


def test_spread_between_clips_may_be_the_unit(rng):
    dry = rng.standard_normal((8, 5, 4))
    between = spread(dry.mean(axis=1))
    found = displacement(dry + 1.0, dry, dry_spread=between)
    np.testing.assert_allclose(found.relative, 2.0 / between)


def test_no_spread_is_flagged():
    steady = np.ones((4, 3), dtype=np.float32)
    jittered = steady * (1 + 1e-7 * np.arange(4)[:, np.newaxis])
    for dry in (steady, jittered, np.ones((1, 3))):
        found = displacement(dry + 1, dry)
        assert found.undetermined
        assert np.isnan(found.relative)
        assert found.distance == pytest.approx(np.sqrt(3), rel=1e-5)


def test_cosine_does_not_cancel_for_small_angles():
    found = displacement([[1.0, 1e-9], [1.0, 1e-9]], [[1.0, 0.0], [1.0, 0.0]])
    assert found.cosine == pytest.approx(0.5e-18)
    opposite = displacement([[-2.0, 0.0]], [[1.0, 0.0]])
    assert opposite.cosine == pytest.approx(2.0)
    assert np.isnan(displacement([[1.0, 0.0]], [[0.0, 0.0]]).cosine)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_relative_displacement_ignores_scale_rotation_and_origin(seed, scale):
    rng = np.random.default_rng(seed)
    dry, wet = rng.standard_normal((2, 6, 4))
    turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    found = displacement(wet, dry)
    moved = displacement(scale * wet @ turn + 5.0 * scale, scale * dry @ turn + 5.0 * scale)
    assert moved.relative == pytest.approx(found.relative, rel=1e-9)
    assert displacement(dry, wet).distance == pytest.approx(found.distance)


@pytest.mark.parametrize(
    ("wet", "dry", "message"),
    [
        (np.ones((2, 3)), np.ones((2, 4)), "3 and dry ones of 4 dimensions"),
        (np.ones(3), np.ones((2, 3)), "shape"),
        (np.full((2, 3), np.nan), np.ones((2, 3)), "finite"),
    ],
)
def test_bad_input_is_named(wet, dry, message):
    with pytest.raises(DataError, match=message):
        displacement(wet, dry)
