import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from wetdry.analysis.dimensionality import dimensionality
from wetdry.analysis.displacement import spread
from wetdry.analysis.trajectories import direction_agreement, trajectories
from wetdry.errors import DataError

SEEDS = st.integers(0, 2**32 - 1)


def rotation(rng, dim):
    return np.linalg.qr(rng.standard_normal((dim, dim)))[0]


def arc(angles, radius=1.0, dim=6):
    path = np.zeros((1, len(angles), dim))
    path[0, :, 1], path[0, :, 4] = radius * np.cos(angles), radius * np.sin(angles)
    return path


@pytest.fixture
def dry(rng):
    return rng.standard_normal((1, 6))


def test_a_straight_path_is_straight_however_it_is_spaced(rng):
    direction, starts = rng.standard_normal((2, 40, 6))
    distances = np.array([0.0, 1.0, 1.5, 4.0, 4.25, 9.0])
    found = trajectories(starts[:, None] + distances[:, None] * direction[:, None], starts)
    lengths = 9.0 * np.linalg.norm(direction, axis=1)
    np.testing.assert_allclose(found.length, lengths / spread(starts))
    np.testing.assert_allclose(found.steps[:, 2], lengths * 2.5 / 9.0 / spread(starts))
    np.testing.assert_allclose(found.straightness, 1.0)
    assert (found.straightness <= 1.0).all()
    np.testing.assert_array_equal(found.forward, 1.0)
    np.testing.assert_allclose(found.monotonicity, 1.0)
    np.testing.assert_allclose(found.turning, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.departure, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.discontinuity, 4.75 / 1.0)
    np.testing.assert_array_equal(found.jump, 5)
    np.testing.assert_allclose(found.chord, 9.0 * direction)
    assert not found.still.any()


@pytest.mark.parametrize("angle", [0.01, 1.0, np.pi, 5.0])
def test_an_arc_has_its_chord_and_its_turn(angle, dry):
    steps = 9
    found = trajectories(arc(np.linspace(0.0, angle, steps + 1), radius=3.0), dry)
    assert found.straightness == pytest.approx(np.sin(angle / 2) / (steps * np.sin(angle / steps / 2)), rel=1e-9)
    np.testing.assert_allclose(found.turning, angle / steps, rtol=1e-6)
    np.testing.assert_allclose(found.discontinuity, 1.0)
    fine = trajectories(arc(np.linspace(0.0, angle, 400)), dry)
    assert fine.straightness == pytest.approx(np.sin(angle / 2) / (angle / 2), rel=1e-4)


def test_steps_away_from_the_end_are_not_forward(dry):
    # Beyond a half turn, the first and last steps of an arc point away from the chord's other end.
    angles = np.linspace(0.0, 1.5 * np.pi, 13)
    path = arc(angles)
    found = trajectories(path, dry)
    chord = path[0, -1] - path[0, 0]
    projection = path[0] @ chord
    assert found.forward == pytest.approx((np.diff(projection) > 0).mean())
    assert 0.5 < found.forward < 1.0
    assert found.monotonicity == pytest.approx(spearmanr(np.arange(13), np.round(projection, 9)).statistic)


def test_steps_aside_are_not_forward(rng):
    detour = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 0.0], [2.0, 0.0]]) @ np.eye(2, 6)
    found = trajectories(np.stack([detour @ rotation(rng, 6) for _ in range(20)]), rng.standard_normal((20, 6)))
    np.testing.assert_array_equal(found.forward, 0.5)


def test_departure_is_the_share_off_the_first_principal_axis(rng):
    paths = rng.standard_normal((5, 8, 7))
    found = trajectories(paths, rng.standard_normal((5, 7)))
    for clip in range(5):
        for first in range(6):
            three = paths[clip, first : first + 3]
            variances = np.square(np.linalg.svd(three - three.mean(axis=0), compute_uv=False))
            assert found.departure[clip, first] == pytest.approx(variances[1] / variances.sum())
            before, after = np.diff(three, axis=0)
            cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
            assert found.turning[clip, first] == pytest.approx(np.arccos(cosine))


def test_an_equilateral_triangle_departs_by_half(rng):
    triangle = arc(np.array([0.0, 2.0, 4.0]) * np.pi / 3)[0]
    found = trajectories(np.stack([triangle @ rotation(rng, 6) for _ in range(40)]), rng.standard_normal((40, 6)))
    np.testing.assert_allclose(found.departure, 0.5, atol=1e-7)


