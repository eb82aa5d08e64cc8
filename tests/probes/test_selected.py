import pickle

import numpy as np
import pytest
from planted_labels import planted
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, r_regression
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from wetdry.errors import DataError
from wetdry.probes import Task, families, fit_probe, out_of_fold, shap_values
from wetdry.probes.catalogue import model_of


@pytest.fixture
def problem(rng):
    vectors, values, _, groups = planted(rng, rows=90, dim=20, groups=30)
    return vectors, values, groups


def first_by_r(rows, answer):
    return np.abs(r_regression(rows, answer))


@pytest.mark.parametrize(("selection", "step"), [("pearson", SelectKBest(first_by_r, k=4)), ("pca", PCA(4))])
def test_values_are_those_of_a_pipeline_for_each_target(problem, selection, step):
    vectors, values, _ = problem
    answers = StandardScaler().fit_transform(values)
    pipeline = make_pipeline(StandardScaler(), step, Ridge(alpha=90 * 0.5))
    expected = [pipeline.fit(vectors, each).predict(vectors) for each in answers.T] * values.std(axis=0)[:, np.newaxis]
    model = model_of(f"{selection}+linear", {"k": 4, "penalty": 0.5}).fit(vectors, values)
    np.testing.assert_allclose(model.predict(vectors), expected.T + values.mean(axis=0), atol=1e-9)


def test_each_target_has_columns_of_its_own(problem):
    vectors, values, groups = problem
    probe = fit_probe(vectors, values, groups, family="pearson+linear", settings={"k": 1})
    # The first two dimensions are those that the values were planted in.
    np.testing.assert_array_equal(probe.columns, np.eye(2, 20, dtype=bool))
    assert probe.settings == {"k": 1}
    # One column, one weight and one constant a target.
    assert probe.parameters == 2 * 3
    assert fit_probe(vectors, values, groups).columns is None
    assert fit_probe(vectors, values, groups, family="pca+linear").columns is None


def test_fifteen_dimensions_are_kept_unless_told_otherwise(problem):
    probe = fit_probe(*problem, family="shap+linear")
    assert probe.columns.sum(axis=1).tolist() == [15, 15]


def test_columns_that_shap_names_are_those_of_the_largest_values(problem):
    vectors, values, groups = problem
    probe = fit_probe(vectors, values, groups, family="shap+linear", settings={"k": 3}, seed=2)
    sizes = np.abs(shap_values(vectors, values, seed=2)).mean(axis=1)
    for columns, size in zip(probe.columns, sizes, strict=True):
        assert set(np.flatnonzero(columns)) == set(np.argsort(-size)[:3])


@pytest.mark.parametrize("family", ["pearson+linear", "pca+lasso"])
def test_directions_are_those_along_which_estimates_rise(problem, family):
    vectors, values, groups = problem
    probe = fit_probe(vectors, values, groups, family=family, settings={"k": 4})
    gradients = probe.model.gradients()
    steps = np.diag(vectors.std(axis=0))
    rises = probe.estimate(vectors[0] + steps) - probe.estimate(vectors[0])
    np.testing.assert_allclose(gradients @ steps, rises.T / values.std(axis=0)[:, np.newaxis], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(probe.directions(), axis=1), 1.0)
    assert fit_probe(vectors, values, groups, family="pearson+svr").directions() is None


@pytest.mark.parametrize("family", ["pearson+linear", "union+boosting", "pca+svr"])
def test_the_search_is_each_setting_by_itself(problem, family):
    vectors, values, _ = problem
    task = Task.of(values)
    own = {"linear": "penalty", "boosting": "n_estimators", "svr": "cost"}[family.partition("+")[2]]
    candidates = [{"k": k, own: value} for k in (2, 5) for value in (3, 7)]
    found = model_of(family, {}).outputs_at(candidates, vectors[:60], task, values[:60], vectors[60:])
    assert len(np.unique(found.reshape(4, -1), axis=0)) == 4
    for candidate, outputs in zip(candidates, found, strict=True):
        alone = model_of(family, candidate).learn(vectors[:60], task, values[:60]).outputs(vectors[60:])
        np.testing.assert_allclose(outputs, alone, atol=1e-6)


def test_selection_outside_of_the_folds_would_have_leaked(rng):
    """Of noise, dimensions that correlate can be picked; on rows that did not pick them they tell nothing."""
    vectors, values, groups = rng.standard_normal((60, 400)), rng.standard_normal(60), np.arange(60)

    def r2(given, family):
        estimates, _ = out_of_fold(given, values, groups, family=family, settings={"penalty": 0.1})
        return 1 - np.square(values - estimates[:, 0]).sum() / np.square(values - values.mean()).sum()

    chosen = fit_probe(vectors, values, groups, family="pearson+linear", settings={"penalty": 0.1}).columns[0]
    assert r2(vectors[:, chosen], "linear") > 0.3
    assert r2(vectors, "pearson+linear") < 0.0


def test_a_composite_is_an_estimator_like_any_other(problem):
    vectors, values, groups = problem
    model = families.get("union+forest")(k=3, seed=4, n_estimators=5)
    assert clone(model).get_params() == model.get_params()
    assert model.get_params()["seed"] == 4
    assert model.set_params(seed=5).inner["seed"] == 5
    assert families.get("union+forest") is type(model)
    assert families.get("union+forest").GRID == families.get("forest").GRID
    fitted = model.fit(vectors, values)
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301
    np.testing.assert_array_equal(again.predict(vectors), fitted.predict(vectors))
    one, other = (
        fit_probe(vectors, values, groups, family="pearson+forest", settings={"n_estimators": 5}, seed=seed)
        for seed in (0, 1)
    )
    assert np.abs(one.estimate(vectors) - other.estimate(vectors)).max() > 0.01


@pytest.mark.parametrize(
    ("family", "sentence"),
    [
        ("pearsn+linear", 'Unknown selection "pearsn": did you mean "pearson"'),
        ("pearson+lasoo", 'Unknown probe "lasoo": did you mean "lasso"'),
        ("pearson+shap+linear", 'Unknown probe "shap\\+linear"'),
        ("+linear", 'Unknown selection ""'),
        ("pearson+", 'Unknown probe ""'),
    ],
)
def test_unknown_parts_are_named(problem, family, sentence):
    with pytest.raises(DataError, match=sentence):
        fit_probe(*problem, family=family)


def test_unknown_settings_are_named(problem):
    sentence = r"'depth' is no setting of a pearson\+linear probe: its settings are penalty, k, seed"
    with pytest.raises(DataError, match=sentence):
        fit_probe(*problem, family="pearson+linear", settings={"depth": 3})


def test_components_that_targets_share_are_counted_once():
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((40, 12))
    one, three = (
        fit_probe(vectors, vectors[:, :targets], family="pca+linear", settings={"k": 4}) for targets in (1, 3)
    )
    # Four components of 12 numbers, and for each target four weights and a constant.
    assert (one.parameters, three.parameters) == (4 * 12 + 5, 4 * 12 + 3 * 5)
