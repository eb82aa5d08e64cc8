"""What a probe learns: targets of a regression, or classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError

CONSTANT = 1e-12
"""Spread of a target, as a share of its largest value, up to which it is rounding."""


@dataclass(frozen=True)
class Task:
    """Targets of a regression, or the classes in order.

    Attributes
    ----------
    names
        Of the targets, or of the classes.
    classes
        Whether one of `names` holds for each clip, or each has a value.
    """

    names: tuple[str, ...]
    classes: bool

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names) or "" in self.names:
            raise DataError(f"Names {', '.join(map(repr, self.names))} do not tell outputs apart: give each its own.")
        if len(self.names) < 1 + self.classes:
            raise DataError(
                f"{len(self.names)} {'class' if self.classes else 'targets'} leave nothing to learn: "
                f"give labels of {'2 classes' if self.classes else '1 target'} or more."
            )

    @classmethod
    def of(cls, labels: npt.ArrayLike, names: Sequence[str] | None = None) -> Self:
        """The task that labels set: text (n,) classes, sorted or in the order of `names`; numbers (n,) or (n, target).

        >>> Task.of(["sad", "calm", "sad"])
        Task(names=('calm', 'sad'), classes=True)
        >>> Task.of([[0.1, -0.4], [0.3, 0.2]], names=["valence", "arousal"]).classes
        False
        """
        given: npt.NDArray[Any] = np.asarray(labels)
        if _is_text(given):
            return cls(tuple(map(str, np.unique(given.astype(str)) if names is None else names)), True)
        columns = _columns(given)
        defaults = ["target"] if columns.shape[1] == 1 else [f"target {1 + i}" for i in range(columns.shape[1])]
        return cls(tuple(map(str, defaults if names is None else names)), False)

    def answers(self, labels: npt.ArrayLike) -> Float64:
        """Labels as numbers (n, output): the values of targets, or 1 for a clip's class and 0 for the others."""
        given: npt.NDArray[Any] = np.asarray(labels)
        return self._one_hot(given) if self.classes else self._values(given)

    def labels(self, outputs: Float64) -> npt.NDArray[Any]:
        """The class names (n,) of the largest outputs (n, class), or the outputs themselves."""
        return np.array(self.names)[outputs.argmax(axis=1)] if self.classes else outputs

    def _one_hot(self, given: npt.NDArray[Any]) -> Float64:
        if not _is_text(given):
            raise DataError("Labels are numbers where classes are needed: give the name of a class for each clip.")
        text = given.astype(str)
        if unknown := sorted(set(text.tolist()) - set(self.names)):
            raise DataError(
                f"Class {unknown[0]!r} is none of {', '.join(self.names)}: leave its clips out, or name it."
            )
        answers: Float64 = (text[:, np.newaxis] == np.array(self.names)).astype(np.float64)
        if missing := np.flatnonzero(~answers.any(axis=0)).tolist():
            raise DataError(f"No clip is of class {self.names[missing[0]]!r}: add some, or leave the class out.")
        return answers

    def _values(self, given: npt.NDArray[Any]) -> Float64:
        values = _columns(given)
        if values.shape[1] != len(self.names):
            raise DataError(
                f"{values.shape[1]} numbers a clip do not fit the {len(self.names)} targets "
                f"{', '.join(self.names)}: give one for each."
            )
        if broken := int((~np.isfinite(values).all(axis=1)).sum()):
            raise DataError(f"{broken} of {len(values)} clips have a label that is no number: leave those clips out.")
        constant = np.ptp(values, axis=0) <= CONSTANT * np.abs(values).max(axis=0)
        if constant.any():
            name = self.names[int(constant.argmax())]
            raise DataError(f"All clips have the same {name!r}, so nothing tells it: leave that target out.")
        return values


def _is_text(given: npt.NDArray[Any]) -> bool:
    text = given.dtype.kind == "U" or (given.dtype == object and all(isinstance(each, str) for each in given.flat))
    if (text and given.ndim != 1) or not given.size:
        raise DataError(f"Labels of shape {given.shape} cannot be learnt: give each clip one class, or its numbers.")
    return text


def _columns(given: npt.NDArray[Any]) -> Float64:
    if given.dtype.kind not in "iuf":
        raise DataError(f"Labels of type {given.dtype} are neither text nor numbers: give one or the other.")
    if given.ndim not in (1, 2):
        raise DataError(f"Labels of shape {given.shape} cannot be learnt: give numbers (clip,) or (clip, target).")
    return given.astype(np.float64).reshape(len(given), -1)