def test_the_figures_of_noise_are_those_stated(rng):
    strengths = 12
    noise = rng.standard_normal((600, strengths, 400))
    found = trajectories(noise, noise[:, 0])
    assert found.straightness.mean() == pytest.approx(1 / (strengths - 1), rel=0.02)
    assert found.turning.mean() == pytest.approx(2 * np.pi / 3, rel=0.01)
    assert found.monotonicity.mean() == pytest.approx(6 * 11 / (12 * 13), abs=0.04)
    assert found.shared_monotonicity.mean() == pytest.approx(0.0, abs=0.05)
    walk = trajectories(noise.cumsum(axis=1), noise[:, 0])
    assert walk.straightness.mean() == pytest.approx(1 / np.sqrt(strengths - 1), rel=0.02)
    assert walk.turning.mean() == pytest.approx(np.pi / 2, rel=0.01)


def test_shared_monotonicity_asks_the_clips_of_other_groups(rng):
    steps = np.linspace(0.0, 1.0, 8)[:, None]
    up, aside = np.eye(3)[0], np.eye(3)[1]
    paths = np.stack([steps * (up + 0.1 * aside), steps * (up - 0.1 * aside), steps * -up])
    dry = rng.standard_normal((3, 3))
    np.testing.assert_allclose(trajectories(paths, dry).monotonicity, 1.0)
    np.testing.assert_allclose(trajectories(paths, dry).shared_monotonicity[2], -1.0)
    # Left to each other, the first two agree; in one group they hear only the third.
    np.testing.assert_allclose(trajectories(paths[:2], dry[:2]).shared_monotonicity, 1.0)
    np.testing.assert_allclose(trajectories(paths, dry, ["a", "a", "b"]).shared_monotonicity, -1.0)
    assert np.isnan(trajectories(paths, dry, ["a", "a", "a"]).shared_monotonicity).all()
    thirds = np.stack([steps * side for side in arc(np.arange(3) * 2 * np.pi / 3)[0] @ rotation(rng, 6)])
    cancelling = np.concatenate([thirds, thirds[:1] * 2.0])
    assert np.isnan(trajectories(cancelling, rng.standard_normal((4, 6))).shared_monotonicity[3])


@pytest.mark.parametrize("at", [1, 4, 9])
def test_a_planted_jump_is_found(rng, at):
    paths = np.linspace(0.0, 9.0, 10)[None, :, None] * np.ones(16) + 0.01 * rng.standard_normal((3, 10, 16))
    paths[:, at:] += 6.0
    found = trajectories(paths, rng.standard_normal((3, 16)))
    np.testing.assert_array_equal(found.jump, at)
    np.testing.assert_allclose(found.discontinuity, 7.0, rtol=0.02)


def test_a_single_jump_from_rest_to_rest_is_infinite(dry):
    path = np.zeros((1, 6, 6))
    path[0, 2:] = 1.0
    found = trajectories(path, dry)
    assert found.discontinuity == np.inf
    assert found.jump == 2
    assert found.forward == pytest.approx(1 / 5)
    assert found.monotonicity == pytest.approx(spearmanr(np.arange(6), path[0, :, 0]).statistic)
    np.testing.assert_array_equal(np.isnan(found.turning[0]), True)
    np.testing.assert_array_equal(found.departure[0], [0.0, 0.0, np.nan, np.nan])


def test_a_clip_that_stands_still_has_no_shape(rng):
    moving = np.cumsum(rng.standard_normal((2, 5, 8)), axis=1)
    still = np.full((1, 5, 8), 3.0) * (1 + 1e-7 * rng.standard_normal((1, 5, 8)))
    paths = np.concatenate([moving, still]).astype(np.float32)
    found = trajectories(paths, rng.standard_normal((3, 8)))
    np.testing.assert_array_equal(found.still, [False, False, True])
    assert found.length[2] == 0.0
    assert found.jump[2] == -1
    for name in ("straightness", "forward", "monotonicity", "shared_monotonicity", "discontinuity", "turning"):
        values = getattr(found, name)
        assert np.isnan(values[2]).all(), name
        assert np.isfinite(values[:2]).all(), name
    assert np.isnan(found.departure[2]).all()
    assert not found.chord[2].any()


def test_a_closed_path_has_no_direction(dry):
    found = trajectories(arc(np.linspace(0.0, 2 * np.pi, 9)), dry)
    assert found.straightness == 0.0
    assert np.isnan([found.forward, found.monotonicity]).all()
    np.testing.assert_allclose(found.turning, np.pi / 4)


