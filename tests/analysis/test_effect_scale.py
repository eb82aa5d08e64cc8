"""An effect's scale: planted directions found again, intervals that cover, and noise that stays noise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, Ridge

from wetdry.analysis.agreement import spearman
from wetdry.analysis.conformal import group_quantile
from wetdry.analysis.effect_scale import strength_at
from wetdry.analysis.effect_scale_fit import FOLDS, fit_scale
from wetdry.analysis.folds import folds_of_groups
from wetdry.errors import DataError

LEVELS = np.arange(1.0, 11.0)
DIM = 12
HEADING = np.eye(DIM)[:4].sum(axis=0) / 2


def clips_of(rng, groups, each=1, *, heading=HEADING, noise=0.5, mixing=None):
    """Dry and wet vectors of groups that differ in place and in how far the effect takes them, and their labels."""
    dim = len(heading)
    group = np.repeat(np.arange(groups), each)
    place = (0.8 * rng.standard_normal((groups, dim))[group] + 0.6 * rng.standard_normal((len(group), dim))) @ (
        np.eye(dim) if mixing is None else mixing
    )
    reach = 4.0 * (1.0 + 0.2 * rng.standard_normal(groups))[group]
    path = reach[:, np.newaxis, np.newaxis] * np.linspace(0, 1, len(LEVELS))[:, np.newaxis] * heading
    return place, place[:, np.newaxis] + path + noise * rng.standard_normal((len(group), len(LEVELS), dim)), group


def noise_of(rng, clips, dim):
    return rng.standard_normal((clips, dim)), rng.standard_normal((clips, len(LEVELS), dim))


def rows(wet):
    return wet.reshape(-1, wet.shape[-1])


def truth(clips):
    return np.tile(LEVELS, clips)


def covers(reading, strengths):
    return (reading.low - 1e-9 <= strengths) & (strengths <= reading.high + 1e-9)


def test_a_planted_direction_is_found_within_ten_degrees(rng):
    dry, wet, groups = clips_of(rng, 400)
    scale = fit_scale(dry, wet, LEVELS, groups).scale
    assert np.linalg.norm(scale.direction) == pytest.approx(1.0)
    # Clips lie alike in all directions, so that the best predictor runs along the path itself.
    found = scale.direction / scale.scale
    assert found @ HEADING / np.linalg.norm(found) > np.cos(np.radians(10))


def test_where_clips_spread_it_turns_away_as_it_should(rng):
    mixing = rng.standard_normal((DIM, DIM))
    dry, wet, groups = clips_of(rng, 600, mixing=mixing)
    scale = fit_scale(dry, wet, LEVELS, groups).scale
    # The best predictor is the path seen through the inverse of what varies for other reasons.
    other = mixing.T @ mixing + 0.25 * np.eye(DIM) + np.var(np.linspace(0, 1, 10)) * 0.8**2 * np.outer(HEADING, HEADING)
    best = np.linalg.solve(other, HEADING)
    found = scale.direction / scale.scale
    assert found @ best / np.linalg.norm(found) / np.linalg.norm(best) > np.cos(np.radians(12))
    assert found @ HEADING / np.linalg.norm(found) < np.cos(np.radians(30))


def test_it_is_the_ridge_regression_of_the_position(rng):
    dry, wet, groups = clips_of(rng, 30, 2)
    found = fit_scale(dry, wet, LEVELS, groups)
    standardised = rows((wet - dry.mean(axis=0)) / dry.std(axis=0))
    alpha = found.ridge * standardised.var(axis=0).mean() * len(standardised)
    weights = Ridge(alpha=alpha).fit(standardised, truth(60)).coef_
    np.testing.assert_allclose(found.scale.scale, dry.std(axis=0))
    np.testing.assert_allclose(found.scale.direction, weights / np.linalg.norm(weights), atol=1e-9)


def test_the_half_width_is_that_of_errors_on_groups_left_out(rng):
    dry, wet, groups = clips_of(rng, 25, 2)
    found = fit_scale(dry, wet, LEVELS, groups)
    fold = folds_of_groups(groups, 50, FOLDS)
    target = np.tile(np.linspace(0, 1, 10), (50, 1))
    said = np.empty((50, 10))
    for part in range(FOLDS):
        kept = fold != part
        standardised = (wet - dry[kept].mean(axis=0)) / dry[kept].std(axis=0)
        train = rows(standardised[kept])
        alpha = found.ridge * train.var(axis=0).mean() * len(train)
        line = Ridge(alpha=alpha).fit(train, target[kept].ravel())
        said[~kept] = line.predict(rows(standardised[~kept])).reshape(-1, 10)
    errors = np.empty((50, 10))
    for part in range(FOLDS):
        kept = fold != part
        stairs = pd.Series(IsotonicRegression().fit_transform(said[kept].ravel(), target[kept].ravel()))
        middles = pd.Series(said[kept].ravel()).groupby(stairs).mean()
        errors[~kept] = np.abs(np.interp(said[~kept], middles, middles.index) - target[~kept])
    expected = group_quantile(errors.ravel(), np.repeat(groups, 10), level=0.9)
    assert found.scale.half_width == pytest.approx(expected, abs=1e-9)


def test_a_dimension_in_which_dry_clips_hardly_differ_is_not_blown_up(rng):
    dry, wet, groups = clips_of(rng, 20)
    dry[:, 0] *= 1e-5
    scale = fit_scale(dry, wet, LEVELS, groups).scale.scale
    assert scale[0] == pytest.approx(0.01 * wet[..., 0].std())
    np.testing.assert_allclose(scale[1:], dry.std(axis=0)[1:])


def test_new_clips_are_read_nearly_as_well_as_by_a_regression_that_knows_them(rng):
    scale = fit_scale(*_with_levels(clips_of(rng, 200))).scale
    _, wet, _ = clips_of(rng, 200)
    read = scale.read(rows(wet))
    known = LinearRegression().fit(rows(wet), truth(200)).predict(rows(wet))
    assert spearman(read.strength, truth(200)) > 0.95 * spearman(known, truth(200)) > 0.6
    assert np.abs(read.strength - truth(200)).mean() < 1.08 * np.abs(known - truth(200)).mean()


def test_intervals_cover_new_groups_as_often_as_they_say(rng):
    covered, held_out = [], []
    for _ in range(40):
        dry, wet, groups = clips_of(rng, 40, 2, heading=HEADING[2:8])
        found = fit_scale(dry, wet, LEVELS, groups)
        _, fresh, _ = clips_of(rng, 100, heading=HEADING[2:8])
        covered.append(covers(found.scale.read(rows(fresh)), truth(100)).mean())
        held_out.append(covers(found.held_out, truth(80)).mean())
    error = np.std(covered) / np.sqrt(40)
    # Errors are those of scales of fewer clips, so that intervals are a little too wide, by no more than this.
    assert 0.9 - 2 * error <= np.mean(covered) <= 0.96
    assert np.mean(held_out) == pytest.approx(np.mean(covered), abs=0.02)


def test_noise_is_read_as_noise(rng):
    found = fit_scale(*noise_of(rng, 40, 60), LEVELS)
    assert abs(spearman(found.held_out.position, truth(40))) < 0.12
    assert spearman(found.in_sample.position, truth(40)) > 0.25
    # 90 % of the strengths are within 0.45 of the middle, so no honest interval is narrower.
    assert found.scale.half_width >= 0.44
    assert (found.held_out.high_position - found.held_out.low_position).mean() > 0.8


def test_clips_of_one_recording_do_not_vouch_for_each_other(rng):
    dry, wet = noise_of(rng, 30, 400)
    twice = np.repeat(np.arange(30), 2)
    together, alone = (fit_scale(dry[twice], wet[twice], LEVELS, groups) for groups in (twice, None))
    # Each clip is there twice: left out alone, its twin among the others knows it by heart.
    assert spearman(alone.held_out.position, truth(60)) > 0.5
    assert abs(spearman(together.held_out.position, truth(60))) < 0.15


def test_noise_asks_for_a_stronger_ridge(rng):
    uneven = np.diag(np.geomspace(0.1, 3.0, DIM))
    assert fit_scale(*_with_levels(clips_of(rng, 100, noise=0.05, mixing=uneven))).ridge <= 0.1
    assert fit_scale(*noise_of(rng, 40, 60), LEVELS).ridge >= 1.0


@pytest.mark.parametrize(("groups", "spans"), [(8, True), (9, False)])
def test_with_fewer_than_nine_groups_intervals_span_the_grid(rng, groups, spans):
    dry, wet, group = clips_of(rng, groups, 4, noise=0.05)
    found = fit_scale(dry, wet, LEVELS, group)
    read = found.scale.read(rows(wet))
    assert bool(((read.low == 1.0) & (read.high == 10.0)).all()) is spans
    # Those that leave out a part of 9 groups have 7 or 8 themselves.
    assert (found.held_out.high_position - found.held_out.low_position).min() == 1.0


def test_readings_rise_along_the_direction_and_stay_within_the_grid(rng):
    scale = fit_scale(*_with_levels(clips_of(rng, 30))).scale
    along = scale.mean + np.linspace(-50, 50, 400)[:, np.newaxis] * scale.direction * scale.scale
    read = scale.read(along)
    np.testing.assert_allclose(scale.project(along), np.linspace(-50, 50, 400), atol=1e-9)
    assert (np.diff(read.strength) >= 0).all()
    assert read.low.min() == 1.0
    assert read.high.max() == 10.0
    assert (read.low <= read.strength).all()
    assert (read.strength <= read.high).all()


def test_the_unit_of_the_strength_only_relabels(rng):
    dry, wet, groups = clips_of(rng, 20)
    cutoffs = np.geomspace(1600.0, 18_333.0, 10)
    levels, hertz = (fit_scale(dry, wet, grid, groups).scale.read(rows(wet)) for grid in (LEVELS, cutoffs))
    np.testing.assert_array_equal(levels.position, hertz.position)
    np.testing.assert_allclose(hertz.strength, strength_at((levels.strength - 1) / 9, cutoffs))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-4, 4), min_size=DIM, max_size=DIM), st.lists(st.floats(-50, 50), min_size=DIM, max_size=DIM))
def test_units_and_origins_of_dimensions_do_not_matter(exponents, origin):
    dry, wet, groups = clips_of(np.random.default_rng(7), 12)
    plain = fit_scale(dry, wet, LEVELS, groups)
    unit = np.exp(exponents)
    moved = fit_scale(dry * unit + origin, wet * unit + origin, LEVELS, groups)
    np.testing.assert_allclose(moved.scale.direction, plain.scale.direction, atol=1e-6)
    np.testing.assert_allclose(moved.held_out.position, plain.held_out.position, atol=1e-6)


def test_the_order_of_clips_does_not_matter(rng):
    dry, wet, groups = clips_of(rng, 15, 2)
    order = rng.permutation(30)
    found, shuffled = fit_scale(dry, wet, LEVELS, groups), fit_scale(dry[order], wet[order], LEVELS, groups[order])
    np.testing.assert_allclose(shuffled.scale.direction, found.scale.direction, atol=1e-9)
    np.testing.assert_allclose(shuffled.held_out_dry.position, found.held_out_dry.position[order], atol=1e-9)
    np.testing.assert_allclose(
        shuffled.held_out.position, found.held_out.position.reshape(30, -1)[order].ravel(), atol=1e-9
    )


def test_a_group_does_not_help_to_read_itself(rng):
    dry, wet, groups = clips_of(rng, 20)
    # One group's strengths are turned round: a scale that had seen it would read it a little better than this.
    wet[0] = wet[0, ::-1]
    before = fit_scale(dry, wet, LEVELS, groups).held_out.position.reshape(20, -1)[0]
    wet[0] = wet[0, ::-1]
    after = fit_scale(dry, wet, LEVELS, groups).held_out.position.reshape(20, -1)[0]
    np.testing.assert_allclose(before[::-1], after, atol=1e-9)


def test_a_dimension_that_never_moves_counts_for_nothing(rng):
    dry, wet, groups = clips_of(rng, 20)
    still = np.float32(0.37) + np.float32(3e-8) * rng.standard_normal((20, 11, 1))
    with_still = fit_scale(
        np.concatenate([dry, still[:, 0]], axis=1), np.concatenate([wet, still[:, 1:]], axis=2), LEVELS, groups
    )
    plain = fit_scale(dry, wet, LEVELS, groups)
    assert abs(with_still.scale.direction[-1]) < 1e-6
    assert spearman(with_still.held_out.position, plain.held_out.position) > 0.99


def test_vectors_from_elsewhere_are_strange_and_new_ones_are_not(rng):
    scale = fit_scale(*_with_levels(clips_of(rng, 100))).scale
    new_dry, new_wet, _ = clips_of(rng, 200)
    assert scale.read(rows(new_wet)).is_strange.mean() < 0.04
    assert scale.read(new_dry).is_strange.mean() < 0.04
    aside = np.zeros(DIM)
    aside[-1] = 12.0
    assert scale.read(new_dry + aside).is_strange.all()


def test_about_one_in_a_hundred_held_out_vectors_is_strange(rng):
    found = fit_scale(*_with_levels(clips_of(rng, 100)))
    both = np.concatenate([found.held_out.is_strange, found.held_out_dry.is_strange])
    assert 0.0 < both.mean() <= 0.0101


def _with_levels(clips):
    dry, wet, groups = clips
    return dry, wet, LEVELS, groups


def broken(wet):
    wet[3, 2, 1] = np.nan
    return wet


GOOD = {"dry": np.zeros((6, 3)), "wet": np.ones((6, 4, 3)).cumsum(axis=1), "strengths": np.arange(4.0)}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"wet": np.zeros((6, 4, 2))}, r"Dry vectors \(6, 3\), wet ones \(6, 4, 2\) and strengths \(4,\) do not fit"),
        ({"wet": np.zeros((6, 3))}, "do not fit together"),
        ({"wet": GOOD["wet"][:, :2], "strengths": [1.0, 2.0]}, "2 strengths show no trend that could fail"),
        ({"strengths": [1.0, 2.0, 2.0, 3.0]}, "do not rise"),
        ({"strengths": [1.0, 2.0, np.inf, 3.0]}, "do not rise"),
        ({"wet": broken(GOOD["wet"].copy())}, "vectors of clip 3 hold NaN or infinity"),
        ({"wet": np.full((6, 4, 3), 0.7) + 1e-9 * GOOD["wet"]}, "No vector moves with the strength"),
        ({"dry": np.zeros((6, 1)), "wet": np.zeros((6, 4, 1))}, "single number have no direction"),
        ({"groups": list("aabbcd")}, f"4 groups of clips are too few .* of {FOLDS} or more"),
        ({"groups": list("abc")}, "Clusters of shape"),
        ({"level": 1.0}, "confidence level must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_fitted_gets_one_sentence(given, sentence):
    arguments = {**GOOD, **given}
    with pytest.raises(DataError, match=sentence):
        fit_scale(**arguments)


@pytest.mark.parametrize(
    ("vectors", "sentence"),
    [
        (np.zeros((2, DIM + 1)), rf"do not fit a direction of {DIM} dimensions"),
        (np.zeros(DIM), rf"Vectors of shape \({DIM},\)"),
        (np.array([[0.0] * DIM, [np.nan] * DIM]), "Vector 1 holds NaN or infinity"),
    ],
)
def test_what_cannot_be_read_gets_one_sentence(rng, vectors, sentence):
    scale = fit_scale(*_with_levels(clips_of(rng, 8))).scale
    with pytest.raises(DataError, match=sentence):
        scale.read(vectors)
