import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from wetdry.errors import DataError
from wetdry.probes import spaces
from wetdry.probes.logistic import Solution, combination, minimum, path
from wetdry.probes.spaces import Dual, Primal, space_of

COSTS = tuple(10.0**power for power in range(-8, 4))


def problem(rng, rows, dim, overlap=1.0):
    """Rows with a last 1 (n, dim + 1), signs (n,), and unequal importance (n,)."""
    signs = np.where(np.arange(rows) % 3 == 0, 1.0, -1.0)
    vectors = overlap * rng.standard_normal((rows, dim)) * np.geomspace(3, 0.3, dim)
    vectors[:, 0] += signs
    return np.column_stack([vectors, np.ones(rows)]), signs, np.where(signs > 0, 1.5, 0.75)


def objective(rows, signs, pulls, weights):
    return weights @ weights / 2 + pulls @ np.logaddexp(0, -signs * (rows @ weights))


def gradient(rows, signs, pulls, weights):
    return weights - rows.T @ (pulls * signs / (1 + np.exp(signs * (rows @ weights))))


@pytest.mark.parametrize("kind", [Primal, Dual.of])
@pytest.mark.parametrize("dim", [5, 80])
def test_the_gradient_vanishes_all_along_the_path(rng, kind, dim):
    rows, signs, importance = problem(rng, 60, dim)
    space = kind(rows)
    for cost, found in zip(COSTS, path(space, signs, importance, COSTS, tolerance=1e-14), strict=True):
        weights = space.weights(found.coefficients)
        size = np.linalg.norm(gradient(rows, signs, cost * importance, np.zeros_like(weights)))
        assert np.linalg.norm(gradient(rows, signs, cost * importance, weights)) < 1e-6 * size
        np.testing.assert_allclose(found.scores, rows @ weights, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("cost", [1e-6, 1e-2, 1.0, 100.0])
def test_weights_are_those_of_sklearn(rng, cost):
    rows, signs, importance = problem(rng, 90, 20)
    expected = LogisticRegression(C=cost, solver="newton-cholesky", fit_intercept=False, tol=1e-12, max_iter=1000)
    expected.fit(rows, signs, sample_weight=importance)
    for space in (Primal(rows), Dual.of(rows)):
        found = minimum(space, signs, cost * importance, np.zeros(space.size), tolerance=1e-12)
        np.testing.assert_allclose(space.weights(found.coefficients), expected.coef_[0], rtol=1e-6, atol=1e-10 * cost)


def test_one_row_has_its_closed_form():
    """½ v² + C log(1 + e^−v) is least where v = C / (1 + e^v): v = 1 for C = 1 + e."""
    for space in (Primal(np.ones((1, 1))), Dual.of(np.ones((1, 1)))):
        found = minimum(space, np.ones(1), np.full(1, 1 + np.e), np.zeros(1), tolerance=1e-14)
        assert space.weights(found.coefficients)[0] == pytest.approx(1.0, rel=1e-9)


def test_a_loose_tolerance_squares(rng):
    rows, signs, importance = problem(rng, 80, 150)
    space = Dual.of(rows)
    loose, strict = (path(space, signs, importance, COSTS, tolerance=each) for each in (1e-3, 1e-12))
    for one, other in zip(loose, strict, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=2e-3 * np.abs(other.scores).max())


def test_rows_without_importance_are_as_if_left_out(rng):
    rows, signs, importance = problem(rng, 60, 90)
    kept = np.arange(60) % 4 != 1
    for kind in (Primal, Dual.of):
        whole = kind(rows)
        part = whole.restricted(np.flatnonzero(kept))
        masked = path(whole, signs, np.where(kept, importance, 0.0), COSTS, tolerance=1e-10)
        alone = path(part, signs[kept], importance[kept], COSTS, tolerance=1e-10)
        for one, other in zip(masked, alone, strict=True):
            np.testing.assert_allclose(
                whole.weights(one.coefficients), part.weights(other.coefficients), rtol=1e-6, atol=1e-12
            )


def test_held_out_rows_are_scored_and_coefficients_spread_alike(rng):
    rows, signs, importance = problem(rng, 30, 50)
    fitted, held_out = np.arange(20), np.arange(20, 30)
    for kind in (Primal, Dual.of):
        whole = kind(rows)
        part = whole.restricted(fitted)
        found = path(part, signs[fitted], importance[fitted], [0.1])[0]
        weights = part.weights(found.coefficients)
        elsewhere = whole.scores_elsewhere(found.coefficients, fitted, held_out)
        np.testing.assert_allclose(elsewhere, rows[held_out] @ weights)
        np.testing.assert_allclose(whole.weights(whole.spread_out(found.coefficients, fitted)), weights)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.floats(-5, 3), st.sampled_from([2, 12, 60]), st.sampled_from([1e-3, 1.0, 1e3]))