def test_without_a_spread_of_dry_clips_length_has_no_unit(rng):
    paths = rng.standard_normal((3, 5, 4))
    for wet, dry in ((paths[:1], paths[:1, 0]), (paths, np.ones((3, 4)))):
        found = trajectories(wet, dry)
        assert np.isnan(found.length).all()
        assert np.isfinite(found.straightness).all()


def test_many_clips_are_measured_as_one_by_one(rng, monkeypatch):
    paths, dry = rng.standard_normal((7, 5, 4)), rng.standard_normal((7, 4))
    whole = trajectories(paths, dry)
    monkeypatch.setattr("wetdry.analysis.statistics.units.BLOCK", 45)
    parts = trajectories(paths, dry)
    for name in ("steps", "turning", "forward", "monotonicity", "shared_monotonicity", "chord"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name), err_msg=name)


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.floats(1e-3, 1e3))
def test_shapes_ignore_rotation_translation_and_scale(seed, scale):
    rng = np.random.default_rng(seed)
    paths, dry = rng.standard_normal((4, 6, 5)), rng.standard_normal((4, 5))
    paths[:, 3] = paths[:, 2]
    turn, shift = scale * rotation(rng, 5), 5.0 * scale * rng.standard_normal(5)
    found, moved = trajectories(paths, dry), trajectories(paths @ turn + shift, dry @ turn + shift)
    for name in ("straightness", "forward", "monotonicity", "shared_monotonicity", "departure", "discontinuity"):
        np.testing.assert_allclose(getattr(moved, name), getattr(found, name), rtol=1e-7, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(moved.steps, found.steps, atol=1e-9)
    np.testing.assert_allclose(moved.turning, found.turning, atol=1e-6)
    np.testing.assert_array_equal(moved.jump, found.jump)
    np.testing.assert_allclose(moved.chord, found.chord @ turn, atol=1e-9 * scale)


@settings(deadline=None, max_examples=40)
@given(SEEDS)
def test_walking_back_retraces_the_path(seed):
    rng = np.random.default_rng(seed)
    paths, dry = rng.standard_normal((3, 6, 5)), rng.standard_normal((3, 5))
    there, back = trajectories(paths, dry), trajectories(paths[:, ::-1], dry)
    np.testing.assert_allclose(back.steps, there.steps[:, ::-1])
    np.testing.assert_allclose(back.departure, there.departure[:, ::-1], atol=1e-9)
    for name in ("straightness", "forward", "monotonicity", "shared_monotonicity", "discontinuity"):
        np.testing.assert_allclose(getattr(back, name), getattr(there, name), err_msg=name)
    np.testing.assert_array_equal(there.jump + back.jump, 6)


def cosines_between(directions, groups):
    unit = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
    rows = range(len(unit))
    return np.mean([unit[i] @ unit[j] for i in rows for j in rows if groups[i] != groups[j]])


def test_agreement_is_the_mean_cosine_between_groups(rng):
    directions, groups = rng.standard_normal((9, 5)) + 0.5, np.array(list("abcabcdde"))
    assert direction_agreement(directions).estimate == pytest.approx(cosines_between(directions, np.arange(9)))
    found = direction_agreement(directions, groups)
    assert found.estimate == pytest.approx(cosines_between(directions, groups))
    assert found.units == 5
    left_out = [cosines_between(directions[groups != out], groups[groups != out]) for out in "abcde"]
    error = np.sqrt(4 / 5 * np.square(np.arctanh(left_out) - np.arctanh(left_out).mean()).sum())
    half = 2.7764451 * error  # the 97.5 % quantile of Student's t with 4 degrees of freedom
    assert found.low == pytest.approx(np.tanh(np.arctanh(found.estimate) - half))
    assert found.high == pytest.approx(np.tanh(np.arctanh(found.estimate) + half))


def test_agreement_at_each_strength_is_agreement_of_each(rng):
    directions, groups = rng.standard_normal((8, 3, 5)) + 0.5, np.repeat(np.arange(4), 2)
    directions[2:4, 1] = 0.0
    found = direction_agreement(directions, groups)
    for strength in range(3):
        alone = direction_agreement(directions[:, strength], groups)
        assert found.estimate[strength] == pytest.approx(alone.estimate)
        np.testing.assert_allclose(found.low[strength], alone.low)
    np.testing.assert_array_equal(found.units, [4, 3, 4])
    np.testing.assert_array_equal(found.undetermined, [False, True, False])


def test_vectors_without_direction_are_left_out(rng):
    directions = rng.standard_normal((6, 4))
    padded = direction_agreement(np.concatenate([directions, np.zeros((3, 4))]))
    bare = direction_agreement(directions)
    assert padded.units == 6
    for name in ("estimate", "low", "high"):
        assert getattr(padded, name) == pytest.approx(getattr(bare, name))
    assert np.isnan(direction_agreement(np.eye(3)[:1]).estimate)
    assert np.isnan(direction_agreement(np.eye(3)).low)
    assert np.isnan(direction_agreement(np.zeros((5, 3))).estimate)


def test_perfect_agreement_is_one(rng):
    alike = np.repeat(rng.standard_normal((1, 60, 7)), 5, axis=0)
    estimate = direction_agreement(alike).estimate
    np.testing.assert_allclose(estimate, 1.0)
    assert (estimate <= 1.0).all()


def test_agreement_covers_its_truth(rng):
    mean = np.zeros(20)
    mean[0] = np.sqrt(20) / 2
    sample = rng.standard_normal((100_000, 20)) + mean
    truth = np.square((sample / np.linalg.norm(sample, axis=1, keepdims=True)).mean(axis=0)).sum()
    found = direction_agreement(rng.standard_normal((20, 1000, 20)) + mean)
    assert found.estimate.mean() == pytest.approx(truth, abs=0.005)
    assert 0.93 <= ((found.low <= truth) & (truth <= found.high)).mean() <= 0.98


@pytest.mark.parametrize("rank", [1, 3, 8])
def test_a_known_rank_is_recovered(rng, rank):
    # Orthonormal columns, so that all variances are equal in the sample itself.
    scores = np.linalg.qr(rng.standard_normal((40, rank)))[0]
    found = dimensionality(5.0 * scores @ rotation(rng, 30)[:rank], centred=False)
    assert found.participation == pytest.approx(rank)
    np.testing.assert_allclose(found.spectrum, np.r_[np.full(rank, 1 / rank), np.zeros(30 - rank)], atol=1e-12)
    np.testing.assert_allclose(found.singular_values[:rank], 1.0)
    np.testing.assert_allclose(found.singular_values[rank:], 0.0, atol=1e-6)


def test_spectrum_is_that_of_the_covariance(rng):
    for shape in ((12, 7), (7, 12)):
        rows = rng.standard_normal(shape)
        found = dimensionality(rows)
        expected = np.square(np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False))
        np.testing.assert_allclose(found.spectrum, expected / expected.sum(), atol=1e-12)
        assert found.participation == pytest.approx(expected.sum() ** 2 / np.square(expected).sum())
        np.testing.assert_allclose(found.singular_values[:-1] ** 2, (expected / expected[0])[:-1])


