"""Multinomial logistic regression with a quadratic penalty, along the axes of the rows' spectrum.

Minimises Σ −log softmax(Φ W + b)[class] + ½ penalty |W|², the constant b free, by the method of Broyden, Fletcher,
Goldfarb and Shanno with limited memory (Nocedal and Wright 2006, Numerical optimization, section 7.2), each step of
which takes two products with Φ. How many it takes is a matter of the Hessian that it begins with. Ours has a block for
each class, of the few axes along which the losses bend far more than the penalty does, and their mean curvature along
all others: as axes are orthogonal to each other and to the constant, little is missing.

Inside, weights are (class, axis + 1), the constant last, so that what is summed over rows lies in one piece.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes.coordinates import Coordinates

TOLERANCE = 1e-15
"""Decrease of the objective promised by the next step, as a share of it, at which a solution is final."""

LOOSE = 1e-9
"""The same for a solution that is but compared with others: outputs are right to more than three digits."""

MOST_STEPS = 2000
REMEMBERED = 8
"""Steps that correct the Hessian."""

RENEWED = 32
"""Steps after which its blocks are computed anew: later than most solutions that are but compared take."""

STEEP = 3.0
"""Axes along which the losses bend so many times as much as the penalty share a block."""

LARGEST_BLOCK = 64

FLATTEST = 1e-5
"""Mean curvature along the constant, which has no penalty, below which it is not trusted to stay so small."""

ROUNDING = 1e-15
"""Of the loss of one row."""

SUFFICIENT = 1e-4
SMALLEST_STEP = 2.0**-40


class Weights(NamedTuple):
    """Weights (axis, class) and constants (class,)."""

    axes: Float64
    constant: Float64


def minimum(
    space: Coordinates, answers: Float64, penalty: float, start: Weights | None = None, *, tolerance: float = TOLERANCE
) -> Weights:
    """The best weights for one-hot answers (n, class), from `start` on; they sum to 0 over the classes."""
    problem = _Problem.of(space, answers, penalty)
    here = problem.at(_within(start, problem))
    curvature = _Curvature()
    for taken in range(MOST_STEPS):
        if taken % RENEWED == 0:
            curvature.begin(problem, here)
        step = curvature.downhill(here.gradient)
        promised = -float(np.vdot(here.gradient, step))
        if promised <= tolerance * here.value:
            return _outside(here)
        there = _first_lower(problem, here, step, promised)
        if there is not None:
            curvature.learn(here, there)
            here = there
        elif curvature.has_learnt:
            # Steps from elsewhere, as from where all rows seemed sure, may mislead by any factor.
            curvature = _Curvature()
            curvature.begin(problem, here)
        else:
            # It falls in that direction, so that nothing is left to gain but rounding.
            return _outside(here)
    raise DataError(f"A logistic regression found no minimum in {MOST_STEPS} steps: leave out small penalties.")


class _Point(NamedTuple):
    """Weights (class, axis + 1), the objective and its gradient there, and the probabilities (class, n) of the rows."""

    weights: Float64
    value: float
    gradient: Float64
    shares: Float64


class _Problem(NamedTuple):
    """What is minimised.

    Attributes
    ----------
    rows, turned
        Shape (n, axis + 1), and the same turned: the last column is the constant. Products are quickest along memory.
    spread, penalty
        Of each column (axis + 1,): its sum of squares, and what its squared weights cost.
    answers
        One-hot classes (class, n).
    """

    rows: Float64
    turned: Float64
    spread: Float64
    penalty: Float64
    answers: Float64

    @classmethod
    def of(cls, space: Coordinates, answers: Float64, penalty: float) -> _Problem:
        count, axes = space.rows.shape
        rows = np.hstack([space.rows, np.ones((count, 1))])
        return cls(
            rows,
            np.ascontiguousarray(rows.T),
            np.append(space.spread, count),
            np.append(np.full(axes, penalty), 0.0),
            np.ascontiguousarray(answers.T),
        )

    def at(self, weights: Float64) -> _Point:
        scores = weights @ self.turned
        scores -= scores.max(axis=0)
        right = float(np.vdot(scores, self.answers))
        shares = np.exp(scores)
        total = shares.sum(axis=0)
        shares /= total
        pull = self.penalty * weights
        value = float(np.log(total).sum()) - right + 0.5 * float(np.vdot(pull, weights))
        return _Point(weights, value, (shares - self.answers) @ self.rows + pull, shares)


class _Curvature:
    """What is known of the Hessian: from the probabilities at one point, and from the latest steps."""

    def __init__(self) -> None:
        self._steps: list[tuple[Float64, Float64, float]] = []

    @property
    def has_learnt(self) -> bool:
        """Whether it is of steps too, not of one point alone."""
        return bool(self._steps)

    def begin(self, problem: _Problem, point: _Point) -> None:
        """Compute the blocks, and the mean curvature along other axes, from the probabilities at a point."""
        classes = len(point.shares)
        # Classes bend the losses against each other as well, which is no block's: of weights against their mean, it
        # adds exactly this much where there are two, or all are equally likely.
        bends = point.shares * (1.0 - point.shares) * (classes / (classes - 1.0))
        mean = bends.mean(axis=1)
        constant = len(problem.spread) - 1
        steep = int((mean.max() * problem.spread[:-1] > STEEP * problem.penalty[:-1]).sum())
        # Spread rises with the axes, so that the steepest are the last; the constant is always one of the block.
        self._block = slice(constant - min(steep, LARGEST_BLOCK), None)
        penalty = problem.penalty.copy()
        penalty[constant] = FLATTEST * len(problem.rows)
        columns = problem.rows[:, self._block]
        blocks = np.stack([(columns.T * bend) @ columns for bend in bends])
        self._inverse = np.linalg.inv(blocks + np.diag(penalty[self._block]))
        self._scale = 1.0 / (np.outer(mean, problem.spread) + penalty)

    def downhill(self, gradient: Float64) -> Float64:
        """Nearly minus the inverse Hessian times a gradient (class, axis + 1)."""
        left, shares = gradient, []
        for step, change, product in reversed(self._steps):
            shares.append(float(np.vdot(step, left)) / product)
            left = left - shares[-1] * change
        found = self._begun(left)
        for (step, change, product), share in zip(self._steps, reversed(shares), strict=True):
            found += (share - float(np.vdot(change, found)) / product) * step
        return -found

    def learn(self, here: _Point, there: _Point) -> None:
        """Take in one more step."""
        step, change = there.weights - here.weights, there.gradient - here.gradient
        product = float(np.vdot(step, change))
        if product > 0.0:  # as of anything convex, but for rounding
            self._steps = [*self._steps[1 - REMEMBERED :], (step, change, product)]

    def _begun(self, gradient: Float64) -> Float64:
        """The inverse times a gradient, as far as no step has corrected it."""
        found = self._scale * gradient
        found[:, self._block] = np.matmul(self._inverse, gradient[:, self._block, np.newaxis])[:, :, 0]
        return _against_the_mean(found)


def _first_lower(problem: _Problem, here: _Point, step: Float64, promised: float) -> _Point | None:
    """The first of the whole step, half of it, and so on, that lowers the objective by enough of what is promised.

    Where that is too little to be told from rounding, it is the slope that must not have risen too far beyond 0, which
    is the same of a parabola (Hager and Zhang 2005): else steps would go back and forth, as far as rounding lets them.
    """
    length, rounding = 1.0, ROUNDING * len(problem.rows)
    while length >= SMALLEST_STEP:
        there = problem.at(here.weights + length * step)
        gained = here.value - there.value
        if gained >= SUFFICIENT * length * promised + rounding:
            return there
        slope = float(np.vdot(there.gradient, step))
        if gained >= -rounding and slope <= (1.0 - 2.0 * SUFFICIENT) * promised:
            return there
        length /= 2.0
    return None


def _within(weights: Weights | None, problem: _Problem) -> Float64:
    """Weights as (class, axis + 1), against their mean over classes; zeros without any."""
    if weights is None:
        return np.zeros((len(problem.answers), len(problem.spread)))
    return _against_the_mean(np.column_stack([weights.axes.T, weights.constant]))


def _outside(point: _Point) -> Weights:
    found = _against_the_mean(point.weights)
    return Weights(np.ascontiguousarray(found[:, :-1].T), found[:, -1].copy())


def _against_the_mean(weights: Float64) -> Float64:
    """Less what all classes share, to which probabilities are blind and which only adds to the penalty."""
    centred: Float64 = weights - weights.mean(axis=0)
    return centred
