import numpy as np
import pytest
from planted_labels import planted
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Lasso
from sklearn.svm import SVR

from wetdry.errors import DataError
from wetdry.probes import Task, families, fit_probe, kernel
from wetdry.probes.boosting import BoostingProbe
from wetdry.probes.catalogue import model_of
from wetdry.probes.forest import ForestProbe
from wetdry.probes.lasso import LassoProbe
from wetdry.probes.scaling import Scaling
from wetdry.probes.svr import SvrProbe
from wetdry.probes.trees import Trees

REGRESSORS = ("lasso", "svr", "forest", "boosting")


@pytest.fixture
def problem(rng):
    vectors, values, labels, groups = planted(rng, rows=150)
    return vectors, values, labels, groups


def by_sklearn(model, vectors, values, fresh):
    """Estimates of one model a target, on standardised rows and answers.

    Which of two equally good splits a tree takes is a matter of the last bit, so that rows are scaled as ours are.
    """
    scaling, answers = Scaling.of(vectors), Scaling.of(values)
    rows, held = scaling.applied(vectors), scaling.applied(fresh)
    found = [model.fit(rows, each).predict(held) for each in answers.applied(values).T]
    return np.column_stack(found) * values.std(axis=0) + values.mean(axis=0)


@pytest.mark.parametrize("penalty", [0.3, 0.05, 0.005])
@pytest.mark.parametrize("dim", [8, 200])
def test_lasso_is_that_of_sklearn(rng, penalty, dim):
    vectors, values, _, _ = planted(rng, rows=90, dim=dim)
    expected = by_sklearn(Lasso(penalty, tol=1e-14, max_iter=100_000), vectors, values, vectors)
    np.testing.assert_allclose(LassoProbe(penalty).fit(vectors, values).predict(vectors), expected, atol=1e-6)


def test_weights_of_orthogonal_dimensions_are_soft_thresholds():
    vectors = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    values = vectors @ [0.8, 0.6]
    probe = LassoProbe(0.7).fit(vectors, values)
    np.testing.assert_allclose(probe.weights_[:, 0], [0.1, 0.0], atol=1e-9)
    np.testing.assert_allclose(probe.gradients(), [[0.1, 0.0]], atol=1e-9)


@pytest.mark.parametrize("settings", [{"cost": 1.0, "epsilon": 0.1}, {"cost": 10.0, "epsilon": 0.5}])
def test_support_vectors_are_those_of_sklearn(problem, settings):
    vectors, values, _, _ = problem
    fresh = 1.5 * vectors[:40]
    expected = by_sklearn(
        SVR(C=settings["cost"], epsilon=settings["epsilon"], gamma="scale", tol=1e-4), vectors, values, fresh
    )
    np.testing.assert_allclose(SvrProbe(**settings).fit(vectors, values).predict(fresh), expected, atol=1e-6)


def test_errors_below_epsilon_need_no_support(problem):
    vectors, values, _, _ = problem
    probe = SvrProbe(epsilon=100.0).fit(vectors, values)
    assert probe.mixture_.tolist() == [[0.0, 0.0]]
    assert np.ptp(probe.predict(vectors), axis=0).tolist() == [0.0, 0.0]


def test_forests_are_those_of_sklearn(problem):
    vectors, values, _, _ = problem
    settings = {"n_estimators": 20, "min_samples_leaf": 2, "max_features": 0.5}
    fresh = 1.5 * vectors[:40]
    expected = by_sklearn(RandomForestRegressor(random_state=3, **settings), vectors, values, fresh)
    found = ForestProbe(seed=3, **settings).fit(vectors, values).predict(fresh)
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(values).max())
    other = ForestProbe(seed=4, **settings).fit(vectors, values).predict(fresh)
    assert np.abs(found - other).max() > 0.01


@pytest.mark.parametrize("subsample", [1.0, 0.5])
def test_boosting_is_that_of_sklearn(problem, subsample):
    vectors, values, _, _ = problem
    settings = {"n_estimators": 30, "max_depth": 3, "learning_rate": 0.1, "subsample": subsample}
    fresh = 1.5 * vectors[:40]
    expected = by_sklearn(GradientBoostingRegressor(random_state=3, **settings), vectors, values, fresh)
    found = BoostingProbe(seed=3, **settings).fit(vectors, values).predict(fresh)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(values).max())


