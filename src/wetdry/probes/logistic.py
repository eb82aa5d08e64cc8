"""Logistic regression with a quadratic penalty, exactly, for a whole path of costs.

Minimises penalty(f) + Σ pullᵢ log(1 + exp(−yᵢ fᵢ)) over the functions of a `Space`, by Newton's method with step
halving (Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, algorithm 3.1). It converges also where
the classes are separable, for the penalty keeps the solution finite, and halving keeps every step on its way there.

What makes a path fast is where a cost starts: at the best combination of the solutions for smaller costs. Restricted to
their span, the problem is the same with a handful of weights, solved in microseconds, and from there one or two steps
are enough, however far apart the costs are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes.spaces import Primal, Space

TOLERANCE = 1e-5
"""Squared length of the step that may be the last, as a share of the solution's: Newton's steps square the error."""

SPANNED = 4
"""Solutions whose span is searched for a start: more save hardly a step."""

PARALLEL = 1e-10
"""Share of the largest variance of normalised solutions below which a direction of their span is rounding."""

ROUNDING = 1e-12
MOST_STEPS = 200
SUFFICIENT = 1e-4
"""Share of the decrease promised by the slope that a step must achieve, or be halved."""


class Solution(NamedTuple):
    """A function by its coefficients (k,), and its scores (n,) of the rows."""

    coefficients: Float64
    scores: Float64


def path(
    space: Space, signs: Float64, importance: Float64, costs: Sequence[float], *, tolerance: float = TOLERANCE
) -> list[Solution]:
    """Solutions for rising costs.

    Parameters
    ----------
    space
        Functions of n rows.
    signs
        +1 for positive rows and −1 for negative ones, shape (n,).
    importance
        What each row's loss counts, shape (n,); rows of importance 0 are as if left out.
    costs
        What losses cost relative to the penalty, rising.
    tolerance
        See `TOLERANCE`.
    """
    found: list[Solution] = []
    for cost in costs:
        pulls = cost * importance
        start = combination(space, signs, pulls, found[-SPANNED:])
        found.append(minimum(space, signs, pulls, start, tolerance=tolerance))
    return found


def combination(space: Space, signs: Float64, pulls: Float64, known: Sequence[Solution]) -> Float64:
    """Coefficients (k,) of the best function among all linear combinations of `known` ones; zeros without any."""
    if not known:
        return np.zeros(space.size)
    coefficients = np.stack([each.coefficients for each in known])
    scores = np.stack([each.scores for each in known])
    inner = space.inner(coefficients, coefficients, scores)
    lengths = np.sqrt(np.maximum(np.diagonal(inner), np.finfo(np.float64).tiny))
    variances, axes = np.linalg.eigh((inner + inner.T) / 2 / lengths / lengths[:, np.newaxis])
    kept = variances > PARALLEL * variances[-1]
    # Mixtures of the known functions that are orthonormal under the penalty.
    mixing = (axes[:, kept] / np.sqrt(variances[kept])).T / lengths
    latest = mixing @ inner[:, -1]
    best = minimum(Primal((mixing @ scores).T), signs, pulls, latest)
    combined: Float64 = best.coefficients @ mixing @ coefficients
    return combined


def minimum(space: Space, signs: Float64, pulls: Float64, start: Float64, *, tolerance: float = TOLERANCE) -> Solution:
    """The function that minimises the objective, from the coefficients `start` (k,) on; arguments as for `path`."""
    coefficients, scores = start, space.scores(start)
    for _ in range(MOST_STEPS):
        size = float(space.inner(coefficients, coefficients, scores))
        wrong = expit(-signs * scores)
        slope = pulls * wrong * signs
        downhill = space.downhill(coefficients, slope)
        downhill_scores = space.scores(downhill)
        # The squared gradient is no less than the squared distance from the minimum.
        if float(space.inner(downhill, downhill, downhill_scores)) <= tolerance**2 * size:
            return Solution(coefficients, scores)
        curvature = pulls * wrong * (1.0 - wrong)
        target = coefficients + space.newton(curvature, downhill, downhill_scores)
        reached = space.scores(target)
        line = _Line(
            size,
            float(space.inner(coefficients, target, reached)),
            float(space.inner(target, target, reached)),
            signs * scores,
            signs * reached,
            pulls,
        )
        saved = float(slope @ (reached - scores)) - (line.across - size)
        length = line.sufficient(saved)
        if length == 1.0 and saved <= tolerance * line.end + ROUNDING * line.value(1.0):
            return Solution(target, reached)
        coefficients = coefficients + length * (target - coefficients)
        scores = scores + length * (reached - scores)
    raise DataError(
        f"A logistic regression found no minimum in {MOST_STEPS} steps: scale the vectors, or leave out large costs."
    )


class _Line(NamedTuple):
    """The objective between two functions: its penalty is a parabola, its losses are summed."""

    begin: float
    across: float
    end: float
    margins: Float64
    end_margins: Float64
    pulls: Float64

    def value(self, length: float) -> float:
        # Written as a mean, for a difference of large numbers would leave nothing but rounding of a small one.
        stay = 1.0 - length
        penalty = 0.5 * (stay**2 * self.begin + 2.0 * length * stay * self.across + length**2 * self.end)
        return penalty + float(self.pulls @ np.logaddexp(0.0, -stay * self.margins - length * self.end_margins))

    def sufficient(self, saved: float) -> float:
        """The first of 1, ½, ¼ … at which enough of what the slope promises is `saved`, within rounding."""
        begin = self.value(0.0)
        length = 1.0
        while self.value(length) > begin - SUFFICIENT * length * saved + ROUNDING * begin:
            length /= 2.0
        return length