@pytest.mark.parametrize("centred", [True, False])
def test_the_correction_removes_the_bias_of_few_rows(rng, centred):
    found = dimensionality(rng.standard_normal((300, 20, 60)), centred=centred)
    assert found.participation.mean() == pytest.approx(60 / (1 + 60 / 20), rel=0.06)
    assert found.corrected.mean() == pytest.approx(60.0, rel=0.04)


@pytest.mark.parametrize(("n", "excess"), [(20, 0.13), (60, 0.05), (200, 0.02)])
def test_what_the_correction_leaves_is_within_what_is_stated(rng, n, excess):
    variances = np.r_[10.0, np.ones(60)]
    truth = variances.sum() ** 2 / np.square(variances).sum()
    found = dimensionality(rng.standard_normal((200, n, 61)) * np.sqrt(variances))
    assert truth * 0.99 < found.corrected.mean() < truth * (1.01 + excess)
    assert found.participation.mean() < 0.9 * truth


def test_noise_adds_the_dimensions_stated(rng):
    signal = rng.standard_normal((60, 200, 2)) * 3.0
    rows = 0.5 * rng.standard_normal((60, 200, 50))
    rows[..., :2] += signal
    stated = (18.0 + 50 * 0.25) ** 2 / (2 * 9.25**2 + 48 * 0.25**2)
    assert dimensionality(rows).corrected.mean() == pytest.approx(stated, rel=0.02)