def test_no_scale_and_no_separation_makes_it_diverge(seed, power, dim, cost):
    """Many dimensions separate the classes, few do not; vectors are of any length."""
    rng = np.random.default_rng(seed)
    rows, signs, importance = problem(rng, 30, dim)
    rows = rows * 10.0**power
    space = space_of(rows[:, :-1])
    assert isinstance(space, Dual) == (dim > 12)
    found = minimum(space, signs, cost * importance, np.zeros(space.size), tolerance=1e-8)
    weights = space.weights(found.coefficients)
    full = np.column_stack([rows[:, :-1], np.ones(30)])
    least = objective(full, signs, cost * importance, weights)
    for _ in range(5):
        nearby = weights * (1 + 1e-3 * rng.standard_normal(weights.size))
        assert objective(full, signs, cost * importance, nearby) >= least * (1 - 1e-9)


def test_a_start_is_the_best_combination_of_known_solutions(rng):
    rows, signs, importance = problem(rng, 50, 70)
    space = Dual.of(rows)
    known = path(space, signs, importance, COSTS[5:8])
    pulls = importance * COSTS[8]
    start = combination(space, signs, pulls, known)

    def reached(coefficients):
        return objective(rows, signs, pulls, space.weights(coefficients))

    for each in known:
        assert reached(start) < reached(each.coefficients)
        for share in (-1e-2, 1e-2):
            assert reached(start + share * each.coefficients) > reached(start)


def test_parallel_and_empty_solutions_are_no_obstacle(rng):
    rows, signs, importance = problem(rng, 30, 40)
    space = Dual.of(rows)
    one = path(space, signs, importance, [0.01])[0]
    twice = Solution(2 * one.coefficients, 2 * one.scores)
    nothing = Solution(np.zeros(30), np.zeros(30))
    alone = combination(space, signs, importance, [one])
    np.testing.assert_allclose(combination(space, signs, importance, [nothing, twice, one]), alone, rtol=1e-2)
    np.testing.assert_array_equal(combination(space, signs, importance, [nothing]), 0.0)


def test_starts_save_steps(rng, monkeypatch):
    """Costs a decade apart take at most two steps each, most of them one."""
    rows, signs, importance = problem(rng, 120, 200)
    steps = []
    own = Dual.newton
    monkeypatch.setattr(Dual, "newton", lambda *given: steps.append(1) or own(*given))
    path(Dual.of(rows), signs, importance, COSTS)
    assert len(steps) <= 18


def test_vectors_too_long_for_arithmetic_are_a_sentence():
    rows = np.array([[1e200, 1.0], [1e200, 1.0]])
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(DataError, match=r"scale the vectors|too long"):
        minimum(Dual.of(rows), np.array([1.0, -1.0]), np.ones(2), np.zeros(2))


@pytest.mark.parametrize(("most", "fewest_factors", "most_factors"), [(0, 12, 100), (4, 1, 100), (300, 0, 0)])
def test_products_and_factors_give_the_same_path(rng, monkeypatch, most, fewest_factors, most_factors):
    """No products, products that are given up at larger costs, and nothing but products."""
    rows, signs, importance = problem(rng, 300, 320)
    space = Dual.of(rows)
    expected = path(space, signs, importance, COSTS, tolerance=1e-10)
    factored = []
    own = spaces._solved
    monkeypatch.setattr(spaces, "WELL_CONDITIONED", np.inf)
    monkeypatch.setattr(spaces, "MOST_PRODUCTS", most)
    monkeypatch.setattr(spaces, "_solved", lambda inner, *given: factored.append(len(inner)) or own(inner, *given))
    for one, other in zip(path(space, signs, importance, COSTS, tolerance=1e-10), expected, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6 * np.abs(other.scores).max())
    assert fewest_factors <= factored.count(300) <= most_factors
