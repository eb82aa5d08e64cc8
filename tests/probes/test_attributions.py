import numpy as np
import pytest
import shap
from planted_labels import planted

from wetdry.errors import DataError
from wetdry.probes import shap_values
from wetdry.probes.attributions import contributions, grown


@pytest.fixture
def problem(rng):
    vectors, values, _, _ = planted(rng, rows=80, dim=6)
    return vectors, values


def standardised(given, like):
    return (given - like.mean(axis=0)) / like.std(axis=0)


def test_values_are_those_of_the_shap_package(problem):
    vectors, values = problem
    fresh = 1.2 * vectors[:25]
    found = shap_values(vectors, values, fresh, seed=5)
    rows, shown = standardised(vectors, vectors), standardised(fresh, vectors).astype(np.float32)
    for target, answer in enumerate(standardised(values, values).T):
        explained = shap.TreeExplainer(grown(rows, answer, 5)).shap_values(shown)
        np.testing.assert_allclose(found[target], explained * values[:, target].std(), atol=1e-4)


def test_values_add_up_to_the_estimate(problem):
    vectors, values = problem
    import xgboost

    found = contributions(vectors, values)
    rows = standardised(vectors, vectors)
    for target, answer in enumerate(standardised(values, values).T):
        said = grown(rows, answer, 0).predict(xgboost.DMatrix(rows.astype(np.float32)))
        expected = said * values[:, target].std() + values[:, target].mean()
        np.testing.assert_allclose(found[target].sum(axis=1), expected, atol=1e-4)
    np.testing.assert_array_equal(shap_values(vectors, values), found[..., :-1])


def test_a_dimension_that_never_moves_adds_nothing(problem):
    vectors, values = problem
    vectors[:, 2] = 4.0
    found = shap_values(vectors, values[:, 0])
    assert found.shape == (1, 80, 6)
    assert (found[..., 2] == 0.0).all()
    assert np.abs(found[..., 0]).mean() > 5 * np.abs(found[..., 3]).mean()


def test_values_are_in_the_unit_of_the_target(problem):
    vectors, values = problem
    one, other = shap_values(vectors, values[:, 0]), shap_values(vectors, 100 * values[:, 0] + 7)
    np.testing.assert_allclose(other, 100 * one, atol=1e-3)


def test_the_seed_draws_what_trees_may_see(problem):
    one, again, other = (shap_values(*problem, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"answers": np.array(["calm", "tense"] * 40)}, "Classes have no SHAP values"),
        ({"answers": np.ones(80)}, "have the same 'target'"),
        ({"answers": np.arange(5.0)}, "5 labels do not fit 80 vectors"),
        ({"held_out": np.ones((3, 5))}, "5 dimensions do not fit a probe of 6"),
        ({"vectors": np.full((80, 6), np.nan)}, "80 of 80 vectors are not finite"),
    ],
)
def test_bad_input_is_a_sentence(problem, change, sentence):
    with pytest.raises(DataError, match=sentence):
        shap_values(**{"vectors": problem[0], "answers": problem[1]} | change)