@pytest.mark.parametrize("centred", [True, False])
def test_rows_of_one_group_count_once(rng, centred):
    rows = rng.standard_normal((15, 9))
    once = dimensionality(rows, centred=centred).corrected
    repeated = dimensionality(np.repeat(rows, 4, axis=0), np.repeat(np.arange(15), 4), centred=centred)
    assert repeated.corrected == pytest.approx(once)
    assert dimensionality(np.repeat(rows, 4, axis=0), centred=centred).corrected != pytest.approx(once, rel=0.05)


def test_correction_is_a_sum_over_pairs_of_groups(rng):
    rows, groups = rng.standard_normal((10, 6)), np.array(list("aabbbcdeee"))
    pairs = [(i, j) for i in range(10) for j in range(10) if groups[i] != groups[j]]
    lengths = np.square(rows).sum(axis=1)
    about_zero = sum(lengths[i] * lengths[j] for i, j in pairs) / sum((rows[i] @ rows[j]) ** 2 for i, j in pairs)
    assert dimensionality(rows, groups, centred=False).corrected == pytest.approx(about_zero)
    rows = rows - rows.mean(axis=0)
    products = [rows[i] @ rows[j] for i, j in pairs]
    about_mean = np.mean([np.square(rows[i]).sum() * np.square(rows[j]).sum() for i, j in pairs]) / np.var(products)
    assert dimensionality(rows, groups).corrected == pytest.approx(about_mean)


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.floats(1e-3, 1e3))
def test_dimensionality_ignores_rotation_scale_and_origin(seed, scale):
    rng = np.random.default_rng(seed)
    rows, groups = rng.standard_normal((8, 5)), np.arange(8) // 2
    turned = scale * rows @ rotation(rng, 5)
    found = dimensionality(rows, groups)
    moved = dimensionality(turned + 3.0 * scale, groups)
    signs = dimensionality(turned * rng.choice([-1.0, 1.0], (8, 1)), centred=False)
    np.testing.assert_allclose(moved.spectrum, found.spectrum, atol=1e-9)
    assert moved.corrected == pytest.approx(found.corrected, rel=1e-6)
    assert signs.corrected == pytest.approx(dimensionality(rows, centred=False).corrected, rel=1e-6)
    assert 1.0 <= found.participation <= 5.0


def test_what_does_not_vary_has_no_dimension():
    still = np.full((6, 4), 2.0, dtype=np.float32) * (1 + 1e-7 * np.arange(6)[:, None])
    for found in (dimensionality(still), dimensionality(np.zeros((6, 4)), centred=False), dimensionality(still[:1])):
        assert np.isnan(found.participation)
        assert np.isnan(found.corrected)
        assert np.isnan(found.spectrum).all()
        assert np.isnan(found.singular_values).all()


def test_rows_at_right_angles_cannot_be_corrected(rng):
    found = dimensionality(np.stack([rotation(rng, 7) for _ in range(40)]), centred=False)
    np.testing.assert_allclose(found.participation, 7.0)
    assert np.isnan(found.corrected).all()


def test_few_groups_cannot_be_corrected(rng):
    rows = rng.standard_normal((12, 4))
    assert np.isnan([dimensionality(rows, np.arange(12) % groups).corrected for groups in (1, 2, 3)]).all()
    assert dimensionality(rows, np.arange(12) % 4).corrected > 1.0


FINE = np.zeros((2, 4, 3))
BROKEN = np.where(np.arange(24).reshape(2, 4, 3) == 18, np.nan, FINE)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trajectories(BROKEN, FINE[:, 0]), r"Wet vectors have NaN or infinite values in row \(1, 2\)"),
        (lambda: trajectories(FINE, FINE[:, 0] + np.inf), r"Dry vectors have NaN .* \(0\)"),
        (lambda: trajectories(FINE, FINE[:1, 0]), "one for each clip"),
        (lambda: trajectories(FINE[:, :2], FINE[:, 0]), "at least 3 strengths, not 2"),
        (lambda: trajectories(FINE[0], FINE[0]), r"shape \(clips, strengths, dim\), not \(4, 3\)"),
        (lambda: trajectories(FINE, FINE[:, 0], ["a"]), "one label for each row"),
        (lambda: direction_agreement(BROKEN), r"Directions have NaN .* \(1, 2\)"),
        (lambda: direction_agreement(np.zeros(3)), r"shape \(n, …, dim\)"),
        (lambda: direction_agreement(FINE, level=1.0), "level"),
        (lambda: dimensionality(BROKEN), "Vectors have NaN"),
        (lambda: dimensionality(np.zeros((0, 3))), "at least one of each"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(DataError, match=message):
        call()
