import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from swept_clips import STRENGTHS, fitted, named, projector, wet_and_dry

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

ALL = [
    GlobalCCA(),
    SamplewiseCCASVD(0.3),
    DisplacementPCA(2),
    DisplacementPCA(2, relative=True),
    MeanDisplacement(),
    WetDryLDA(),
    RandomSubspace(3),
    Erasure(),
    Erasure("levels"),
]
ORTHOGONAL = [method for method in ALL if not isinstance(method, Erasure)]
LEARNING = [method for method in ALL if not isinstance(method, RandomSubspace)]
FOLLOWING_ROTATIONS = [method for method in LEARNING if not isinstance(method, WetDryLDA)]


@pytest.fixture
def rows(rng):
    return training_rows(*wet_and_dry(rng), STRENGTHS)


@pytest.fixture
def wide(rng):
    """More dimensions than rows."""
    return training_rows(*wet_and_dry(rng, clips=6, dim=80), STRENGTHS)


@named(ALL)
@pytest.mark.parametrize("width", ["rows", "wide"])
def test_what_is_projected_out_stays_out(method, width, request, rng):
    learnt = fitted(method, request.getfixturevalue(width))
    dim = learnt.n_features_in_
    np.testing.assert_allclose(learnt.basis_ @ learnt.basis_.T, np.eye(learnt.rank_), atol=1e-10)
    np.testing.assert_allclose(learnt.readout_ @ learnt.basis_.T, np.eye(learnt.rank_), atol=1e-8)
    assert np.linalg.matrix_rank(np.eye(dim) - projector(learnt), tol=1e-7) == dim - learnt.rank_
    fresh = 5.0 + rng.standard_normal((7, dim))
    once = learnt.transform(fresh)
    np.testing.assert_allclose(once, fresh - (fresh - learnt.mean_) @ projector(learnt).T, atol=1e-9)
    np.testing.assert_allclose(learnt.transform(once), once, atol=1e-8)
    assert np.abs(once - fresh).max() > 1e-3
    np.testing.assert_allclose((once - learnt.mean_) @ learnt.readout_.T, 0.0, atol=1e-8)


@named(ORTHOGONAL)
def test_orthogonal_methods_read_along_what_they_move_and_keep_the_mean(method, rows):
    learnt = fitted(method, rows)
    np.testing.assert_array_equal(learnt.readout_, learnt.basis_)
    np.testing.assert_allclose(learnt.transform(rows.vectors).mean(axis=0), rows.vectors.mean(axis=0))
    lost = 1 - learnt.transform(rows.vectors).var(axis=0).sum() / rows.vectors.var(axis=0).sum()
    assert learnt.removed_ == pytest.approx(lost)


def test_ranks_are_as_asked_or_learnt(rows):
    ranks = [fitted(method, rows).rank_ for method in ALL if not isinstance(method, SamplewiseCCASVD)]
    assert ranks == [1, 2, 2, 1, 1, 3, 1, len(STRENGTHS)]


@named(FOLLOWING_ROTATIONS)
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-2, 1e2))
def test_the_choice_of_axes_origin_and_unit_does_not_matter(method, seed, scale):
    rng = np.random.default_rng(seed)
    wet, dry = wet_and_dry(rng, clips=30, dim=6)
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    origin = rng.standard_normal(6)
    here = fitted(method, training_rows(wet, dry, STRENGTHS))
    there = fitted(method, training_rows(scale * wet @ turn + origin, scale * dry @ turn + origin, STRENGTHS))
    np.testing.assert_allclose(projector(there), turn.T @ projector(here) @ turn, atol=1e-7)
    assert there.removed_ == pytest.approx(here.removed_, rel=1e-7)


@named(LEARNING)
def test_order_of_rows_and_names_of_clips_do_not_matter(method, rows, rng):
    learnt = fitted(method, rows)
    order = rng.permutation(len(rows.clips))
    names = np.array([f"clip {99 - number}" for number in rows.clips])
    shuffled = clone(method).fit(rows.vectors[order], strengths=rows.strengths[order], clips=names[order])
    np.testing.assert_allclose(projector(shuffled), projector(learnt), atol=1e-9)


