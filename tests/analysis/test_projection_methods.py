import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.base import clone
from sklearn.covariance import ledoit_wolf
from sklearn.cross_decomposition import CCA
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LinearRegression
from swept_clips import STRENGTHS, fitted, named, projector, ranks_of, wet_and_dry

from wetdry.analysis.projections import (
    DisplacementPCA,
    Erasure,
    GlobalCCA,
    MeanDisplacement,
    RandomSubspace,
    SamplewiseCCASVD,
    WetDryLDA,
    training_rows,
)
from wetdry.errors import DataError


@pytest.fixture
def rows(rng):
    return training_rows(*wet_and_dry(rng), STRENGTHS)


@pytest.fixture
def wide(rng):
    """More dimensions than rows."""
    return training_rows(*wet_and_dry(rng, clips=6, dim=80), STRENGTHS)


@named([GlobalCCA(), SamplewiseCCASVD(), Erasure()])
def test_only_the_order_of_strengths_matters(method, rows):
    learnt = fitted(method, rows)
    bent = clone(method).fit(rows.vectors, strengths=np.cbrt(rows.strengths), clips=rows.clips)
    np.testing.assert_allclose(projector(bent), projector(learnt), atol=1e-12)


@named([GlobalCCA(), SamplewiseCCASVD(), Erasure()])
def test_dry_rows_have_no_place_among_the_strengths(method, rows, rng):
    learnt = fitted(method, rows)
    elsewhere = rows.vectors + rows.dry[:, np.newaxis] * rng.standard_normal(rows.vectors.shape)
    moved = clone(method).fit(elsewhere, strengths=rows.strengths, clips=rows.clips)
    np.testing.assert_array_equal(moved.basis_, learnt.basis_)
    marked = np.where(rows.dry, np.inf, rows.strengths)
    other = clone(method).set_params(neutral=np.inf).fit(rows.vectors, strengths=marked, clips=rows.clips)
    np.testing.assert_array_equal(other.basis_, learnt.basis_)


def test_global_cca_is_scikit_learns(rows):
    wet, ranks = rows.vectors[~rows.dry], ranks_of(rows)
    reference = CCA(n_components=1, scale=False).fit(wet, ranks).x_weights_[:, 0]
    (found,) = fitted(GlobalCCA(), rows).basis_
    assert abs(found @ reference) / np.linalg.norm(reference) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("width", ["rows", "wide"])
def test_global_cca_is_the_shortest_least_squares_solution(width, request):
    given_rows = request.getfixturevalue(width)
    wet, ranks = given_rows.wet_vectors, ranks_of(given_rows)
    reference = np.linalg.lstsq(wet - wet.mean(axis=0), ranks - ranks.mean(), rcond=None)[0]
    (found,) = fitted(GlobalCCA(), given_rows).basis_
    np.testing.assert_allclose(found, reference / np.linalg.norm(reference), atol=1e-8)


def test_global_cca_finds_a_planted_direction(rng):
    truth = np.eye(10)[3]
    dry = rng.standard_normal((50, 10)) * np.where(truth, 0.0, 5.0)
    wet = dry[:, np.newaxis] + np.arange(5.0)[:, np.newaxis] * truth
    learnt = fitted(GlobalCCA(), training_rows(wet, dry, STRENGTHS))
    np.testing.assert_allclose(learnt.basis_, [truth], atol=1e-10)
    cleaned = learnt.transform(wet.reshape(-1, 10)).reshape(wet.shape)
    np.testing.assert_allclose(cleaned, cleaned[:, :1].repeat(5, axis=1), atol=1e-9)


def test_samplewise_svd_is_that_of_directions_fitted_clip_by_clip(rng):
    wet, dry = wet_and_dry(rng, clips=9, dim=20)
    directions = [CCA(n_components=1, scale=False).fit(clip, np.arange(5.0)).x_weights_[:, 0] for clip in wet]
    _, values, axes = np.linalg.svd(np.stack(directions))
    for threshold in (0.3, 0.5, 0.7):
        learnt = fitted(SamplewiseCCASVD(threshold), training_rows(wet, dry, STRENGTHS))
        kept = values > threshold * values[0]
        assert learnt.rank_ == kept.sum()
        assert np.max(subspace_angles(learnt.basis_.T, axes[: kept.sum()].T)) < 1e-6
        np.testing.assert_allclose(learnt.explained_, (values**2 / 9)[kept], rtol=1e-6)


