"""Multinomial logistic regression: where its gradient vanishes, from wherever it starts, however clear the classes."""

import numpy as np
import pytest
from scipy.special import softmax

from wetdry.errors import DataError
from wetdry.probes import softmax as solver
from wetdry.probes.coordinates import coordinates_of_rows
from wetdry.probes.softmax import LOOSE, Weights, minimum

CLASSES = 4


def _problem(rng, rows=150, dim=120, apart=1.0):
    """Rows of mean 0, of which few axes hold most, with classes of uneven size along some of them."""
    truth = np.minimum(rng.integers(0, 6, rows), CLASSES - 1)
    truth[:CLASSES] = np.arange(CLASSES)
    vectors = rng.standard_normal((rows, dim)) @ (
        rng.standard_normal((dim, dim)) / np.arange(1, dim + 1)[:, np.newaxis]
    )
    vectors += apart * rng.standard_normal((CLASSES, dim))[truth]
    return coordinates_of_rows(vectors - vectors.mean(axis=0)), np.eye(CLASSES)[truth]


def _gradient(space, answers, penalty, found):
    missed = softmax(space.rows @ found.axes + found.constant, axis=1) - answers
    return np.vstack([space.rows.T @ missed + penalty * found.axes, missed.sum(axis=0)])


@pytest.mark.parametrize("penalty", [1e5, 100.0, 1.0, 0.01])
@pytest.mark.parametrize("apart", [0.1, 5.0], ids=["mixed", "separable"])
def test_the_gradient_vanishes(rng, penalty, apart):
    space, answers = _problem(rng, apart=apart)
    found = minimum(space, answers, penalty)
    at_zero = _gradient(space, answers, penalty, Weights(np.zeros_like(found.axes), np.zeros(CLASSES)))
    assert np.abs(_gradient(space, answers, penalty, found)).max() < 1e-6 * np.abs(at_zero).max()
    np.testing.assert_allclose(found.axes.sum(axis=1), 0.0, atol=1e-12 * np.abs(found.axes).max())
    assert found.constant.sum() == pytest.approx(0.0, abs=1e-10)


def test_where_it_starts_does_not_matter(rng):
    space, answers = _problem(rng)
    found = minimum(space, answers, 1.0)
    far = Weights(10.0 * rng.standard_normal(found.axes.shape), 10.0 * rng.standard_normal(CLASSES))
    again = minimum(space, answers, 1.0, far)
    np.testing.assert_allclose(again.axes, found.axes, atol=1e-6 * np.abs(found.axes).max())
    np.testing.assert_allclose(again.constant, found.constant, atol=1e-6)


@pytest.mark.parametrize("penalty", [1e-3, 1e-4], ids="{:g} a row".format)
def test_a_rare_class_among_fewer_rows_than_dimensions_is_learnt_to_the_last_digit(penalty):
    """All rows are told apart, so that the objective is less than the rounding of all their losses."""
    for seed in range(2):
        draw = np.random.default_rng(seed)
        rows = draw.standard_normal((206, 400))
        rare = draw.random(206) < 0.03
        rare[:2] = True, False
        space = coordinates_of_rows((rows - rows.mean(axis=0)) / rows.std(axis=0))
        answers = np.eye(2)[rare.astype(int)]
        found = minimum(space, answers, 206 * penalty)
        assert np.abs(_gradient(space, answers, 206 * penalty, found)).max() < 1e-8 * 206


def test_a_start_that_is_sure_of_the_wrong_class_is_no_trap(rng):
    """From there the first step leads to where all rows seem sure and nothing bends, and steps mislead by far."""
    rows = rng.standard_normal((204, 20))
    space = coordinates_of_rows((rows - rows.mean(axis=0)) / rows.std(axis=0))
    answers = np.eye(2)[(np.arange(204) < 4).astype(int)]
    penalty = 3e3 * 204
    found = minimum(space, answers, penalty)
    for wrong in np.linspace(0.5, 5.0, 19):
        again = minimum(space, answers, penalty, Weights(found.axes, -wrong * found.constant))
        np.testing.assert_allclose(again.constant, found.constant, atol=1e-6)


def test_a_loose_solution_is_right_to_more_than_three_digits(rng):
    space, answers = _problem(rng)
    exact, loose = (minimum(space, answers, 0.1, tolerance=each) for each in (solver.TOLERANCE, LOOSE))
    outputs, near = (space.rows @ each.axes + each.constant for each in (exact, loose))
    assert np.abs(near - outputs).max() < 5e-4 * np.abs(outputs).max()


def test_the_blocks_save_steps(rng, monkeypatch):
    """Clear classes and a small penalty leave few rows that bend the losses, far from evenly along the axes."""
    space, answers = _problem(rng, rows=300, apart=2.0)
    start = minimum(space, answers, 1.0)

    def steps():
        taken = []
        monkeypatch.setattr(solver._Problem, "at", lambda *given: taken.append(None) or _at(*given))
        minimum(space, answers, 0.1, start, tolerance=LOOSE)
        return len(taken)

    _at = solver._Problem.at
    with_blocks = steps()
    monkeypatch.setattr(solver, "LARGEST_BLOCK", 0)
    assert with_blocks < 0.7 * steps()


def test_a_first_step_between_two_classes_is_newtons(rng):
    rows = rng.standard_normal((80, 5))
    space = coordinates_of_rows(rows - rows.mean(axis=0))
    answers = np.eye(2)[rng.integers(0, 2, 80)]
    problem = solver._Problem.of(space, answers, 0.5)
    one = rng.standard_normal(6)
    here = problem.at(np.stack([one, -one]))
    curvature = solver._Curvature()
    curvature.begin(problem, here)
    step = curvature.downhill(here.gradient)
    # As a problem of the weights `one` alone, whose scores are twice as far apart.
    bends = 4.0 * here.shares[0] * here.shares[1]
    hessian = (problem.rows.T * bends) @ problem.rows + 2.0 * np.diag(problem.penalty)
    newton = -np.linalg.solve(hessian, here.gradient[0] - here.gradient[1])
    np.testing.assert_allclose(step, [newton, -newton], rtol=1e-4)


def test_no_minimum_is_a_sentence(rng, monkeypatch):
    monkeypatch.setattr(solver, "MOST_STEPS", 3)
    with pytest.raises(DataError, match="no minimum in 3 steps"):
        minimum(*_problem(rng), 0.01)