@named(LEARNING)
def test_one_clip_is_enough_where_it_determines_a_direction(method, rng):
    wet, dry = wet_and_dry(rng, clips=1, dim=9)
    rows = training_rows(wet, dry, STRENGTHS)
    if isinstance(method, WetDryLDA) or getattr(method, "relative", False):
        with pytest.raises(DataError, match=r"1 dry rows have no covariance|dry vectors are all the same"):
            fitted(method, rows)
    else:
        learnt = fitted(method, rows)
        assert learnt.rank_ >= 1
        assert np.isfinite(learnt.transform(rows.vectors)).all()


@named(ALL)
def test_constant_vectors_are_refused(method):
    with pytest.raises(DataError, match="All vectors are the same"):
        clone(method).fit(np.full((8, 3), 0.1), strengths=np.tile([0.0, 1.0, 2.0, 3.0], 2), clips=[0] * 4 + [1] * 4)


@named([MeanDisplacement(), DisplacementPCA(), DisplacementPCA(relative=True), GlobalCCA(), SamplewiseCCASVD()])
def test_an_effect_without_effect_is_refused(method, rng):
    dry = rng.standard_normal((6, 4)) * 1e3
    wet = np.repeat(dry[:, np.newaxis], 5, axis=1)
    with pytest.raises(DataError, match=r"No wet row differs|no covariance with the strength|No clip's wet vectors"):
        fitted(method, training_rows(wet, dry, STRENGTHS))


@named(ALL)
def test_constant_dimensions_stay_as_they_are(method, rng):
    wet, dry = wet_and_dry(rng, dim=6)
    dead = [np.concatenate([part, np.full((*part.shape[:-1], 2), 0.7)], axis=-1) for part in (wet, dry)]
    learnt = fitted(method, training_rows(*dead, STRENGTHS))
    assert np.isfinite(learnt.transform(dead[1])).all()
    if not isinstance(method, RandomSubspace):
        np.testing.assert_allclose(learnt.basis_[:, 6:], 0.0, atol=1e-9)


@named(ALL)
def test_a_pipeline_passes_strengths_and_clips_on(method, rows, rng):
    labels = (rows.clips + rng.integers(0, 2, len(rows.clips))) % 2
    name = type(method).__name__.lower()
    pipeline = make_pipeline(clone(method), LogisticRegression())
    travelling = {f"{name}__strengths": rows.strengths, f"{name}__clips": rows.clips}
    pipeline.fit(rows.vectors, labels, **travelling)
    alone = fitted(method, rows)
    cleaned = alone.transform(rows.vectors)
    expected = LogisticRegression().fit(cleaned, labels).predict_proba(cleaned)
    np.testing.assert_allclose(pipeline.predict_proba(rows.vectors), expected)
    np.testing.assert_array_equal(pipeline[0].basis_, alone.basis_)


@named(ALL)
def test_nothing_is_learnt_from_the_vectors_that_are_transformed(method, rows, rng):
    learnt = fitted(method, rows)
    basis, mean = learnt.basis_.copy(), learnt.mean_.copy()
    clips = rng.standard_normal((9, 12))
    together = learnt.transform(clips)
    np.testing.assert_allclose(np.concatenate([learnt.transform(clip[np.newaxis]) for clip in clips]), together)
    np.testing.assert_array_equal(learnt.basis_, basis)
    np.testing.assert_array_equal(learnt.mean_, mean)


def test_metadata_routing_passes_strengths_and_clips_on(rows):
    with config_context(enable_metadata_routing=True):
        desensitiser = GlobalCCA().set_fit_request(strengths=True, clips=True)
        pipeline = make_pipeline(desensitiser, LogisticRegression())
        pipeline.fit(rows.vectors, rows.clips % 2, strengths=rows.strengths, clips=rows.clips)
    np.testing.assert_array_equal(pipeline[0].basis_, fitted(GlobalCCA(), rows).basis_)


