"""The emotions of a study: what a probe's estimates are called, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wetdry.probes import Task
from wetdry.studies.targets import AROUSAL, AROUSED, POSITIVE, QUADRANTS, VALENCE

Floats = npt.NDArray[np.float64]

RATING, PLANE_UNIT = "rating", "−1 to 1"
"""Units of ratings on a scale that is not known, and on one that was brought to −1 to 1."""


def class_names(task: Task) -> tuple[str, ...]:
    """What classes are called: quadrants by their emotions, others by their own names.

    >>> class_names(Task(("Q1", "Q2", "Q3", "Q4"), classes=True))
    ('Excitement', 'Anger', 'Sadness', 'Calmness')
    """
    return tuple(QUADRANTS.get(name, name) for name in task.names)


def emotions(task: Task) -> tuple[str, ...]:
    """Names of all that is read from a probe's estimates: numbers, or probabilities of classes.

    Quadrants also give valence and arousal, from −1 to 1: what the quadrants on either side of an axis are held
    likely, one less the other.
    """
    if not task.classes:
        return task.names
    return (*class_names(task), *((VALENCE, AROUSAL) if _are_quadrants(task) else ()))


def read_emotions(task: Task, estimates: npt.ArrayLike) -> Floats:
    """Emotions (…, emotion), in order of `emotions`, of a probe's estimates (…, output).

    >>> task = Task(("Q1", "Q2", "Q3", "Q4"), classes=True)
    >>> read_emotions(task, [0.5, 0.25, 0.25, 0.0]).tolist()
    [0.5, 0.25, 0.25, 0.0, 0.0, 0.5]
    """
    values = np.asarray(estimates, dtype=np.float64)
    if not (task.classes and _are_quadrants(task)):
        return values
    axes = [_side(task.names, side) for side in (POSITIVE, AROUSED)]
    return np.concatenate([values, values @ np.stack(axes, axis=1)], axis=-1)


def unit(task: Task, emotion: str, of_numbers: str) -> str:
    """The unit of an emotion in words; that of numbers is given."""
    if not task.classes:
        return of_numbers
    return "probability" if emotion in class_names(task) else PLANE_UNIT


def in_plane(names: Sequence[str]) -> bool:
    """Whether clips have a place in the valence–arousal plane."""
    return {VALENCE, AROUSAL} <= set(names)


def _are_quadrants(task: Task) -> bool:
    return set(task.names) == set(QUADRANTS)


def _side(names: Sequence[str], upper: Sequence[str]) -> Floats:
    """+1 for the quadrants on the upper side of an axis, −1 for the others."""
    return np.array([1.0 if name in upper else -1.0 for name in names])
