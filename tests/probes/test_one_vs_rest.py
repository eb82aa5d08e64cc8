import warnings

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from wetdry.audio import load
from wetdry.encoders import encoder
from wetdry.errors import DataError
from wetdry.probes import OneVsRestLogistic
from wetdry.probes.one_vs_rest import DECADES
from wetdry.probes.problems import class_weights, drawn, folds_of

CLASSES = ("cello", "flute", "piano", "violin")
SAME = 0.002
CONVERGED = {"tol": 1e-8, "max_iter": 100_000}


def clips(rng, per_class=45, dim=120, strengths=3):
    """Overlapping classes of which an effect moves each its own way: vectors (strength, n, dim), labels (n,)."""
    labels = np.repeat(CLASSES, per_class)
    number = np.repeat(np.arange(len(CLASSES)), per_class)
    sizes = np.geomspace(3, 0.1, dim)
    world = np.random.default_rng(1)
    centres = 0.3 * sizes * world.standard_normal((len(CLASSES), dim))
    ways = sizes * (world.standard_normal(dim) + 0.5 * world.standard_normal((len(CLASSES), dim)))
    dry = centres[number] + sizes * rng.standard_normal((labels.size, dim)) + 0.3
    return np.stack([dry + strength * ways[number] for strength in np.linspace(0, 1, strengths)]), labels


def smallest_of_equals(results):
    """Without it, rounding of 1e-16 decides between equal costs."""
    mean = results["mean_test_score"]
    return int(np.flatnonzero(mean >= mean.max() - 1e-12)[0])