def test_a_search_splits_strengths_and_clips_over_its_folds(rows):
    labels = rows.clips % 2
    pipeline = make_pipeline(SamplewiseCCASVD(), LogisticRegression())
    folds = list(GroupKFold(3).split(rows.vectors, labels, rows.clips))
    search = GridSearchCV(pipeline, {"samplewiseccasvd__threshold": [0.3, 0.6]}, cv=folds, error_score="raise")
    search.fit(rows.vectors, labels, samplewiseccasvd__strengths=rows.strengths, samplewiseccasvd__clips=rows.clips)
    for column, threshold in enumerate((0.3, 0.6)):
        for fold, (train, test) in enumerate(folds):
            learnt = SamplewiseCCASVD(threshold).fit(
                rows.vectors[train], strengths=rows.strengths[train], clips=rows.clips[train]
            )
            probe = LogisticRegression().fit(learnt.transform(rows.vectors[train]), labels[train])
            score = probe.score(learnt.transform(rows.vectors[test]), labels[test])
            assert search.cv_results_[f"split{fold}_test_score"][column] == pytest.approx(score)


def test_a_fitted_desensitiser_serves_a_classifier_of_dry_rows(rows):
    learnt = fitted(MeanDisplacement(), rows)
    basis = learnt.basis_.copy()
    labels = rows.clips[rows.dry] % 2
    pipeline = make_pipeline(FrozenEstimator(learnt), LogisticRegression()).fit(rows.vectors[rows.dry], labels)
    np.testing.assert_array_equal(learnt.basis_, basis)
    wet = rows.wet_vectors
    np.testing.assert_allclose(pipeline.decision_function(wet), pipeline.decision_function(learnt.transform(wet)))


@named(ALL)
def test_parameters_survive_cloning(method):
    assert clone(method).get_params() == method.get_params()
    assert clone(method).set_params(neutral=-1.0).neutral == -1.0


@pytest.mark.parametrize(
    ("method", "change", "message"),
    [
        (GlobalCCA(), {"strengths": np.full(12, 3.0)}, "one strength, which has no direction"),
        (GlobalCCA(), {"strengths": np.zeros(12)}, "All 12 rows have the strength 0"),
        (GlobalCCA(), {"strengths": np.ones(3)}, r"\(3,\) do not fit 12 rows"),
        (GlobalCCA(), {"strengths": np.full(12, np.nan)}, "Strengths must not be NaN"),
        (GlobalCCA(), {"clips": np.ones(5)}, r"\(5,\) do not fit 12 rows"),
        (MeanDisplacement(), {"strengths": np.ones(12)}, "No row is dry"),
        (MeanDisplacement(), {"clips": np.arange(12)}, "10 of 10 wet clips have no dry row"),
        (DisplacementPCA(5), {}, "project out 5 of 4 principal axes"),
        (DisplacementPCA(0), {}, "project out 0 of 4"),
        (SamplewiseCCASVD(1.0), {}, "threshold 1 must be a share"),
        (RandomSubspace(5), {}, "rank 5 does not fit into 4"),
        (Erasure("tempo"), {}, "'tempo' is no concept.*strength, levels"),
        (Erasure("levels"), {"strengths": np.ones(12)}, "one strength, so there is nothing"),
        (GlobalCCA(), {"X": np.full((12, 4), np.nan)}, "finite"),
        (GlobalCCA(), {"X": np.ones(12)}, r"shape \(rows, dim\)"),
    ],
)
def test_bad_training_rows_are_named(method, change, message, rng):
    wet, dry = wet_and_dry(rng, clips=2, dim=4)
    rows = training_rows(wet, dry, STRENGTHS)
    arguments = {"X": rows.vectors, "strengths": rows.strengths, "clips": rows.clips} | change
    with pytest.raises(DataError, match=message):
        clone(method).fit(**arguments)


def test_bad_vectors_and_grids_are_named(rows, rng):
    with pytest.raises(NotFittedError, match="not fitted"):
        GlobalCCA().transform(rows.vectors)
    with pytest.raises(DataError, match="5 dimensions do not fit a GlobalCCA that learnt from 12"):
        fitted(GlobalCCA(), rows).transform(np.ones((2, 5)))
    with pytest.raises(DataError, match="strength 1 marks dry rows"):
        training_rows(*wet_and_dry(rng), STRENGTHS, neutral=1.0)
    with pytest.raises(DataError, match="do not fit"):
        training_rows(np.ones((2, 3, 4)), np.ones((2, 5)), [1.0, 2.0, 3.0])
