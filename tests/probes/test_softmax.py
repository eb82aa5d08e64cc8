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


def test_a_loose_solution_is_right_to_three_digits(rng):
    space, answers = _problem(rng)
    exact, loose = (minimum(space, answers, 0.1, tolerance=each) for each in (solver.TOLERANCE, LOOSE))
    outputs, near = (space.rows @ each.axes + each.constant for each in (exact, loose))
    assert np.abs(near - outputs).max() < 5e-3 * np.abs(outputs).max()


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


def test_no_minimum_is_a_sentence(rng, monkeypatch):
    monkeypatch.setattr(solver, "MOST_STEPS", 3)
    with pytest.raises(DataError, match="no minimum in 3 steps"):
        minimum(*_problem(rng), 0.01)
