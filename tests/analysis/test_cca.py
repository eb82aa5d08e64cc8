import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr
from sklearn.cross_decomposition import CCA
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline

from wetdry.analysis.cca import (
    CCANull,
    GlobalCCA,
    global_cca,
    global_null,
    samplewise_cca,
    samplewise_null,
)
from wetdry.analysis.folds import folds_of_groups, folds_of_strengths
from wetdry.analysis.least_squares import NO_PENALTY, Penalty, dual, primal
from wetdry.analysis.statistics.permutation import TIE
from wetdry.errors import DataError

PENALTIES = [NO_PENALTY, Penalty(ridge=0.3), Penalty(components=4), Penalty(ridge=0.1, components=6)]


def moving(rng, clips, strengths, dim, speed=3.0):
    """Embeddings that move along one common direction, and that direction."""
    direction = rng.standard_normal(dim)
    direction /= np.linalg.norm(direction)
    path = speed * np.linspace(0, 1, strengths)[:, np.newaxis] * direction
    return rng.standard_normal((clips, strengths, dim)) + path, direction


def up_to_sign(found, expected):
    return found * np.sign((found * expected).sum(axis=-1, keepdims=True))


def by_sklearn(rows, strengths):
    return CCA(n_components=1, scale=False).fit(rows, np.asarray(strengths, float)[:, np.newaxis]).x_weights_[:, 0]


def unit(weights):
    return weights / np.linalg.norm(weights)


@pytest.mark.parametrize("shape", [(30, 9, 20), (5, 8, 100)])
def test_the_global_direction_is_that_of_sklearn(rng, shape):
    vectors, _ = moving(rng, *shape)
    strengths = np.geomspace(1, 1000, shape[1])
    found = global_cca(vectors, strengths, folds=None)
    expected = by_sklearn(vectors.reshape(-1, shape[2]), np.tile(np.arange(shape[1]), shape[0]))
    np.testing.assert_allclose(up_to_sign(found.direction, expected), expected, atol=1e-6)


@pytest.mark.parametrize("dim", [6, 80])
def test_samplewise_directions_are_those_of_sklearn(rng, dim):
    vectors, _ = moving(rng, 7, 12, dim)
    found = samplewise_cca(vectors, np.arange(12), folds=None)
    expected = np.stack([by_sklearn(clip, np.arange(12)) for clip in vectors])
    np.testing.assert_allclose(up_to_sign(found.directions, expected), expected, atol=1e-6)


def test_directions_survive_units_of_different_size(rng):
    vectors, _ = moving(rng, 30, 9, 8)
    scales = np.geomspace(1e-5, 1e5, 8)
    plain, scaled = (global_cca(each, np.arange(9), folds=None) for each in (vectors, vectors * scales))
    np.testing.assert_allclose(scaled.direction, unit(plain.direction / scales), rtol=1e-9)
    assert scaled.r2 == pytest.approx(plain.r2)


def test_r2_is_the_squared_spearman_correlation_of_the_projection(rng):
    vectors, _ = moving(rng, 20, 9, 10)
    found = global_cca(vectors, np.arange(9))
    assert found.r2 == pytest.approx(spearmanr((vectors @ found.direction).ravel(), np.tile(np.arange(9), 20))[0] ** 2)
    each = samplewise_cca(vectors[..., :4], np.arange(9), folds=3)
    projections = np.einsum("csd,cd->cs", vectors[..., :4], each.directions)
    expected = [spearmanr(projection, np.arange(9))[0] ** 2 for projection in projections]
    np.testing.assert_allclose(each.r2, expected)
    assert each.r2.max() < 1


def test_a_planted_direction_is_recovered_and_points_to_greater_strengths(rng):
    vectors, direction = moving(rng, 200, 15, 16, speed=6.0)
    found = global_cca(vectors, np.arange(15))
    assert found.direction @ direction > 0.99
    assert found.held_out_r2 == pytest.approx(found.r2, abs=0.01)
    assert global_cca(vectors, -np.arange(15)).direction @ direction < -0.99
    path = 5.0 * np.linspace(0, 1, 31)[:, np.newaxis] * direction
    each = samplewise_cca(path + 0.02 * rng.standard_normal((5, 31, 16)), np.arange(31), penalty=Penalty(components=1))
    assert (each.directions @ direction).min() > 0.99
    assert each.held_out_r2.min() > 0.95


