"""One class against the rest: which rows a classifier learns from, and which of them are left out together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from wetdry.analysis.statistics.units import Counts, Flags, Float64
from wetdry.errors import DataError

Labels = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows that one class is learnt from.

    Attributes
    ----------
    name
        The class.
    rows
        Numbers of its rows, then of the negatives class by class, shape (n,).
    positive
        Which of them belong to the class, shape (n,).
    """

    name: object
    rows: Counts
    positive: Flags


def drawn(labels: Labels, name: object, *, seed: int = 0, balanced: bool = True) -> Problem:
    """The problem of telling class `name` from the rest.

    Balanced, it has as many negatives as positives: of n positives and k classes, n // (k − 1) rows of each other
    class (at least 1, and all where there are fewer), drawn without replacement. The draw depends on the labels and the
    seed alone, so dry and wet versions of the same clips, or a choice of classes, get the same rows.

    >>> problem = drawn(np.array(["a", "a", "b", "b", "b", "c", "c"]), "a")
    >>> problem.positive.tolist(), problem.rows[:2].tolist()
    ([True, True, False, False], [0, 1])
    """
    classes = np.unique(labels)
    own = np.flatnonzero(labels == name)
    if not own.size:
        raise DataError(f"No row is of class {str(name)!r}: the classes are {', '.join(map(str, classes))}.")
    if len(classes) < 2:
        raise DataError(f"All rows are of class {str(name)!r}: give rows of a second class to tell it from.")
    rng = np.random.default_rng([seed, int(np.searchsorted(classes, labels[own[0]]))])
    share = max(1, own.size // (len(classes) - 1))
    others = []
    for other in classes[classes != name]:
        members = np.flatnonzero(labels == other)
        others.append(rng.choice(members, min(share, members.size), replace=False) if balanced else members)
    rows = np.concatenate([own, *others])
    return Problem(name, rows, np.arange(rows.size) < own.size)


def class_weights(positive: Flags) -> Float64:
    """Weights (n,) by which both classes count the same, of mean 1."""
    count = np.where(positive, positive.sum(), (~positive).sum())
    return np.asarray(len(positive) / (2.0 * count))


def folds_of(problem: Problem, folds: int, groups: Labels | None) -> Iterator[tuple[Counts, Counts]]:
    """Rows to fit and rows held out, by their place in the problem, for each fold; `groups` (n,) stay together."""
    if folds < 2:
        raise DataError(f"{folds} fold cannot choose a cost: give 2 or more folds.")
    for side, flags in (("of", problem.positive), ("outside", ~problem.positive)):
        count = int(flags.sum()) if groups is None else len(np.unique(groups[flags]))
        if count < folds:
            kind = "rows" if groups is None else "groups of rows"
            raise DataError(
                f"{count} {kind} {side} class {str(problem.name)!r} are fewer than the {folds} folds: "
                "add clips, leave the class out, or lower folds."
            )
    blank = np.zeros(len(problem.rows))
    splitter = StratifiedKFold(folds) if groups is None else StratifiedGroupKFold(folds)
    for fitted, held_out in splitter.split(blank, problem.positive, groups):
        if any(len(np.unique(problem.positive[part])) < 2 for part in (fitted, held_out)):
            raise DataError(
                f"Groups of class {str(problem.name)!r} are too uneven for {folds} folds with both sides in each: "
                "lower folds, or give finer groups."
            )
        yield fitted, held_out
