import numpy as np
import pytest
from planted_labels import planted
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from wetdry.errors import DataError
from wetdry.probes import Task, linear
from wetdry.probes.kernel import KernelProbe
from wetdry.probes.linear import LinearProbe

PENALTIES = (100.0, 1.0, 0.01)


@pytest.fixture(params=[8, 150], ids=["many rows", "many dimensions"])
def problem(rng, request):
    return planted(rng, rows=90, dim=request.param)


def standardised(vectors):
    return StandardScaler().fit_transform(vectors)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_values_are_those_of_sklearn_ridge(problem, penalty):
    vectors, values, _, _ = problem
    rows, targets = standardised(vectors), standardised(values)
    expected = Ridge(alpha=90 * penalty).fit(rows, targets).predict(rows) * values.std(axis=0) + values.mean(axis=0)
    np.testing.assert_allclose(LinearProbe(penalty).fit(vectors, values).predict(vectors), expected, atol=1e-9)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_logits_are_those_of_sklearn_logistic_regression(problem, penalty):
    vectors, _, labels, _ = problem
    rows = standardised(vectors)
    expected = LogisticRegression(C=1 / (90 * penalty), solver="lbfgs", tol=1e-10, max_iter=10_000).fit(rows, labels)
    found = LinearProbe(penalty).fit(vectors, labels)
    np.testing.assert_allclose(found.weights_.T, expected.coef_, atol=2e-5)
    centred = found.outputs(vectors) - found.outputs(vectors).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(centred, expected.decision_function(rows), atol=2e-4)
    assert found.predict(vectors).tolist() == expected.predict(rows).tolist()


def test_two_classes_are_a_logistic_regression_of_their_difference(rng):
    vectors, values, _, _ = planted(rng)
    labels = np.where(values[:, 0] > 0, "high", "low")
    # Two vectors of weights ±w cost |w|² together; so does one of their difference at twice the penalty.
    expected = LogisticRegression(C=2 / (120 * 0.1), tol=1e-10, max_iter=10_000).fit(standardised(vectors), labels)
    outputs = LinearProbe(0.1).fit(vectors, labels).outputs(vectors)
    np.testing.assert_allclose(
        outputs[:, 1] - outputs[:, 0], expected.decision_function(standardised(vectors)), atol=1e-4
    )


def test_the_path_is_each_penalty_by_itself(problem):
    vectors, values, labels, _ = problem
    fitted, held_out = vectors[:60], vectors[60:]
    for given, tolerance in ((values, 1e-9), (labels, 1e-2)):
        task = Task.of(given)
        answers = task.answers(given)[:60]
        # In no order, for the path is walked from the strongest penalty on.
        candidates = [{"penalty": each} for each in (0.01, 100.0, 1.0)]
        path = LinearProbe().outputs_at(candidates, fitted, task, answers, held_out)
        for candidate, found in zip(candidates, path, strict=True):
            alone = LinearProbe(**candidate).learn(fitted, task, answers).outputs(held_out)
            np.testing.assert_allclose(found, alone, atol=tolerance)


def test_having_seen_all_rows_changes_no_outputs_but_for_rounding(rng, monkeypatch):
    vectors, _, labels, _ = planted(rng, rows=90, dim=8)
    task = Task.of(labels)
    answers, candidates = task.answers(labels), [{"penalty": each} for each in (100.0, 1.0, 0.01)]
    known = LinearProbe().acquainted(vectors, task)
    out = np.arange(90) % 3 == 0
    expected = LinearProbe().outputs_at(candidates, vectors[~out], task, answers[~out], vectors[out])
    monkeypatch.setattr(linear, "coordinates_of_rows", None)  # no spectrum is computed again
    found = known.outputs_at(candidates, vectors[~out], task, answers[~out], vectors[out])
    np.testing.assert_allclose(found, expected, atol=2e-4 * np.abs(expected).max())
    assert not np.array_equal(found, expected)


def test_dimensions_that_say_the_same_make_axes_along_which_rows_do_not_spread(rng):
    """The parts of rows that are alike but for their scaling may spread a little along such axes."""
    vectors, _, labels, _ = planted(rng, rows=90, dim=8)
    vectors = np.column_stack([vectors, vectors[:, ::-1], np.ones(90)])
    task = Task.of(labels)
    answers, candidates = task.answers(labels), [{"penalty": each} for each in (100.0, 1.0, 0.01)]
    out = np.arange(90) % 3 == 0
    known = LinearProbe().acquainted(vectors, task)
    expected = LinearProbe().outputs_at(candidates, vectors[~out], task, answers[~out], vectors[out])
    found = known.outputs_at(candidates, vectors[~out], task, answers[~out], vectors[out])
    np.testing.assert_allclose(found, expected, atol=2e-4 * np.abs(expected).max())
    learnt = known.set_params(penalty=0.01).learn(vectors, task, answers).outputs(vectors)
    alone = LinearProbe(penalty=0.01).learn(vectors, task, answers).outputs(vectors)
    np.testing.assert_allclose(learnt, alone, atol=1e-6 * np.abs(alone).max())


def test_only_classes_in_no_more_dimensions_than_rows_have_use_for_it(rng):
    vectors, values, labels, _ = planted(rng, rows=30, dim=40)
    narrow, probe = vectors[:, :8], LinearProbe()
    assert probe.acquainted(vectors, Task.of(labels)) is probe
    assert probe.acquainted(narrow, Task.of(values)) is probe
    assert probe.acquainted(narrow, Task.of(labels)) is not probe


def test_gradients_are_differences_of_outputs(problem):
    vectors, values, _, _ = problem
    found = LinearProbe().fit(vectors, values)
    slopes = [(found.outputs(vectors + step) - found.outputs(vectors))[0] for step in np.eye(vectors.shape[1])]
    # The gradient is that of the standardised target.
    np.testing.assert_allclose(found.gradients() * values.std(axis=0)[:, np.newaxis], np.array(slopes).T, atol=1e-10)


def test_a_class_gradient_is_of_its_logit_against_the_mean(problem):
    vectors, _, labels, _ = problem
    gradients = LinearProbe().fit(vectors, labels).gradients()
    np.testing.assert_allclose(gradients.sum(axis=0) / np.abs(gradients).max(axis=0), 0.0, atol=1e-10)


@pytest.mark.parametrize("family", [LinearProbe, KernelProbe])
def test_a_dimension_that_never_moved_is_not_followed(rng, family):
    """Nor is one that moved by the rounding of float32."""
    vectors, values, _, _ = planted(rng)
    still = 7.0 * (1.0 + 1e-7 * rng.standard_normal((len(vectors), 1)))
    found = family().fit(np.column_stack([vectors, still]), values)
    moved = np.column_stack([vectors, np.full(len(vectors), 1e6)])
    np.testing.assert_allclose(found.predict(moved), family().fit(vectors, values).predict(vectors), atol=1e-9)


@pytest.mark.parametrize("penalty", [0.0, -1.0, np.inf, np.nan, "1", True])
def test_a_penalty_is_positive(rng, penalty):
    vectors, values, _, _ = planted(rng, rows=10)
    with pytest.raises(DataError, match="give a positive number"):
        LinearProbe(penalty).fit(vectors, values)


def test_equal_vectors_teach_nothing():
    with pytest.raises(DataError, match="All vectors are the same"):
        LinearProbe().fit(np.ones((6, 3)), np.arange(6.0))
