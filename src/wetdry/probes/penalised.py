"""Solutions of one penalised problem for many penalties, for numbers and for classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.coordinates import Coordinates
from wetdry.probes.softmax import LOOSE, TOLERANCE, Weights, minimum

AHEAD = 0.5
"""Of the last step along the path of solutions: a tenfold weaker penalty moves them about as far again."""


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
    path: list[Weights] = []
    # The stronger the penalty, the quicker; and where the path has led so far says where it leads next.
    for penalty in sorted(set(penalties), reverse=True):
        path.append(minimum(space, answers, penalty, _further(path), tolerance=TOLERANCE if final else LOOSE))
        found[penalty] = path[-1]
    return [found[penalty] for penalty in penalties]


def _further(path: Sequence[Weights]) -> Weights | None:
    """Where to begin: beyond the last solution, by `AHEAD` of the way from the one before."""
    if len(path) < 2:
        return path[-1] if path else None
    last, before = path[-1], path[-2]
    return Weights(*(now + AHEAD * (now - then) for now, then in zip(last, before, strict=True)))
