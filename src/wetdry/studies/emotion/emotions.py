"""The emotions of a study: what a probe's estimates are called, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wetdry.errors import DataError
from wetdry.probes import Task
from wetdry.studies.labelled import PLANE_UNIT
from wetdry.studies.targets import AROUSAL, QUADRANTS, VALENCE, plane_of_quadrants, quadrant_of, quadrants_of

Floats = npt.NDArray[np.float64]

COLUMNS = ("encoder", "layer", "probe", "item", "group", "effect", "level", "control", "key", "novelty")
"""Of the table of estimates, beside which each emotion has a column of its own."""


def check_names(task: Task) -> None:
    """Refuse emotions that are called like what tables say of them."""
    for name in task.names:
        if name in COLUMNS:
            raise DataError(f'A {"class" if task.classes else "label"} is called "{name}", as a column is: rename it.')


def class_names(task: Task) -> tuple[str, ...]:
    """What classes are called: quadrants, under any of their usual names, by their emotions; others by their own names.

    >>> class_names(Task(("e1", "e2", "e3", "e4"), classes=True)), class_names(Task(("Q1", "tense"), classes=True))
    (('Excitement', 'Anger', 'Sadness', 'Calmness'), ('Q1', 'tense'))
    """
    quadrants = [quadrant_of(name) for name in task.names]
    if "" in quadrants or len(set(quadrants)) < len(quadrants):
        return task.names
    return tuple(QUADRANTS[quadrant] for quadrant in quadrants)


def emotions(task: Task) -> tuple[str, ...]:
    """Names of all that is read from a probe's estimates: numbers, or probabilities of classes.

    Quadrants also give valence and arousal, from −1 to 1: what the quadrants on either side of an axis are held
    likely, one less the other.
    """
    if not task.classes:
        return task.names
    return (*class_names(task), *((VALENCE, AROUSAL) if quadrants_of(task.names) else ()))


def read_emotions(task: Task, estimates: npt.ArrayLike) -> Floats:
    """Emotions (…, emotion), in order of `emotions`, of a probe's estimates (…, output).

    >>> task = Task(("Q1", "Q2", "Q3", "Q4"), classes=True)
    >>> read_emotions(task, [0.5, 0.25, 0.25, 0.0]).tolist()
    [0.5, 0.25, 0.25, 0.0, 0.0, 0.5]
    """
    values = np.asarray(estimates, dtype=np.float64)
    quadrants = quadrants_of(task.names) if task.classes else None
    return values if quadrants is None else np.concatenate([values, plane_of_quadrants(values, quadrants)], axis=-1)


def unit(task: Task, emotion: str, of_numbers: str) -> str:
    """The unit of an emotion in words; that of numbers is given."""
    if not task.classes:
        return of_numbers
    return "probability" if emotion in class_names(task) else PLANE_UNIT


def in_plane(names: Sequence[str]) -> bool:
    """Whether clips have a place in the valence–arousal plane."""
    return {VALENCE, AROUSAL} <= set(names)
