import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.feature_selection import r_regression

from wetdry.probes import SELECTIONS
from wetdry.probes.attributions import importance
from wetdry.probes.selection import pearson, principal_components, reductions


@pytest.fixture
def problem(rng):
    rows = rng.standard_normal((90, 30))
    # The second target follows the size of a dimension, which trees see and a correlation does not.
    answers = np.column_stack([rows[:, 3] - 0.6 * rows[:, 7], 3 * np.abs(rows[:, 20]) + 0.4 * rows[:, 5]])
    rows, answers = (each - each.mean(axis=0) for each in (rows, answers + 0.1 * rng.standard_normal((90, 2))))
    return rows / rows.std(axis=0), answers / answers.std(axis=0)


def columns(selection, problem, k=5):
    return [set(each.chosen.tolist()) for each in reductions(selection, *problem, k, 0)]


def test_correlations_are_those_of_sklearn(problem):
    rows, answers = problem
    expected = np.column_stack([r_regression(rows, each) for each in answers.T])
    np.testing.assert_allclose(pearson(rows, answers), expected, atol=1e-12)


def test_a_constant_correlates_with_nothing():
    # The mean of three times 0.1 is not 0.1.
    rows = np.array([[0.1, 2.0], [0.1, 4.0], [0.1, 9.0]])
    found = pearson(rows, np.column_stack([rows[:, 1], -rows[:, 1], np.full(3, 0.1)]))
    np.testing.assert_allclose(found, [[0.0, 0.0, 0.0], [1.0, -1.0, 0.0]])


def test_planted_dimensions_are_named_by_the_ranking_that_can_see_them(problem):
    by_r, by_shap = columns("pearson", problem, k=2), columns("shap", problem, k=2)
    assert by_r[0] == by_shap[0] == {3, 7}
    assert 20 in by_shap[1]
    assert 20 not in by_r[1]


def test_union_and_intersection_are_of_the_two_rankings(problem):
    by_r, by_shap, either, both = (columns(each, problem) for each in ("pearson", "shap", "union", "intersection"))
    assert either == [one | other for one, other in zip(by_r, by_shap, strict=True)]
    assert both == [one & other for one, other in zip(by_r, by_shap, strict=True)]
    assert by_r[1] != by_shap[1]


def test_rankings_without_a_common_dimension_leave_the_best_correlation(problem):
    by_r, by_shap, both = (columns(each, problem, k=1)[1] for each in ("pearson", "shap", "intersection"))
    assert not by_r & by_shap
    assert both == by_r


def test_principal_components_are_those_of_sklearn(problem):
    rows, answers = problem
    expected = PCA(4).fit_transform(rows)
    found = reductions("pca", rows, answers, 4, 0)
    for each in found:
        np.testing.assert_allclose(np.abs(each.applied(rows)), np.abs(expected), atol=1e-8)
    largest = np.abs(found[0].basis).argmax(axis=0)
    assert (found[0].basis[largest, np.arange(4)] > 0).all()


def test_no_more_is_kept_than_there_is(rng):
    rows = rng.standard_normal((6, 4))
    answers = rng.standard_normal((6, 1))
    assert columns("pearson", (rows, answers), k=9) == [{0, 1, 2, 3}]
    assert principal_components(rows - rows.mean(axis=0), 9).width == 4


def test_importance_is_that_of_the_dimensions_that_count(problem):
    found = importance(problem[0], problem[1][:, 0])
    assert found.argmax() == 3
    assert found[[3, 7]].min() > 3 * np.delete(found, [3, 7]).max()
    assert SELECTIONS == ("pearson", "shap", "union", "intersection", "pca")
