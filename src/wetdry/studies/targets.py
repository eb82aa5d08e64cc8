"""Which labels of a data set an estimate is learnt from or held against: classes, or numbers such as valence."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.datasets import Dataset, Item
from wetdry.errors import DataError
from wetdry.probes import Task
from wetdry.registry import did_you_mean
from wetdry.studies.labels import class_labels

VALENCE, AROUSAL = "valence", "arousal"
QUADRANT = "quadrant"
QUADRANTS = {"Q1": "Excitement", "Q2": "Anger", "Q3": "Sadness", "Q4": "Calmness"}
"""Of the valence–arousal plane, counted from the upper right against the clock, and what they are called."""

POSITIVE, AROUSED = ("Q1", "Q4"), ("Q1", "Q2")
"""The quadrants on the upper side of each axis."""

USUAL_NAME = re.compile("[QEqe]([1-4])")
"""Of a quadrant in data sets."""

LARGEST = 1e100
"""Of a number: sums of squares of larger ones overflow."""

Label = str | tuple[float, ...]


@dataclass(frozen=True)
class Targets:
    """What clips are labelled with, in one shape for classes and for numbers.

    Attributes
    ----------
    task
        The classes, or the names of the numbers.
    labels
        Item → its class, or its numbers in order of the names. An item that lacks one of them is not here.
    wanted
        Names of the labels, as `targets_of` takes them.
    """

    task: Task
    labels: dict[str, Label]
    wanted: str = ""

    def of(self, items: Sequence[str]) -> npt.NDArray[np.float64] | npt.NDArray[np.str_]:
        """Labels of items by their ids, as `fit_probe` takes them: text (n,), or numbers (n, target)."""
        found = [self.labels[item] for item in items]
        if self.task.classes:
            return np.array(found, dtype=str)
        return np.array(found, dtype=np.float64).reshape(len(found), len(self.task.names))


def targets_of(data: Dataset, wanted: str | None = None) -> Targets:
    """The labels called `wanted` of a data set, or those that it is usually used for.

    Parameters
    ----------
    data
        Any labelled set.
    wanted
        The name of one label of classes such as `quadrant`, or names of numbers such as `valence,arousal`. If None:
        valence and arousal where both are numbers, else the quadrant, else the label that names classes, else all
        numbers.

    Raises
    ------
    DataError
        Where there is no such label, fewer than two classes, a number that is the same for all, or both text and
        numbers.
    """
    names = _usual(data) if wanted is None else _named(data, wanted)
    kinds = {name: _kind(data, name) for name in names}
    if set(kinds.values()) == {float}:
        return _numbers(data, names)
    if len(names) > 1:
        raise DataError(
            f"{data.name}: an estimate is of one label with classes, or of numbers, and {', '.join(names)} are "
            "neither; name one of them."
        )
    return _classes(data, names[0])


def usual_numbers(data: Dataset) -> str | None:
    """Names of the numbers that a study of ratings is of where none are named: valence and arousal, else all there are.

    None where there are no numbers. As `targets_of` takes them.
    """
    numbers = _numeric(data)
    if {VALENCE, AROUSAL} <= set(numbers):
        return f"{VALENCE},{AROUSAL}"
    return ",".join(numbers) or None


def _numeric(data: Dataset) -> list[str]:
    known = dict.fromkeys(name for item in data for name in item.labels)
    return [name for name in known if _kind(data, name) is float]


def _named(data: Dataset, wanted: str) -> list[str]:
    known = {name for item in data for name in item.labels}
    names = list(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
    if not names:
        raise DataError("No label was named; name none at all, or one such as quadrant or valence,arousal.")
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) if known else "its items have no labels"
            raise DataError(f'{data.name} has no label "{name}": {hint}')
    return names


def _usual(data: Dataset) -> list[str]:
    """Names of the labels that are taken where none are named."""
    known = dict.fromkeys(name for item in data for name in item.labels)
    numbers = _numeric(data)
    if {VALENCE, AROUSAL} <= set(numbers):
        return [VALENCE, AROUSAL]
    if QUADRANT in known:
        return [QUADRANT]
    if of_classes := class_labels(data):
        return [next(name for name in known if _holds(data, name, of_classes))]
    if not numbers:
        raise DataError(
            f"{data.name} has no label to learn: give a set with labels, such as classes:PATH, or a csv:FILE with a "
            "column valence."
        )
    return numbers


def _holds(data: Dataset, name: str, classes: dict[str, str]) -> bool:
    """Whether `classes` are what the items say under `name`."""
    return classes == {item.id: str(item.labels[name]) for item in data if name in item.labels}


def _kind(data: Dataset, name: str) -> type:
    """`str` or `float`; raises where some items have text under this name and others numbers."""
    kinds = {str if isinstance(item.labels[name], str) else float for item in data if name in item.labels}
    if len(kinds) > 1:
        raise DataError(f'{data.name}: "{name}" is text for some items and a number for others; make them alike.')
    return kinds.pop()


def _numbers(data: Dataset, names: list[str]) -> Targets:
    labels = {
        item.id: tuple(_finite(data, item, name) for name in names)
        for item in data
        if all(name in item.labels for name in names)
    }
    if not labels:
        raise DataError(f"{data.name}: no item has all of {', '.join(names)}; name fewer labels.")
    for position, name in enumerate(names):
        values = {numbers[position] for numbers in labels.values()}
        if len(values) == 1:
            raise DataError(
                f'{data.name}: "{name}" is {values.pop():g} for every clip, so that there is nothing to learn; '
                "name another label or give more clips."
            )
    return Targets(Task(tuple(names), classes=False), dict(labels), ",".join(names))


def _finite(data: Dataset, item: Item, name: str) -> float:
    value = float(item.labels[name])
    if not math.isfinite(value):
        raise DataError(f'{data.name}: "{name}" of {item.id} is {value}, no finite number; correct or remove it.')
    if abs(value) > LARGEST:
        raise DataError(
            f'{data.name}: "{name}" of {item.id} is {value:g}, too large to be learnt; correct or remove it.'
        )
    return value


def _classes(data: Dataset, name: str) -> Targets:
    labels = class_labels(data, name)
    classes = tuple(sorted(set(labels.values())))
    if len(classes) < 2:
        raise DataError(
            f'{data.name}: every clip is "{classes[0]}" by its label "{name}", so that there is nothing to tell apart; '
            "give clips of two classes or more."
        )
    return Targets(Task(classes, classes=True), dict(labels), name)


def quadrants_of(classes: Sequence[str]) -> tuple[str, ...] | None:
    """Which quadrant each class is, `Q1` to `Q4`, if they are the four quadrants under one of their usual names.

    >>> quadrants_of(("e1", "e2", "e3", "e4")), quadrants_of(("sad", "happy"))
    (('Q1', 'Q2', 'Q3', 'Q4'), None)
    """
    found = tuple(quadrant_of(name) for name in classes)
    return found if set(found) == set(QUADRANTS) and len(found) == len(QUADRANTS) else None


def quadrant_of(name: str) -> str:
    """`Q1` to `Q4` for one of a quadrant's usual names, empty for any other.

    >>> quadrant_of("e2"), quadrant_of("Calmness"), quadrant_of("happy")
    ('Q2', 'Q4', '')
    """
    if said := USUAL_NAME.fullmatch(name):
        return f"Q{said[1]}"
    return next((quadrant for quadrant, emotion in QUADRANTS.items() if emotion.lower() == name.lower()), "")


def plane_of_quadrants(probabilities: npt.NDArray[np.float64], quadrants: Sequence[str]) -> npt.NDArray[np.float64]:
    """Valence and arousal (…, 2) from −1 to 1 that probabilities (…, quadrant) of the four quadrants amount to.

    Valence is the probability of the two quadrants of positive valence less that of the two others; arousal likewise.

    >>> plane_of_quadrants(np.array([[0.7, 0.2, 0.1, 0.0]]), ("Q1", "Q2", "Q3", "Q4")).round(2).tolist()
    [[0.4, 0.8]]
    """
    # Term by term, for a product of matrices rounds by their shapes, and equal probabilities are to give equal places.
    axes = [
        sum((1.0 if name in side else -1.0) * probabilities[..., place] for place, name in enumerate(quadrants))
        for side in (POSITIVE, AROUSED)
    ]
    return np.stack(axes, axis=-1)