def test_rows_on_a_threshold_go_where_sklearn_sends_them(rng):
    """Splits halfway between whole numbers are hit exactly, and in single precision others are, too."""
    rows = rng.integers(0, 6, (200, 3)).astype(np.float64) / 10
    forest = RandomForestRegressor(20, random_state=0).fit(rows, rows @ [1.0, -2.0, 3.0] + rng.standard_normal(200))
    grown = [each.tree_ for each in forest.estimators_]
    thresholds = np.unique(np.concatenate([tree.threshold[tree.feature >= 0] for tree in grown]))
    near = np.concatenate([thresholds, np.nextafter(thresholds.astype(np.float32), np.float32(np.inf))])
    fresh = rng.choice(near, (500, 3)).astype(np.float32).astype(np.float64)
    found = Trees.of_sklearn(grown, 1 / 20).outputs(fresh)[:, 0]
    np.testing.assert_allclose(found, forest.predict(fresh), atol=1e-6)


@pytest.mark.parametrize(
    ("family", "candidates"),
    [
        ("lasso", [{"penalty": 0.01}, {"penalty": 0.3}, {"penalty": 0.01}]),
        ("svr", [{"cost": cost, "gamma": gamma} for cost in (0.3, 3.0) for gamma in (1.0, 0.5)]),
        ("forest", [{"n_estimators": n, "min_samples_leaf": leaf} for n in (3, 7) for leaf in (1, 4)]),
        ("boosting", [{"n_estimators": n, "max_depth": depth} for n in (4, 9) for depth in (1, 3)]),
    ],
)
def test_the_search_is_each_setting_by_itself(problem, family, candidates):
    vectors, values, _, _ = problem
    task = Task.of(values)
    kind = families.get(family)
    found = kind().outputs_at(candidates, vectors[:100], task, values[:100], vectors[100:])
    assert np.abs(found[0] - found[1]).max() > 1e-3
    for candidate, outputs in zip(candidates, found, strict=True):
        alone = kind(**candidate).learn(vectors[:100], task, values[:100]).outputs(vectors[100:])
        # The penalty of a lasso is chosen by looser solutions.
        np.testing.assert_allclose(outputs, alone, atol=0.05 if family == "lasso" else 1e-6)


@pytest.mark.parametrize(
    ("family", "settings"),
    [("lasso", None), ("svr", None), ("forest", {"n_estimators": 30}), ("boosting", {"n_estimators": 40})],
)
def test_planted_values_are_learnt(problem, family, settings):
    vectors, values, _, groups = problem
    assert fit_probe(vectors, values, groups, family=family, settings=settings).score > 0.4


@pytest.mark.parametrize("family", REGRESSORS)
def test_grids_hold_settings_of_their_family(family):
    grid = families.get(family).GRID
    assert all(len(values) > 1 for values in grid.values())
    model_of(family, {name: values[0] for name, values in grid.items()})


@pytest.mark.parametrize("family", [*REGRESSORS, "pearson+linear"])
def test_classes_are_refused_by_name(problem, family):
    vectors, _, labels, groups = problem
    with pytest.raises(
        DataError, match=rf'of the kind "{family}" learns numbers, not the classes anger'.replace("+", r"\+")
    ):
        fit_probe(vectors, labels, groups, family=family)


def test_parameters_are_counted(problem):
    vectors, values, _, groups = problem
    linear = fit_probe(vectors, values, groups, settings={"penalty": 1.0})
    assert linear.parameters == 12 * 2 + 2
    # A stump has a dimension, a threshold and two leaves.
    stumps = fit_probe(vectors, values, groups, family="boosting", settings={"n_estimators": 5, "max_depth": 1})
    assert stumps.parameters == 2 * 5 * 4
    boosted = fit_probe(vectors, values, groups, family="xgboost", settings={"n_estimators": 5, "max_depth": 1})
    assert boosted.parameters == 2 * 5 * 4


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        ("lasso", {"penalty": 0.0}),
        ("svr", {"cost": -1.0}),
        ("svr", {"gamma": "scale"}),
        ("forest", {"max_features": 1.5}),
        ("forest", {"min_samples_leaf": 0.5}),
        ("boosting", {"subsample": 0.0}),
        ("boosting", {"n_estimators": 0}),
        ("pearson+linear", {"k": 0}),
    ],
)
def test_settings_are_checked(problem, family, settings):
    vectors, values, _, groups = problem
    with pytest.raises(DataError, match="is no setting of a probe"):
        fit_probe(vectors, values, groups, family=family, settings=settings)


def test_too_many_rows_are_refused(problem, monkeypatch):
    monkeypatch.setattr(kernel, "MOST_ROWS", 100)
    with pytest.raises(DataError, match="150 clips are more than the 100 of a svr probe"):
        SvrProbe().fit(problem[0], problem[1])


def test_vectors_that_never_move_are_refused():
    with pytest.raises(DataError, match="All vectors are the same"):
        SvrProbe().fit(np.ones((6, 3)), np.arange(6.0))