@pytest.mark.parametrize("dim", [120, 400])
def test_noise_is_followed_in_sample_and_not_beyond(rng, dim):
    noise = rng.standard_normal((10, 12, dim))
    found = global_cca(noise, np.arange(12))
    assert found.r2 == pytest.approx(1.0)
    assert abs(found.held_out_r2) < 0.1
    each = samplewise_cca(noise, np.arange(12))
    np.testing.assert_allclose(each.r2, 1.0)
    assert abs(each.held_out_r2.mean()) < 0.25


def test_noise_of_many_clips_shows_no_held_out_trend(rng):
    noise = rng.standard_normal((400, 12, 40))
    assert abs(global_cca(noise, np.arange(12)).held_out_r2) < 0.01
    assert abs(samplewise_cca(noise, np.arange(12)).held_out_r2.mean()) < 0.06


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("dim", [12, 70])
def test_primal_and_dual_agree(rng, dim, penalty):
    rows = rng.standard_normal((40, dim)) * np.linspace(0.5, 2, dim)
    targets = rng.standard_normal((40, 3))
    rows, targets = rows - rows.mean(axis=0), targets - targets.mean(axis=0)
    fold = np.arange(40) % 4
    one, other = primal(rows, targets, fold, penalty), dual(rows, targets, fold, penalty)
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-8)
    np.testing.assert_allclose(one.scores, other.scores, atol=1e-8)
    for part in range(4):
        first, second = one.held_out[fold == part], other.held_out[fold == part]
        np.testing.assert_allclose(first - first.mean(axis=0), second - second.mean(axis=0), atol=1e-8)


@pytest.mark.parametrize("dim", [12, 200])
@pytest.mark.parametrize("kind", ["plain", "ridge", "components"])
def test_held_out_r2_is_that_of_refitting_without_each_fold(rng, dim, kind):
    vectors, _ = moving(rng, 15, 8, dim, speed=1.5)
    groups = np.arange(15) // 2
    rows, y = vectors.reshape(-1, dim), np.tile(np.arange(8.0), 15)
    fold = np.repeat(folds_of_groups(groups, 15, 4), 8)
    penalty = {"plain": NO_PENALTY, "ridge": Penalty(ridge=0.5), "components": Penalty(components=5)}[kind]
    correlations = []
    for part in range(4):
        train, test = fold != part, fold == part
        share = np.square(rows[train] - rows[train].mean(axis=0)).sum() / dim
        reference = {
            "plain": LinearRegression(),
            "ridge": Ridge(alpha=0.5 * share),
            "components": make_pipeline(PCA(5, svd_solver="full"), LinearRegression()),
        }[kind]
        correlations.append(spearmanr(reference.fit(rows[train], y[train]).predict(rows[test]), y[test])[0])
    mean = np.mean(correlations)
    found = global_cca(vectors, np.arange(8), groups, folds=4, penalty=penalty)
    assert found.held_out_r2 == pytest.approx(mean * abs(mean), abs=1e-9)


@pytest.mark.parametrize("dim", [5, 60])
def test_strengths_left_out_are_those_of_refitting(rng, dim):
    vectors, _ = moving(rng, 3, 12, dim)
    fold = folds_of_strengths(np.arange(12.0), 3)
    expected = []
    for clip in vectors:
        correlations = []
        for part in range(3):
            fitted = LinearRegression().fit(clip[fold != part], np.arange(12)[fold != part])
            correlations.append(spearmanr(fitted.predict(clip[fold == part]), np.arange(12)[fold == part])[0])
        expected.append(np.mean(correlations) * abs(np.mean(correlations)))
    np.testing.assert_allclose(samplewise_cca(vectors, np.arange(12), folds=3).held_out_r2, expected, atol=1e-9)


def test_what_moves_in_the_left_out_fold_alone_is_not_followed(rng):
    rows = rng.standard_normal((40, 5))
    rows[:, 4] = 0.0
    rows[:2, 4] = 1e6, -1e6 / 3
    rows -= rows.mean(axis=0)
    targets = rng.standard_normal((40, 1))
    targets -= targets.mean(axis=0)
    fold = np.repeat([0, 1, 2, 3], 10)
    found, without = (primal(each, targets, fold, NO_PENALTY).held_out[fold == 0] for each in (rows, rows[:, :4]))
    np.testing.assert_allclose(found - found.mean(), without - without.mean(), atol=1e-9)


def test_rounding_of_rows_that_stay_is_not_followed(rng):
    rows = 1e-9 * rng.standard_normal((12, 30))
    rows[0] += rng.standard_normal(30)
    rows -= rows.mean(axis=0)
    found = dual(rows, np.arange(12.0)[:, np.newaxis] - 5.5, np.arange(12) % 3, NO_PENALTY)
    assert not found.held_out[np.arange(12) % 3 == 0].any()
    assert found.held_out[np.arange(12) % 3 == 1].any()


