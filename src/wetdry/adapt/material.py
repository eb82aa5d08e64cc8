"""What an adaptation learns from, checked before hours are spent on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task

VALIDATION_SHARE = 0.2
"""Of the groups, where none are named for validation."""


@dataclass(frozen=True, eq=False)
class Material:
    """Answers of clips, and which clips are learnt from.

    Attributes
    ----------
    task
        Classes, or targets.
    answers
        Shape (clip, output): 1 for a clip's class and 0 for the others, or its numbers, in their own units.
    train, validation
        Places of clips.
    scaling
        Of the numbers of the training clips; none of classes.
    held_out
        The groups of validation.
    """

    task: Task
    answers: Float64
    train: Counts
    validation: Counts
    scaling: Scaling
    held_out: tuple[str, ...]

    @classmethod
    def of(
        cls,
        labels: npt.ArrayLike,
        groups: npt.ArrayLike,
        *,
        validation: Sequence[object] | None,
        names: Sequence[str] | None,
        seed: int,
        before: tuple[Task, Scaling] | None = None,
    ) -> Self:
        """From the arguments of `adapt`; `before` is the task whose head goes on to be used, and its scaling."""
        given: npt.NDArray[Any] = np.asarray(labels)
        of_clip = _groups(groups, len(given))
        held_out = _validation(of_clip, validation, seed)
        aside = np.isin(of_clip, held_out)
        if aside.all():
            raise DataError("All clips are for validation, so none is left to learn from: name fewer groups.")
        train, rest = np.flatnonzero(~aside), np.flatnonzero(aside)
        task = Task.of(given, names)
        if task.classes:
            answers, scaling = _one_hot(task, given, train), Scaling.none(len(task.names))
        else:
            answers = _numbers(task, given, rest)
            task.answers(answers[train])
            scaling = Scaling.of(answers[train])
        if before is not None and before[0] == task:
            scaling = before[1]
        return cls(task, answers, train, rest, scaling, tuple(held_out))

    def class_weights(self) -> Float64:
        """What each class counts by (class,), so that all weigh the same over the training clips; their mean is 1."""
        counts = self.answers[self.train].sum(axis=0)
        weights: Float64 = 1.0 / counts
        weights /= weights.mean()
        return weights

    def score(self, outputs: Float64) -> float:
        """Mean recall over the classes that validation has, or mean R² over targets, of its outputs (k, output)."""
        truth = self.answers[self.validation]
        if self.task.classes:
            right = outputs.argmax(axis=1) == truth.argmax(axis=1)
            has = truth.any(axis=0)
            return float(((truth * right[:, np.newaxis]).sum(axis=0)[has] / truth.sum(axis=0)[has]).mean())
        missed = np.square(truth - self.scaling.undone(outputs)).sum(axis=0)
        return float((1.0 - missed / np.square(truth - truth.mean(axis=0)).sum(axis=0)).mean())

    def digest(self, recipe: Mapping[str, Any], clips: Sequence[str]) -> str:
        """Hash of a recipe, of the clips by their ids, and of what is asked of them."""
        told = sha256(json.dumps([recipe, self.task.names, self.task.classes, list(clips)], sort_keys=True).encode())
        for each in (self.answers, self.train, self.validation, self.scaling.mean, self.scaling.factor):
            told.update(np.ascontiguousarray(each).tobytes())
        return told.hexdigest()


def _groups(groups: npt.ArrayLike, clips: int) -> npt.NDArray[np.str_]:
    of_clip = np.asarray(groups).astype(str)
    if of_clip.shape != (clips,):
        raise DataError(f"Groups of shape {of_clip.shape} do not fit {clips} labels: give one for each clip.")
    return of_clip


def _validation(groups: npt.NDArray[np.str_], named: Sequence[object] | None, seed: int) -> list[str]:
    there = np.unique(groups)
    if len(there) < 2:
        raise DataError(
            "All clips are of one group, so none could tell when to stop: "
            "give clips of 2 groups (speakers, songs) or more."
        )
    if named is None:
        count = max(1, round(VALIDATION_SHARE * len(there)))
        return sorted(map(str, np.random.default_rng(seed).permutation(there)[:count]))
    wanted = sorted({str(each) for each in named})
    if unknown := [each for each in wanted if each not in there]:
        raise DataError(f"No clip is of group {unknown[0]!r}, which was named for validation: name groups of clips.")
    if not wanted:
        raise DataError("No group was named for validation: name one, or leave the choice out.")
    return wanted


def _one_hot(task: Task, labels: npt.NDArray[Any], train: Counts) -> Float64:
    """Classes as 1 and 0; validation may lack a class, training may not."""
    text = labels.astype(str)
    task.answers(text[train])
    answers: Float64 = (text[:, np.newaxis] == np.array(task.names)).astype(np.float64)
    if not answers.any(axis=1).all():
        unknown = text[~answers.any(axis=1)][0]
        raise DataError(f"Class {unknown!r} is none of {', '.join(task.names)}: leave its clips out, or name it.")
    return answers


def _numbers(task: Task, labels: npt.NDArray[Any], validation: Counts) -> Float64:
    answers: Float64 = labels.astype(np.float64).reshape(len(labels), -1)
    task.answers(answers)
    still = np.ptp(answers[validation], axis=0) == 0
    if still.any():
        name = task.names[int(still.argmax())]
        raise DataError(f"All validation clips have the same {name!r}, so no R² tells when to stop: name other groups.")
    return answers
