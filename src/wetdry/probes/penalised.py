"""Solutions of one penalised problem for many penalties, for numbers and for classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.coordinates import Coordinates
from wetdry.probes.softmax import LOOSE, TOLERANCE, Weights, minimum


def solutions(
    space: Coordinates, answers: Float64, penalties: Sequence[float], *, classes: bool, final: bool = False
) -> list[Weights]:
    """The best weights for each penalty, in their order.

    Parameters
    ----------
    space
        Coordinates of n rows.
    answers
        Shape (n, output): one-hot classes, or numbers of mean 0.
    penalties
        Of the squared weights.
    classes
        Whether the loss is that of logistic regression, or the squared error.
    final
        Whether a logistic regression is solved to the last digit, or well enough to choose a penalty.
    """
    if not classes:
        constant = np.zeros(answers.shape[1])
        return [Weights(space.ridge(answers, penalty), constant) for penalty in penalties]
    found: dict[float, Weights] = {}
    start = None
    # The stronger the penalty, the quicker; and each solution is a good start for the next weaker one.
    for penalty in sorted(set(penalties), reverse=True):
        start = minimum(space, answers, penalty, start, tolerance=TOLERANCE if final else LOOSE)
        found[penalty] = start
    return [found[penalty] for penalty in penalties]