def test_rows_and_clips_are_two_ways_to_say_the_same(rng):
    vectors, _ = moving(rng, 12, 7, 9)
    clips = global_cca(vectors, np.arange(7), folds=3)
    order = rng.permutation(84)
    rows = vectors.reshape(-1, 9)[order]
    shuffled = global_cca(rows, np.tile(np.arange(7), 12)[order], np.repeat(np.arange(12), 7)[order], folds=3)
    np.testing.assert_allclose(shuffled.direction, clips.direction, atol=1e-12)
    assert shuffled.r2 == pytest.approx(clips.r2)
    assert shuffled.held_out_r2 == pytest.approx(clips.held_out_r2)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3), st.sampled_from([4, 30]), st.sampled_from(PENALTIES))
def test_fits_turn_with_the_space_and_ignore_scale_origin_and_unit_of_strength(seed, scale, dim, penalty):
    rng = np.random.default_rng(seed)
    vectors, _ = moving(rng, 6, 7, dim)
    turn = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    moved = scale * (vectors @ turn + 5.0)
    one = samplewise_cca(vectors, np.arange(7), folds=2, penalty=penalty)
    other = samplewise_cca(moved, np.exp(np.arange(7)), folds=2, penalty=penalty)
    np.testing.assert_allclose(other.directions, one.directions @ turn, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(one.directions, axis=1), 1.0)
    found = global_cca(moved, np.exp(np.arange(7)), folds=2, penalty=penalty)
    expected = global_cca(vectors, np.arange(7), folds=2, penalty=penalty)
    np.testing.assert_allclose(found.direction, expected.direction @ turn, atol=1e-6)
    assert 0 <= found.r2 <= 1 + 1e-12
    assert -1 <= found.held_out_r2 <= 1 + 1e-12


def test_the_null_of_shuffled_strengths_is_what_a_fit_to_them_reaches(rng):
    vectors, _ = moving(rng, 8, 6, 5)
    null = global_null(vectors, np.arange(6), folds=4, permutations=3, seed=7)
    copies = np.broadcast_to(np.arange(6.0), (3, 8, 6))
    shuffled = np.random.default_rng(7).permuted(copies, axis=2)
    clips = np.repeat(np.arange(8), 6)
    fits = [global_cca(vectors.reshape(-1, 5), order.ravel(), clips, folds=4) for order in shuffled]
    np.testing.assert_allclose(null.r2, [each.r2 for each in fits])
    np.testing.assert_allclose(null.held_out_r2, [each.held_out_r2 for each in fits])
    alone = samplewise_null(vectors, np.arange(6), folds=2, permutations=3, seed=7)
    expected = [[global_cca(v, y, folds=None).r2 for v, y in zip(vectors, o, strict=True)] for o in shuffled]
    np.testing.assert_allclose(alone.r2, expected)
    assert alone.held_out_r2.shape == (3, 8)


def test_the_null_tells_an_effect_from_noise_where_the_in_sample_r2_cannot(rng):
    vectors, _ = moving(rng, 10, 9, 120)
    for each, low, high in ((vectors, 0.0, 0.011), (rng.standard_normal(vectors.shape), 0.02, 1.0)):
        null = global_null(each, np.arange(9), permutations=99)
        in_sample, held_out = null.p(global_cca(each, np.arange(9)))
        assert in_sample == 1.0
        assert low < held_out <= high
        assert abs(null.held_out_r2.mean()) < 0.05
    assert np.isnan(null.p(global_cca(vectors, np.arange(9), folds=None))[1])


def test_a_clip_that_does_not_move_is_flagged(rng):
    vectors, _ = moving(rng, 3, 9, 20)
    vectors[1] = 7.0 * (1 + 1e-8 * rng.standard_normal((9, 20)))
    found = samplewise_cca(vectors, np.arange(9), folds=3)
    assert found.still.tolist() == [False, True, False]
    assert np.isnan(found.held_out_r2).tolist() == [False, True, False]
    assert not found.directions[1].any()
    null = samplewise_null(vectors, np.arange(9), folds=3, permutations=5)
    assert np.isnan(null.p(found)[1]).tolist() == [False, True, False]


def test_without_folds_nothing_is_held_out(rng):
    vectors, _ = moving(rng, 3, 4, 5)
    assert np.isnan(global_cca(vectors, np.arange(4), folds=None).held_out_r2)
    assert np.isnan(samplewise_cca(vectors, np.arange(4), folds=None).held_out_r2).all()


