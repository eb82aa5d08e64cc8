"""Multinomial logistic regression with a quadratic penalty, along the axes of the rows' spectrum.

Minimises Σ −log softmax(Φ W + b)[class] + ½ penalty |W|², the constant b free, by Newton's method with step halving.
As the axes are orthogonal to each other and to the constant, the diagonal of the Hessian is much of it, and conjugate
gradients preconditioned by it take a Newton step in a few products with Φ.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes.coordinates import Coordinates

TOLERANCE = 1e-14
"""Decrease of the objective promised by the next step, as a share of it, at which a solution is final."""

LOOSE = 1e-6
"""The same for a solution that is but compared with others: outputs are right to about three digits."""

MOST_STEPS = 100
MOST_PRODUCTS = 200
INEXACT = 0.01
"""Share of the gradient that a Newton step may leave: the next one makes up for it."""

SUFFICIENT = 1e-4
SMALLEST_STEP = 2.0**-40


class Weights(NamedTuple):
    """Weights (axis, class) and constants (class,)."""

    axes: Float64
    constant: Float64

    def plus(self, other: Weights, length: float) -> Weights:
        return Weights(self.axes + length * other.axes, self.constant + length * other.constant)

    def against_the_mean(self) -> Weights:
        """The same less what all classes share, to which probabilities are blind and which only adds to the penalty."""
        return Weights(self.axes - self.axes.mean(axis=1, keepdims=True), self.constant - self.constant.mean())

    def dot(self, other: Weights) -> float:
        return float((self.axes * other.axes).sum() + (self.constant * other.constant).sum())


def minimum(
    space: Coordinates, answers: Float64, penalty: float, start: Weights | None = None, *, tolerance: float = TOLERANCE
) -> Weights:
    """The best weights for one-hot answers (n, class), from `start` on; they sum to 0 over the classes."""
    found = start or Weights(np.zeros((len(space.spread), answers.shape[1])), np.zeros(answers.shape[1]))
    scores, value = _objective(space, answers, penalty, found)
    for _ in range(MOST_STEPS):
        shares = np.exp(log_softmax(scores, axis=1))
        missed = shares - answers
        gradient = Weights(space.rows.T @ missed + penalty * found.axes, missed.sum(axis=0))
        step = _newton(space, shares, penalty, gradient)
        promised = -gradient.dot(step)
        if promised <= tolerance * value:
            return found.against_the_mean()
        length = 1.0
        while True:
            tried = found.plus(step, length)
            scores, reached = _objective(space, answers, penalty, tried)
            if reached <= value - SUFFICIENT * length * promised:
                break
            length /= 2.0
            if length < SMALLEST_STEP:
                # Nothing is left to gain but rounding.
                return found.against_the_mean()
        found, value = tried, reached
    raise DataError(f"A logistic regression found no minimum in {MOST_STEPS} steps: leave out small penalties.")


def _objective(space: Coordinates, answers: Float64, penalty: float, weights: Weights) -> tuple[Float64, float]:
    scores = space.rows @ weights.axes + weights.constant
    loss = -float((log_softmax(scores, axis=1) * answers).sum())
    return scores, loss + 0.5 * penalty * float(np.square(weights.axes).sum())


def _newton(space: Coordinates, shares: Float64, penalty: float, gradient: Weights) -> Weights:
    """Nearly minus the inverse Hessian times the gradient, by preconditioned conjugate gradients."""
    curvature = (shares * (1.0 - shares)).mean(axis=0)
    along = 1.0 / (np.outer(space.spread, curvature) + penalty)
    across = 1.0 / np.maximum(curvature * len(shares), np.finfo(np.float64).tiny)

    def conditioned(weights: Weights) -> Weights:
        return Weights(along * weights.axes, across * weights.constant)

    def curved(weights: Weights) -> Weights:
        moved = shares * (space.rows @ weights.axes + weights.constant)
        moved -= shares * moved.sum(axis=1, keepdims=True)
        return Weights(space.rows.T @ moved + penalty * weights.axes, moved.sum(axis=0))

    solution = Weights(np.zeros_like(gradient.axes), np.zeros_like(gradient.constant))
    residual = Weights(-gradient.axes, -gradient.constant)
    way = conditioned(residual)
    size = residual.dot(way)
    enough = INEXACT**2 * size
    for _ in range(MOST_PRODUCTS):
        if size <= enough:
            break
        applied = curved(way)
        length = size / way.dot(applied)
        solution, residual = solution.plus(way, length), residual.plus(applied, -length)
        ahead = conditioned(residual)
        before, size = size, residual.dot(ahead)
        way = ahead.plus(way, size / before)
    return solution