def test_clips_of_different_strengths_in_any_order_have_directions_of_their_own(rng):
    clips = rng.permutation(np.repeat(np.arange(7), [3, 4, 4, 5, 6, 6, 6]))
    strengths, vectors = rng.permutation(np.arange(1.0, 35.0)), rng.standard_normal((34, 20))
    learnt = SamplewiseCCASVD(0.0).fit(vectors, strengths=strengths, clips=clips)
    expected = []
    for clip in range(7):
        own, ranks = vectors[clips == clip], np.argsort(np.argsort(strengths[clips == clip]))
        expected.append(np.linalg.lstsq(own - own.mean(axis=0), ranks - ranks.mean(), rcond=None)[0])
    assert learnt.rank_ == 7
    assert np.max(subspace_angles(learnt.basis_.T, np.transpose(expected))) < 1e-6


@pytest.mark.parametrize(("noise", "angle"), [(0.0, 1e-6), (1e-3, 0.1)])
def test_samplewise_svd_finds_a_planted_subspace(rng, noise, angle):
    """However small the noise, clips of fewer strengths than dimensions fit it, and tilt the subspace by 0.05 rad."""
    truth = np.linalg.qr(rng.standard_normal((64, 3)))[0]
    dry = rng.standard_normal((60, 64))
    heading = rng.standard_normal((60, 1, 3)) @ truth.T
    wet = dry[:, np.newaxis] + np.arange(1.0, 6.0)[:, np.newaxis] * heading
    wet += noise * rng.standard_normal(wet.shape)
    learnt = fitted(SamplewiseCCASVD(0.3), training_rows(wet, dry, STRENGTHS))
    assert learnt.rank_ == 3
    assert np.max(subspace_angles(learnt.basis_.T, truth)) < angle
    assert learnt.explained_.sum() == pytest.approx(1.0, abs=angle)


def test_a_clip_that_moves_by_rounding_only_has_no_direction(rng):
    wet, dry = wet_and_dry(rng, clips=5, dim=16)
    still = wet.copy()
    still[2] = still[2, 0] * (1.0 + 1e-15 * rng.standard_normal(still[2].shape))
    without = fitted(SamplewiseCCASVD(), training_rows(np.delete(wet, 2, 0), np.delete(dry, 2, 0), STRENGTHS))
    learnt = fitted(SamplewiseCCASVD(), training_rows(still, dry, STRENGTHS))
    np.testing.assert_allclose(projector(learnt), projector(without), atol=1e-12)


@pytest.mark.parametrize("dim", [12, 250])
def test_displacement_pca_is_scikit_learns(rng, dim):
    wet, dry = wet_and_dry(rng, dim=dim)
    moves = (wet - dry[:, np.newaxis]).reshape(-1, dim)
    reference = PCA(4, svd_solver="full").fit(moves)
    learnt = fitted(DisplacementPCA(4), training_rows(wet, dry, STRENGTHS))
    cosines = np.abs(np.sum(learnt.basis_ * reference.components_, axis=1))
    np.testing.assert_allclose(cosines, 1.0, atol=1e-9)
    np.testing.assert_allclose(learnt.explained_, reference.explained_variance_ratio_, rtol=1e-9)


def test_relative_displacement_pca_compares_axes_with_dry_ones_of_their_rank(rng):
    wet, dry = wet_and_dry(rng, clips=80, dim=6)
    moves = PCA().fit((wet - dry[:, np.newaxis]).reshape(-1, 6))
    ratios = moves.explained_variance_ / PCA().fit(dry).explained_variance_
    order = np.argsort(-ratios)
    assert order[0] != 0, "the case must tell relative from absolute"
    learnt = fitted(DisplacementPCA(2, relative=True), training_rows(wet, dry, STRENGTHS))
    cosines = np.abs(np.sum(learnt.basis_ * moves.components_[order[:2]], axis=1))
    np.testing.assert_allclose(cosines, 1.0, atol=1e-9)
    np.testing.assert_allclose(learnt.explained_, moves.explained_variance_ratio_[order[:2]])