def test_groups_stay_together_in_folds_of_equal_size():
    groups = np.repeat(list("abcdefg"), [5, 4, 3, 3, 2, 2, 1])
    fold = folds_of_groups(groups, 20, 4)
    assert np.bincount(fold).tolist() == [5, 5, 5, 5]
    assert all(len(set(fold[groups == group])) == 1 for group in groups)


def test_tied_strengths_are_left_out_together():
    strengths = np.array([1.0, 1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 6.0])
    fold = folds_of_strengths(strengths, 2)
    assert fold.tolist() == [0, 0, 1, 0, 0, 1, 0, 1]
    assert rankdata(strengths)[0] == rankdata(strengths)[1]


def test_r2_that_differ_by_rounding_count_as_reached():
    """In exact arithmetic the null and the fit tie; without a tolerance both p-values would be ½."""
    null = CCANull(
        np.array([0.8 - TIE / 2, 0.8 + TIE / 2, 0.5]), np.array([0.3 - TIE / 2, 0.3 - 3 * TIE, 0.3 + TIE / 2])
    )
    found = GlobalCCA(np.ones(1), 0.8, 0.3, np.zeros((1, 1)), None)
    assert null.p(found) == (0.75, 0.75)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_samplewise_results_do_not_depend_on_threads_or_company(rng, penalty, monkeypatch):
    monkeypatch.setattr("wetdry.analysis.directions.NUMBERS_AT_ONCE", 12 * 300)
    vectors, _ = moving(rng, 9, 12, 100)
    one, many = (samplewise_cca(vectors, np.arange(12), penalty=penalty, threads=count) for count in (1, 4))
    for name in ("directions", "r2", "held_out_r2"):
        np.testing.assert_array_equal(getattr(many, name), getattr(one, name))
    alone = [samplewise_cca(clip[np.newaxis], np.arange(12), penalty=penalty) for clip in vectors]
    np.testing.assert_allclose(one.directions, [each.directions[0] for each in alone], atol=1e-12)
    np.testing.assert_allclose(one.held_out_r2, [each.held_out_r2[0] for each in alone], atol=1e-12)
    with pytest.raises(DataError, match="0 threads do no work"):
        samplewise_cca(vectors, np.arange(12), threads=0)


def test_single_precision_is_taken_as_it_is(rng):
    vectors = np.float32(moving(rng, 5, 12, 40)[0] + 3.0)
    for fitted, direction in ((samplewise_cca, "directions"), (global_cca, "direction")):
        one, other = fitted(vectors, np.arange(12)), fitted(np.float64(vectors), np.arange(12))
        np.testing.assert_allclose(getattr(one, direction), getattr(other, direction), atol=1e-10)
        np.testing.assert_allclose(one.r2, other.r2, atol=1e-12)
        np.testing.assert_allclose(one.held_out_r2, other.held_out_r2, atol=1e-12)


@pytest.mark.parametrize("dim", [3, 30])
def test_collinear_clips_among_regular_ones_get_the_shortest_weights(rng, dim):
    vectors, _ = moving(rng, 4, 8, dim)
    vectors[1, 3] = vectors[1, 4]
    vectors[2] = vectors[2, :, :1] * rng.standard_normal(dim)
    found = samplewise_cca(vectors, np.arange(8), folds=2)
    ranks = np.arange(8) - 3.5
    for clip, direction in zip(vectors, found.directions, strict=True):
        np.testing.assert_allclose(
            direction, unit(np.linalg.lstsq(clip - clip.mean(axis=0), ranks, rcond=1e-6)[0]), atol=1e-8
        )