def recipe(vectors, labels, name, groups=None, balanced=True, **solver):
    """The reference: scikit-learn's grid search over its liblinear solver."""
    problem = drawn(labels, name, balanced=balanced)
    search = GridSearchCV(
        LogisticRegression(solver="liblinear", class_weight="balanced", **solver),
        {"C": DECADES},
        scoring="roc_auc",
        cv=3 if groups is None else StratifiedGroupKFold(3),
        refit=smallest_of_equals,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return search.fit(
            vectors[problem.rows], problem.positive, groups=None if groups is None else groups[problem.rows]
        )


def assert_as_the_recipe(model, trained, labels, tests, truth):
    """AUCs of each class agree on tests (strength, n, dim); returns how many of the classes chose the same cost.

    The recipe's solver stops early at large costs. Where it has, at 100 or more, or where that moved its choice, the
    recipe is that with its solver run to convergence.
    """
    same = 0
    for number, name in enumerate(model.classes_):
        search = recipe(trained, labels, name)
        if search.best_params_["C"] == model.costs_[number] < 100:
            same += 1
        else:
            search = recipe(trained, labels, name, **CONVERGED)
            assert search.best_params_["C"] == model.costs_[number]
        expected = [roc_auc_score(truth == name, search.decision_function(strength)) for strength in tests]
        found = [roc_auc_score(truth == name, model.decision_function(strength)[:, number]) for strength in tests]
        np.testing.assert_allclose(found, expected, atol=SAME)
    return same


@pytest.mark.parametrize(("trained", "dim"), [(0, 60), (2, 60), (0, 200)])
def test_aucs_are_those_of_the_recipe(trained, dim):
    rng = np.random.default_rng(1)
    vectors, labels = clips(rng, 80, dim)
    tests, truth = clips(rng, 80, dim)
    model = OneVsRestLogistic().fit(vectors[trained], labels)
    assert assert_as_the_recipe(model, vectors[trained], labels, tests, truth) >= 2


def test_aucs_on_recorded_instruments_are_those_of_the_recipe(data_dir):
    folders = [data_dir / "instruments" / "philharmonia" / name for name in ("banjo", "trumpet", "violin", "bassoon")]
    paths = [path for folder in folders for path in sorted(folder.glob("*.ogg"))[:24]]
    if len(paths) < 4 * 24:
        pytest.skip(f"recorded instruments are missing in {data_dir}")
    labels = np.array([path.parent.name for path in paths])
    vectors = encoder("handcrafted").embed([load(path) for path in paths], "features")["features"]
    vectors = StandardScaler().fit_transform(vectors)
    trained = np.arange(len(paths)) % 2 == 0
    model = OneVsRestLogistic().fit(vectors[trained], labels[trained])
    assert (
        assert_as_the_recipe(model, vectors[trained], labels[trained], vectors[~trained][None], labels[~trained]) >= 2
    )
    assert model.cross_validated_auc_.min() > 0.7


@pytest.mark.parametrize(("dim", "balanced"), [(120, True), (8, True), (30, False)])
def test_every_figure_is_that_of_the_recipe_run_to_convergence(rng, dim, balanced):
    (vectors, *_), labels = clips(rng, 30, dim)
    model = OneVsRestLogistic(balanced_negatives=balanced).fit(vectors, labels)
    for number, name in enumerate(CLASSES[:2]):
        search = recipe(vectors, labels, name, balanced=balanced, **CONVERGED)
        apart = np.abs(model.auc_of_costs_[number] - search.cv_results_["mean_test_score"])
        # Two scores that are all but equal may change places, in one fold of three.
        assert np.sum(apart > 1e-9) <= 1
        assert apart.max() < SAME
        assert model.costs_[number] == search.best_params_["C"]
        assert model.cross_validated_auc_[number] == pytest.approx(search.cv_results_["mean_test_score"].max())
        best = search.best_estimator_
        size = np.abs(best.coef_).max()
        np.testing.assert_allclose(model.coef_[number], best.coef_[0], atol=1e-3 * size)
        np.testing.assert_allclose(model.intercept_[number], best.intercept_[0], atol=1e-3 * size)


def test_folds_with_groups_are_those_of_sklearn(rng):
    (vectors, *_), labels = clips(rng, 30, 40)
    songs = rng.integers(0, 40, labels.size)
    vectors += 2 * rng.standard_normal((40, 40))[songs]
    model = OneVsRestLogistic(classes=["flute"]).fit(vectors, labels, groups=songs)
    search = recipe(vectors, labels, "flute", songs, **CONVERGED)
    np.testing.assert_allclose(model.auc_of_costs_[0], search.cv_results_["mean_test_score"], atol=1e-9)
    assert not np.allclose(model.auc_of_costs_, OneVsRestLogistic(classes=["flute"]).fit(vectors, labels).auc_of_costs_)


def test_no_fold_parts_a_group(rng):
    labels = np.repeat(CLASSES, 20)
    songs = rng.integers(0, 25, labels.size)
    problem = drawn(labels, "flute")
    of_rows = songs[problem.rows]
    seen = []
    for fitted, held_out in folds_of(problem, 3, of_rows):
        assert not set(of_rows[fitted]) & set(of_rows[held_out])
        seen.extend(held_out)
    assert sorted(seen) == list(range(len(problem.rows)))


def test_negatives_are_as_many_and_even_over_the_other_classes():
    labels = np.repeat(["a", "b", "c", "d"], [31, 40, 5, 60])
    problem = drawn(labels, "a")
    names, counts = np.unique(labels[problem.rows], return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {"a": 31, "b": 10, "c": 5, "d": 10}
    assert len(set(problem.rows)) == len(problem.rows)
    assert problem.positive.tolist() == (labels[problem.rows] == "a").tolist()
    assert drawn(labels, "a", seed=1).rows.tolist() != problem.rows.tolist()
    assert len(drawn(labels, "a", balanced=False).rows) == labels.size
    weights = class_weights(problem.positive)
    assert weights[problem.positive].sum() == pytest.approx(weights[~problem.positive].sum())
    assert weights.mean() == pytest.approx(1.0)


def test_some_classes_alone_are_learnt_as_among_all(rng):
    (vectors, *_), labels = clips(rng, 20, 30)
    every, some = OneVsRestLogistic().fit(vectors, labels), OneVsRestLogistic(classes=("violin",)).fit(vectors, labels)
    assert some.classes_.tolist() == ["violin"]
    np.testing.assert_array_equal(some.coef_, every.coef_[3:])
    np.testing.assert_allclose(some.decision_function(vectors), every.decision_function(vectors)[:, 3:])


def test_a_planted_direction_is_found(rng):
    labels = np.repeat(["dull", "bright"], 150)
    direction = rng.standard_normal(20)
    direction /= np.linalg.norm(direction)
    vectors = rng.standard_normal((300, 20)) + 3 * np.outer(labels == "bright", direction)
    model = OneVsRestLogistic(classes=["bright"]).fit(vectors, labels)
    assert model.coef_[0] @ direction / np.linalg.norm(model.coef_[0]) > 0.95
    # Along the direction itself, the difference of two rows is normal about 3 with variance 2.
    assert model.cross_validated_auc_[0] == pytest.approx(norm.cdf(3 / np.sqrt(2)), abs=0.015)
    shuffled = OneVsRestLogistic(classes=["bright"]).fit(vectors, rng.permutation(labels))
    assert shuffled.cross_validated_auc_[0] < 0.6


def test_equal_costs_give_way_to_the_smallest(rng):
    labels = np.repeat(["a", "b"], 20)
    vectors = rng.standard_normal((40, 3)) + 100.0 * (labels == "a")[:, np.newaxis]
    model = OneVsRestLogistic(costs=(10.0, 0.1, 1.0)).fit(vectors, labels)
    np.testing.assert_array_equal(model.auc_of_costs_, 1.0)
    assert model.costs_.tolist() == [0.1, 0.1]


def test_constant_embeddings_tell_nothing():
    labels = np.repeat(["a", "b"], 9)
    model = OneVsRestLogistic().fit(np.ones((18, 4)), labels)
    np.testing.assert_allclose(model.cross_validated_auc_, 0.5)
    np.testing.assert_allclose(model.coef_, 0.0, atol=1e-9)


def test_it_is_a_scikit_learn_estimator(rng):
    (vectors, *_), labels = clips(rng, 15, 10)
    model = OneVsRestLogistic(costs=(0.1, 1.0), folds=2, seed=5, classes=["piano"])
    assert clone(model).get_params() == model.get_params()
    scaled = make_pipeline(StandardScaler(), model).fit(vectors, labels)
    inside = clone(model).fit(StandardScaler().fit_transform(vectors), labels)
    expected = inside.decision_function(StandardScaler().fit(vectors).transform(vectors))
    np.testing.assert_allclose(scaled.decision_function(vectors), expected)
    stacked = inside.decision_function(np.stack([vectors, 2 * vectors]))
    np.testing.assert_allclose(stacked[1], inside.decision_function(2 * vectors))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"y": ["a"] * 12}, "All rows are of class 'a': give rows of a second class"),
        ({"y": ["a"] * 10 + ["b"] * 2}, "2 rows outside class 'a' are fewer than the 3 folds: add clips"),
        ({"y": ["a"] * 11}, r"Labels of shape \(11,\) do not fit 12 vectors"),
        ({"groups": [0] * 6 + [1] * 6}, "1 groups of rows of class 'a' are fewer than the 3 folds"),
        ({"X": np.full((12, 2), np.nan)}, "12 of 12 vectors are not finite"),
        ({"X": np.ones(12)}, r"Vectors of shape \(12,\) cannot be learnt from"),
        ({"classes": ["tuba"]}, "No row is of class 'tuba': the classes are a, b"),
        ({"classes": []}, "There is no class to learn"),
        ({"costs": []}, "Costs must be positive numbers"),
        ({"costs": [0.0, 1.0]}, "Costs must be positive numbers"),
        ({"folds": 1}, "1 fold cannot choose a cost"),
    ],
)
def test_bad_input_is_a_sentence(rng, change, sentence):
    given = {"X": rng.standard_normal((12, 2)), "y": ["a"] * 6 + ["b"] * 6} | change
    options = {name: given.pop(name) for name in ("classes", "costs", "folds") if name in given}
    with pytest.raises(DataError, match=sentence):
        OneVsRestLogistic(**options).fit(**given)


def test_vectors_of_another_layer_are_a_sentence(rng):
    model = OneVsRestLogistic().fit(rng.standard_normal((12, 2)), ["a"] * 6 + ["b"] * 6)
    with pytest.raises(DataError, match="learnt from 2 dimensions"):
        model.decision_function(np.ones((4, 3)))


def test_groups_that_cannot_be_dealt_evenly_are_a_sentence():
    labels = np.array(["a"] * 6 + ["b"] * 6)
    songs = np.array([0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 3])
    with pytest.raises(DataError, match="Groups of class 'a' are too uneven for 3 folds"):
        OneVsRestLogistic().fit(np.eye(12), labels, groups=songs)
