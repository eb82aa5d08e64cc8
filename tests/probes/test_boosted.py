import json

import numpy as np
import pytest
import xgboost
from planted_labels import planted
from sklearn.preprocessing import StandardScaler

from wetdry.errors import DataError
from wetdry.probes import Task
from wetdry.probes.boosted import BoostedProbe
from wetdry.probes.trees import Trees

DEEP = {"n_estimators": 30, "max_depth": 5, "learning_rate": 0.1}
SAME = {**DEEP, "tree_method": "hist", "nthread": 1}


@pytest.fixture
def problem(rng):
    vectors, values, labels, _ = planted(rng, rows=300)
    return vectors, values, labels, StandardScaler().fit_transform(vectors).astype(np.float32)


@pytest.mark.parametrize("bins", [64, 256])
def test_logits_are_those_of_xgboost(problem, bins):
    vectors, _, labels, rows = problem
    classes = Task.of(labels).answers(labels).argmax(axis=1)
    expected = xgboost.XGBClassifier(max_bin=bins, **SAME).fit(rows, classes).predict(rows, output_margin=True)
    found = BoostedProbe(bins=bins, **DEEP).fit(vectors, labels).outputs(vectors)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_values_are_those_of_one_xgboost_a_target(problem):
    vectors, values, _, rows = problem
    expected = [xgboost.XGBRegressor(max_bin=64, **SAME).fit(rows, each).predict(rows) for each in values.T]
    np.testing.assert_allclose(
        BoostedProbe(**DEEP).fit(vectors, values).predict(vectors), np.array(expected).T, atol=1e-4
    )


def test_trees_walk_as_the_booster_does_on_rows_it_never_saw(problem, rng):
    _, values, _, rows = problem
    booster = xgboost.train(
        {"max_depth": 6, "base_score": 0.0, "nthread": 1}, xgboost.DMatrix(rows, label=values[:, 0]), 40
    )
    trees = Trees.of_json(booster.save_raw("json"), np.zeros(1))
    fresh = (3 * rng.standard_normal((500, rows.shape[1]))).astype(np.float32)
    # Rows that lie on a threshold show which side it belongs to.
    split = trees.children[:, 0] != np.arange(len(trees.feature))
    chosen = rng.choice(np.flatnonzero(split), 500)
    fresh[np.arange(500), trees.feature[chosen]] = trees.threshold[chosen]
    expected = booster.predict(xgboost.DMatrix(fresh))
    np.testing.assert_allclose(trees.outputs(fresh.astype(np.float64))[:, 0], expected, atol=1e-5)


def test_what_is_too_large_for_single_precision_is_large(problem):
    vectors, values, _, _ = problem
    probe = BoostedProbe(**DEEP).fit(vectors, values)
    np.testing.assert_array_equal(probe.predict(vectors + 1e60), probe.predict(vectors + 1e30))


def test_a_short_run_is_the_beginning_of_a_long_one(problem):
    vectors, values, labels, _ = problem
    candidates = [
        {"n_estimators": n, "max_depth": depth, "learning_rate": rate}
        for n in (3, 8)
        for depth in (2, 3)
        for rate in (0.1, 0.3)
    ]
    for given in (values, labels):
        task = Task.of(given)
        answers = task.answers(given)[:200]
        found = BoostedProbe().outputs_at(candidates, vectors[:200], task, answers, vectors[200:])
        for candidate, outputs in zip(candidates, found, strict=True):
            alone = BoostedProbe(**candidate).learn(vectors[:200], task, answers).outputs(vectors[200:])
            np.testing.assert_array_equal(outputs, alone)


def test_the_grid_is_the_published_one():
    grid = {"n_estimators": (100, 200), "max_depth": (3, 5), "learning_rate": (0.01, 0.1)}
    assert grid == BoostedProbe.GRID


def test_the_same_rows_give_the_same_trees(problem):
    vectors, _, labels, _ = problem
    one, other = (BoostedProbe(**DEEP).fit(vectors, labels).tensors() for _ in range(2))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_a_stump_has_its_closed_form():
    """One split of two values: each leaf adds rate · Σ residual / (n + 1)."""
    vectors = np.repeat([[0.0, 1.0], [1.0, 0.0]], 10, axis=0)
    values = np.repeat([-1.0, 1.0], 10)
    found = BoostedProbe(n_estimators=1, max_depth=1, learning_rate=0.5).fit(vectors, values).predict(vectors)
    np.testing.assert_allclose(found[:, 0], values * 0.5 * 10 / 11, rtol=1e-6)


def test_a_tree_without_a_split_adds_its_root():
    model = {
        "learner": {
            "gradient_booster": {
                "model": {
                    "trees": [
                        {
                            "split_indices": [0],
                            "split_conditions": [0.25],
                            "left_children": [-1],
                            "right_children": [-1],
                        }
                    ],
                    "tree_info": [0],
                }
            }
        }
    }
    trees = Trees.of_json(json.dumps(model).encode(), np.array([1.0]))
    assert trees.outputs(np.zeros((2, 3))).tolist() == [[1.25], [1.25]]


@pytest.mark.parametrize("setting", [{"n_estimators": 0}, {"max_depth": [3]}, {"learning_rate": 0}, {"bins": "many"}])
def test_settings_are_checked(problem, setting):
    vectors, values, _, _ = problem
    with pytest.raises(DataError, match="is no setting of a probe"):
        BoostedProbe(**setting).fit(vectors, values)
    task = Task.of(values)
    with pytest.raises(DataError, match="is no setting of a probe"):
        BoostedProbe().outputs_at([{}, setting], vectors, task, values, vectors)