def test_a_common_displacement_is_the_mean_ones_not_the_principal_ones(rng):
    common, varying = np.eye(8)[:2]
    dry = rng.standard_normal((30, 8))
    sizes = rng.standard_normal((30, 5, 1))
    wet = dry[:, np.newaxis] + 4.0 * common + (sizes - sizes.mean()) * varying
    rows = training_rows(wet, dry, STRENGTHS)
    np.testing.assert_allclose(np.abs(fitted(DisplacementPCA(1), rows).basis_), [varying], atol=1e-10)
    mean = fitted(MeanDisplacement(), rows)
    np.testing.assert_allclose(mean.basis_, [common], atol=1e-10)
    assert mean.explained_[0] == pytest.approx(16 / (16 + sizes.var()))


def test_each_clip_counts_once_in_the_mean_displacement():
    vectors = [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [5.0, 5.0], [7.0, 7.0], [6.0, 7.0]]
    strengths = [0.0, 1.0, 2.0, 3.0, 0.0, 0.0, 1.0]
    learnt = MeanDisplacement().fit(vectors, strengths=strengths, clips=[0, 0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(learnt.basis_, [[1 / np.sqrt(2)] * 2])


def test_lda_is_scikit_learns(rows):
    reference = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto").fit(rows.vectors, rows.dry)
    (found,), coefficients = fitted(WetDryLDA(), rows).basis_, reference.coef_[0]
    assert abs(found @ coefficients) == pytest.approx(np.linalg.norm(coefficients), rel=1e-9)


def test_lda_is_the_difference_of_means_in_units_of_the_shrunk_covariance(rows):
    parts = [rows.wet_vectors, rows.dry_vectors]
    scales = [part.std(axis=0) for part in parts]
    within = sum(
        len(part) / len(rows.vectors) * ledoit_wolf((part - part.mean(axis=0)) / scale)[0] * np.outer(scale, scale)
        for part, scale in zip(parts, scales, strict=True)
    )
    expected = np.linalg.solve(within, parts[0].mean(axis=0) - parts[1].mean(axis=0))
    np.testing.assert_allclose(fitted(WetDryLDA(), rows).basis_, [expected / np.linalg.norm(expected)], atol=1e-9)


@named([Erasure(), Erasure("levels"), Erasure(ridge=0.3)])
@pytest.mark.parametrize("width", ["rows", "wide"])
def test_erasure_leaves_no_linear_trace_of_the_strength(method, width, request):
    given_rows = request.getfixturevalue(width)
    learnt = fitted(method, given_rows)
    before, after = given_rows.wet_vectors, learnt.transform(given_rows.wet_vectors)
    ranks = ranks_of(given_rows) - ranks_of(given_rows).mean()
    assert np.abs(before.T @ ranks).max() > 10.0
    np.testing.assert_allclose(after.T @ ranks, 0.0, atol=1e-7)
    if width == "rows":
        assert LinearRegression().fit(before, ranks).score(before, ranks) > 0.3
        assert LinearRegression().fit(after, ranks).score(after, ranks) == pytest.approx(0.0, abs=1e-9)


def test_a_strength_that_changes_nothing_takes_no_dimension(rng):
    wet, dry = wet_and_dry(rng)
    wet[:, -2] = dry
    learnt = fitted(Erasure("levels"), training_rows(wet, dry, STRENGTHS))
    assert learnt.rank_ == len(STRENGTHS) - 1


@named([Erasure(), Erasure("levels"), Erasure(ridge=0.3)])
@pytest.mark.parametrize("weakest", [1e-3, 1e-6, 1e-9])
def test_erasure_is_complete_where_the_vectors_are_ill_conditioned(method, weakest, rng):
    """Spectra that fall to and below the rounding of single precision, with more dimensions than rows."""
    wet, dry = wet_and_dry(rng, clips=20, dim=200)
    turn = np.linalg.qr(rng.standard_normal((200, 200)))[0]
    squeeze = (turn * np.geomspace(1.0, weakest, 200)) @ turn.T
    rows = training_rows(np.float32(wet @ squeeze), np.float32(dry @ squeeze), STRENGTHS)
    learnt = fitted(method, rows)
    assert learnt.rank_ == (1 if method.concept == "strength" else len(STRENGTHS))
    after, ranks = learnt.transform(rows.wet_vectors), ranks_of(rows)
    np.testing.assert_allclose(learnt.readout_ @ learnt.basis_.T, np.eye(learnt.rank_), atol=1e-9)
    left, found = (np.abs((part - part.mean(axis=0)).T @ ranks).max() for part in (after, rows.wet_vectors))
    assert left < 1e-9 * found


def test_global_cca_leaves_what_erasure_takes(rows):
    """An orthogonal projection takes the direction that tells the strength best; others tell it still."""
    ranks = ranks_of(rows)
    for method, least, most in ((GlobalCCA(), 0.2, 1.0), (Erasure(), -1e-9, 1e-9)):
        after = fitted(method, rows).transform(rows.wet_vectors)
        assert least < LinearRegression().fit(after, ranks).score(after, ranks) < most


def test_erasing_levels_gives_every_strength_one_mean(rows):
    learnt = fitted(Erasure("levels"), rows)
    after = learnt.transform(rows.vectors)
    for strength in (0.0, *STRENGTHS):
        np.testing.assert_allclose(after[rows.strengths == strength].mean(axis=0), rows.vectors.mean(axis=0), atol=1e-9)


@named([Erasure(), Erasure("levels")])
def test_erasure_is_the_least_change(method, rows, rng):
    learnt = fitted(method, rows)
    if method.concept == "strength":
        vectors, concept = rows.wet_vectors, ranks_of(rows)[:, np.newaxis]
    else:
        vectors, concept = rows.vectors, (rows.strengths[:, np.newaxis] == STRENGTHS).astype(float)
    covariance = np.cov(vectors.T, bias=True)
    concept = concept - concept.mean(axis=0)
    cross = (vectors - vectors.mean(axis=0)).T @ concept / len(vectors)
    # Lagrange: the change B of least tr(B S Bᵀ) among those with B C = C.
    seen = np.linalg.solve(covariance, cross)
    np.testing.assert_allclose(projector(learnt), cross @ np.linalg.solve(cross.T @ seen, seen.T), atol=1e-9)
    cost = np.trace(projector(learnt) @ covariance @ projector(learnt).T)
    free = np.eye(12) - cross @ np.linalg.pinv(cross)
    for size in (1e-3, 0.1, 1.0):
        other = projector(learnt) + size * rng.standard_normal((12, 12)) @ free
        np.testing.assert_allclose(other @ cross, cross, atol=1e-9)
        assert np.trace(other @ covariance @ other.T) > cost
    np.testing.assert_allclose(learnt.mean_, vectors.mean(axis=0))


def test_erasure_moves_vectors_less_than_projecting_the_covariance_out(rows):
    vectors, ranks = rows.wet_vectors, ranks_of(rows)
    along = (vectors - vectors.mean(axis=0)).T @ (ranks - ranks.mean())
    along /= np.linalg.norm(along)
    change = np.square(vectors - fitted(Erasure(), rows).transform(vectors)).sum()
    assert change < 0.9 * np.square((vectors - vectors.mean(axis=0)) @ along).sum()


def test_random_subspaces_are_seeded_and_have_no_preferred_direction(rows):
    draws = [fitted(RandomSubspace(3, seed), rows) for seed in range(400)]
    np.testing.assert_array_equal(fitted(RandomSubspace(3, 7), rows).basis_, draws[7].basis_)
    mean = np.mean([projector(draw) for draw in draws], axis=0)
    np.testing.assert_allclose(mean, 3 / 12 * np.eye(12), atol=0.06)


def test_vectors_that_do_not_follow_the_strength_are_refused():
    """A displacement that comes back: its covariance with the strength is 0, whatever rounding would suggest."""
    wet = np.array([[[0.1, 0.0], [0.7, 0.3], [0.1, 0.0]]] * 3)
    rows = training_rows(wet, np.zeros((3, 2)), [1.0, 2.0, 3.0])
    for method in (GlobalCCA(), SamplewiseCCASVD(), Erasure()):
        with pytest.raises(DataError, match=r"no covariance|No clip's wet vectors"):
            fitted(method, rows)


def test_with_few_clips_a_ridge_spares_new_ones_and_still_erases(rng):
    dim = 26
    few = training_rows(*wet_and_dry(rng, clips=6, dim=dim), STRENGTHS)
    new = rng.standard_normal((200, dim))
    moved = {}
    for ridge in (0.0, 0.1):
        learnt = fitted(Erasure(ridge=ridge), few)
        moved[ridge] = np.square(new - learnt.transform(new)).sum()
        wet = learnt.transform(few.vectors[~few.dry])
        covariance = (wet - wet.mean(axis=0)).T @ ranks_of(few)
        assert np.abs(covariance).max() < 1e-9 * np.abs(wet).max() * len(wet)
    assert moved[0.1] < 0.5 * moved[0.0]
