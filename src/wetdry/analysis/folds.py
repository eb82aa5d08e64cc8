"""Which rows are left out together, so that what is fitted is tested on what it has not seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Counts, Float64, membership
from wetdry.errors import DataError

FEWEST_STRENGTHS = 3
"""A trend over fewer cannot fail: two values always correlate perfectly."""


def folds_of_groups(groups: npt.ArrayLike | None, rows: int, folds: int) -> Counts:
    """Fold (rows,) of each row: the largest groups first, each to the fold that has fewest rows.

    `groups` labels the rows (rows,) that stay together; every row is its own group if None.

    >>> folds_of_groups(["a", "a", "b", "c", "d", "d"], 6, 2).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    member, count = membership(groups, rows)
    if not 2 <= folds <= count:
        raise DataError(f"{count} groups of clips cannot be dealt into {folds} folds: choose 2 to {count}, or None.")
    sizes = np.bincount(member, minlength=count)
    fold_of_group, load = np.empty(count, dtype=np.int64), np.zeros(folds, dtype=np.int64)
    for group in np.argsort(-sizes, kind="stable"):
        fold_of_group[group] = np.argmin(load)
        load[fold_of_group[group]] += sizes[group]
    return fold_of_group[member]


def folds_of_strengths(strengths: Float64, folds: int) -> Counts:
    """Fold (strength,) of each strength, interleaved so that every fold spans the range.

    >>> folds_of_strengths(np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), 2).tolist()
    [0, 1, 0, 1, 0, 1]
    """
    distinct, member = np.unique(strengths, return_inverse=True)
    most = len(distinct) // FEWEST_STRENGTHS
    if not 2 <= folds <= most:
        choice = f"2 to {most}, or None" if most >= 2 else "None"
        raise DataError(
            f"{len(distinct)} strengths cannot be left out in {folds} folds of {FEWEST_STRENGTHS} or more: "
            f"choose {choice}."
        )
    return np.asarray(member % folds, dtype=np.int64)
