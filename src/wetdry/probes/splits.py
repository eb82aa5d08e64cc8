"""Which clips are held out together, so that a probe is never judged on a song that it has heard."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

from wetdry.analysis.statistics.units import Counts, Float64, membership
from wetdry.errors import DataError
from wetdry.probes.task import Task


def dealt(task: Task, answers: Float64, groups: npt.ArrayLike | None, folds: int, seed: int) -> Counts:
    """Fold (n,) of each row: groups stay together, and classes are spread as evenly as groups allow.

    Parameters
    ----------
    task
        What the answers (n, output) are.
    groups
        Label of each row (n,); each row is its own group if None.
    folds
        As many, or as there are groups (of the rarest class), which a warning then says.
    seed
        Shuffles the groups.
    """
    if folds < 2:
        raise DataError(f"{folds} fold leaves nothing to learn from: give 2 or more folds.")
    if not 0 <= seed < 2**32:
        raise DataError(f"A seed of {seed} cannot shuffle groups: give a whole number from 0 to {2**32 - 1}.")
    member, count = membership(groups, len(answers))
    used = min(folds, _fewest_groups(task, answers, member, count))
    if used < folds:
        few = "groups of clips, or of one class," if task.classes else "groups of clips"
        warnings.warn(f"{used} {few} allow {used} folds, not {folds}: add clips of other groups.", stacklevel=2)
    classes = answers.argmax(axis=1) if task.classes else np.zeros(len(answers), dtype=np.int64)
    kind = StratifiedGroupKFold if task.classes else GroupKFold
    fold = np.empty(len(answers), dtype=np.int64)
    for number, (_, held_out) in enumerate(kind(used, shuffle=True, random_state=seed).split(classes, classes, member)):
        fold[held_out] = number
    if task.classes:
        _check_classes(task, answers, fold)
    return fold


def _fewest_groups(task: Task, answers: Float64, member: Counts, count: int) -> int:
    if count < 2:
        raise DataError("All clips are of one group, so a probe cannot be tried on another: give clips of more groups.")
    if not task.classes:
        return count
    of_class = [len(np.unique(member[column > 0])) for column in answers.T]
    rarest = int(np.argmin(of_class))
    if of_class[rarest] < 2:
        raise DataError(
            f"All clips of class {task.names[rarest]!r} are of one group, so it cannot be tried on another: "
            "add clips of another group, or leave the class out."
        )
    return of_class[rarest]


def _check_classes(task: Task, answers: Float64, fold: Counts) -> None:
    for number in np.unique(fold):
        present = answers[fold != number].any(axis=0)
        if not present.all():
            raise DataError(
                f"Groups of class {task.names[int(present.argmin())]!r} are too few or uneven for "
                f"{fold.max() + 1} folds: add clips of other groups, lower folds, or take another seed."
            )