@pytest.mark.parametrize("dim", [2, 40])
def test_vectors_without_covariance_with_the_strength_have_no_direction(dim):
    """Displacements that come back: what rounding leaves of their covariance is not to be followed."""
    path = np.linspace(0.1, 0.7, dim) * np.array([0.0, 1.0, 0.3, 0.3, 1.0, 0.0])[:, np.newaxis]
    vectors = 0.1 + np.array([1.0, 1.3, 0.7])[:, np.newaxis, np.newaxis] * path
    each = samplewise_cca(vectors, np.arange(6), folds=None)
    assert not each.directions.any()
    assert each.r2.tolist() == [0.0, 0.0, 0.0]
    assert not each.still.any()
    found = global_cca(vectors, np.arange(6), folds=None)
    assert not found.direction.any()
    assert found.r2 == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: global_cca(v, [1, 2]), "do not fit"),
        (lambda v: global_cca(v, [1, 1, 1, 2, 2, 2]), "2 strengths cannot fail"),
        (lambda v: global_cca(v, [1, 2, 3, 4, 5, np.nan]), "Strengths must be finite"),
        (lambda v: global_cca(np.full_like(v, np.nan), np.arange(6)), "Embeddings must be finite"),
        (lambda v: global_cca(v[:, :1] + 0 * v, np.arange(6)), "same at every strength"),
        (lambda v: global_null(v[:, :1] + 0 * v, np.arange(6)), "same at every strength"),
        (lambda v: global_cca(v, np.arange(6), list("aaab")), "2 groups of clips cannot be dealt into 5"),
        (lambda v: global_cca(v, np.arange(6), list("ab")), "give one label for each"),
        (lambda v: global_cca(v[0], np.arange(6)), "give groups"),
        (lambda v: global_cca(v[0, 0], np.arange(6)), "shape"),
        (lambda v: samplewise_cca(v[0], np.arange(6)), "shape"),
        (lambda v: samplewise_cca(v, np.arange(6)), "choose 2 to 2, or None"),
        (lambda v: samplewise_cca(v[:, :5], np.arange(5), folds=2), "choose None"),
        (lambda v: global_null(v, np.arange(6), folds=2, permutations=0), "at least 1"),
        (lambda _: Penalty(ridge=-1.0), "share of variance"),
        (lambda _: Penalty(components=0), "at least 1"),
    ],
)
def test_bad_input_is_named(rng, call, message):
    vectors, _ = moving(rng, 4, 6, 5)
    with pytest.raises(DataError, match=message):
        call(vectors)


@pytest.mark.parametrize("dim", [6, 90])
@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_each_fold_is_fitted_in_its_own_units(rng, dim, ridge):
    vectors = rng.standard_normal((9, 7, dim)) + np.arange(7.0)[:, np.newaxis] * np.eye(dim)[0]
    units = np.exp(rng.standard_normal((3, dim)))
    penalty = Penalty(ridge=ridge)
    found = global_cca(vectors, np.arange(7), folds=3, penalty=penalty, units=units)
    for part, unit in enumerate(units):
        test = found.fold[:, 0] == part
        alone = global_cca(vectors[~test] / unit, np.arange(7), folds=None, penalty=penalty).direction
        expected = vectors[test] / unit @ alone
        expected = (expected - expected.mean()) / expected.std()
        np.testing.assert_allclose(found.held_out_scores[test], expected, atol=1e-7)
    plain = global_cca(vectors, np.arange(7), folds=3, penalty=penalty)
    np.testing.assert_array_equal(plain.direction, found.direction)
    assert plain.r2 == found.r2
    null, same = (
        global_null(vectors, np.arange(7), folds=3, penalty=penalty, permutations=3, units=each)
        for each in (units, np.ones((3, dim)))
    )
    without = global_null(vectors, np.arange(7), folds=3, penalty=penalty, permutations=3)
    np.testing.assert_allclose(same.held_out_r2, without.held_out_r2, atol=1e-9)
    # Without a penalty the units are but names, unless there are many solutions.
    assert np.allclose(null.held_out_r2, without.held_out_r2, atol=1e-6) == (ridge == 0.0 and dim == 6)


@pytest.mark.parametrize("units", [np.ones((2, 3)), np.zeros((3, 3)), np.full((3, 3), np.nan)])
def test_units_that_do_not_fit_are_a_sentence(rng, units):
    with pytest.raises(DataError, match="positive number for each fold and dimension"):
        global_cca(rng.standard_normal((9, 7, 3)), np.arange(7), folds=3, units=units)


def test_the_null_leaves_out_whole_groups_as_the_fit_does(rng):
    clips, strengths, permutations = 14, np.arange(6.0), 4
    vectors = rng.standard_normal((clips, 6, 5)) + strengths[:, np.newaxis] * np.eye(5)[0]
    groups = np.repeat([0, 1, 2, 3], [6, 4, 3, 1])
    null = global_null(vectors, strengths, groups, folds=3, permutations=permutations, seed=7)
    copies = np.broadcast_to(strengths, (permutations, clips, 6))
    orders = np.random.default_rng(7).permuted(copies, axis=2).argsort(axis=2)
    for permutation, order in enumerate(orders):
        shuffled = np.take_along_axis(vectors, order[..., np.newaxis], axis=1)
        expected = global_cca(shuffled, strengths, groups, folds=3)
        assert null.held_out_r2[permutation] == pytest.approx(expected.held_out_r2, abs=1e-9)
        assert null.r2[permutation] == pytest.approx(expected.r2, abs=1e-9)
