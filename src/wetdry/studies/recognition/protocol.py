"""Which clips a model learns from, stops on and is tested on; the same for every model of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.errors import DataError
from wetdry.studies.phrases import listed
from wetdry.studies.sides import LEARNT_FROM, TEST, TRAIN

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]

VALIDATION_SHARE = 8
"""One in so many training groups stops what learns in epochs."""

FEWEST_VALIDATION = 2
"""Groups: R² of one song is not defined."""

FEWEST_GROUPS = 6
"""With a part of them tested on, and of the rest a part to choose settings, enough are left to learn from."""

FEWEST_LEARNT = 4
"""Groups on the side of a published split that is learnt from: half of them validate."""

DRAWS = 100
"""Of validation groups, until in none of both parts a target is the same for all."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows of the clips, each ascending: what is learnt from, what training stops on, what is tested."""

    number: int
    train: Rows
    validation: Rows
    test: Rows

    @property
    def learnt(self) -> Rows:
        """Training and validation, for what chooses its settings by groups held out inside."""
        return np.sort(np.concatenate([self.train, self.validation]))


@dataclass(frozen=True, eq=False)
class Protocol:
    """How every model of a study is tried.

    Attributes
    ----------
    folds
        One for each part that is tested on.
    random
        The same with clips dealt one by one, so that clips of a group are on both sides, which leaks; empty where no
        group has two clips.
    how
        In words, after “Tested on”.
    torn
        Groups that the data set's own split has on both sides.
    remarks
        What a reader must know of the split.
    published
        Whether it is the data set's own split.
    """

    folds: tuple[Fold, ...]
    random: tuple[Fold, ...]
    how: str
    torn: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    published: bool = False


def protocol(
    clips: pd.DataFrame, answers: Floats, *, folds: int | None = None, one_split: bool = False, seed: int = 0
) -> Protocol:
    """The published split of the clips unless folds are asked for, else whole groups in turn.

    Parameters
    ----------
    clips
        Columns `group` and `split`, a row a clip.
    answers
        Ratings (n, target); the first target is spread over the folds as evenly as groups allow.
    folds
        Parts of the groups; None for the published split, or 5 where there is none.
    one_split
        Whether only the first part is tested on.
    seed
        Of what is drawn.
    """
    groups, split = clips["group"].to_numpy(str), clips["split"].to_numpy(str)
    if folds is None and not one_split and (split == TEST).any() and np.isin(split, LEARNT_FROM).any():
        return _published(groups, split, answers, seed)
    names = np.unique(groups)
    wanted = folds or 5
    used = min(wanted, len(names))
    check_groups(len(names))
    part = dealt(answers[:, 0], groups, used, seed)
    tested = range(1 if one_split else used)
    remarks = (f"{used} groups of clips allow {used} folds, not {wanted}.",) if used < wanted else ()
    return Protocol(
        tuple(_fold(number, part == number, answers, groups, seed) for number in tested),
        _random(groups, answers, used, tested, seed),
        f"one in {used} groups of clips, drawn with seed {seed}"
        if one_split
        else f"{used} parts in turn, whole groups of clips drawn with seed {seed}",
        remarks=remarks,
    )


def check_groups(count: int) -> None:
    """Raise where groups are too few to hold any out."""
    if count < FEWEST_GROUPS:
        raise DataError(
            f"Too few groups of clips to learn from and to be tried on: {count}; give {FEWEST_GROUPS} or more."
        )


def check_ratings(found: Protocol, names: Sequence[str], answers: Floats) -> None:
    """Raise where a target (n, target) is the same for all that a fold learns from, or for all that are tested."""
    tested = np.concatenate([fold.test for fold in found.folds])
    sides = [("that are tested", tested), *(("that a fold learns from", fold.learnt) for fold in found.folds)]
    for which, rows in sides:
        for name, values in zip(names, answers[rows].T, strict=True):
            if np.ptp(values) == 0.0:
                raise DataError(
                    f'"{name}" is {values[0]:g} for all {len(values)} clips {which}: leave it out with --label, or '
                    "deal the clips otherwise with --folds or --seed."
                )


def dealt(values: Floats, groups: Texts, parts: int, seed: int) -> Rows:
    """Part (n,) of each row: groups stay together, and each part gets groups from the whole range of the values (n,).

    Groups go in order of their means, as many at a time as there are parts; of these the one with most rows goes where
    rows are fewest, so that parts are of about one size; equals are told apart by a draw.
    """
    names, member = np.unique(groups, return_inverse=True)
    sizes = np.bincount(member)
    order = np.argsort(np.bincount(member, weights=values) / sizes, kind="stable")
    rng = np.random.default_rng(seed)
    part_of, filled = np.empty(len(names), dtype=np.intp), np.zeros(parts, dtype=np.intp)
    for first in range(0, len(names), parts):
        together = rng.permutation(order[first : first + parts])
        largest_first = together[np.argsort(-sizes[together], kind="stable")]
        open_parts = rng.permutation(parts)
        emptiest_first = open_parts[np.argsort(filled[open_parts], kind="stable")][: len(together)]
        part_of[largest_first] = emptiest_first
        filled[emptiest_first] += sizes[largest_first]
    return np.asarray(part_of[member])


def everything(answers: Floats, groups: Texts, seed: int) -> Fold:
    """All clips to learn from, none to be tested: for a model that is to be used once it is known what it is worth."""
    return _fold(0, np.zeros(len(groups), dtype=bool), answers, groups, seed)


def _published(groups: Texts, split: Texts, answers: Floats, seed: int) -> Protocol:
    test, learnt = split == TEST, np.isin(split, LEARNT_FROM)
    if (count := len(np.unique(groups[learnt]))) < FEWEST_LEARNT:
        raise DataError(
            f"Of the {FEWEST_LEARNT} groups of clips or more that are to be learnt from, the published split has "
            f"{count}: ask for folds with --folds, or give more clips."
        )
    parts = [part for part in LEARNT_FROM if (split == part).any()]
    stopping = learnt & np.isin(split, [part for part in LEARNT_FROM if part not in (TRAIN, "training")])
    if stopping.any() and not (learnt & ~stopping).any():
        stopping = np.zeros_like(stopping)
    fold = (
        Fold(0, np.flatnonzero(learnt & ~stopping), np.flatnonzero(stopping), np.flatnonzero(test))
        if len(np.unique(groups[stopping])) >= FEWEST_VALIDATION and _varies(answers[stopping])
        else _fold(0, test, answers, groups, seed, learnt)
    )
    torn = tuple(sorted(set(groups[test].tolist()) & set(groups[learnt].tolist())))
    remarks = []
    if neither := int((~test & ~learnt).sum()):
        remarks.append(
            f"In no part of the published split that is learnt from or tested: {neither} of {len(split)} clips."
        )
    if torn:
        remarks.append(
            f"On both sides of the published split, which leaks: {len(torn)} groups of clips, such as {torn[0]}."
        )
    how = f"the test part of the data set’s own split, learning from its {listed(parts)} part"
    return Protocol((fold,), (), f"{how}{'s' if len(parts) > 1 else ''}", torn, tuple(remarks), True)


def _fold(
    number: int,
    test: npt.NDArray[np.bool_],
    answers: Floats,
    groups: Texts,
    seed: int,
    learnt: npt.NDArray[np.bool_] | None = None,
) -> Fold:
    """A fold whose validation is one in eight of the groups that are learnt from, from the whole range of ratings.

    They are drawn anew where a target would be the same for all who validate, or for all others: it has no R².
    """
    rows = np.flatnonzero(~test if learnt is None else learnt)
    names, member = np.unique(groups[rows], return_inverse=True)
    means = np.bincount(member, weights=answers[rows, 0]) / np.bincount(member)
    count = min(max(FEWEST_VALIDATION, round(len(names) / VALIDATION_SHARE)), len(names) - 1)
    rng = np.random.default_rng([seed, number])
    strata = np.array_split(np.argsort(means, kind="stable"), count)
    for _ in range(DRAWS):
        validates = np.isin(member, [rng.choice(alike) for alike in strata])
        if _varies(answers[rows[validates]]) and _varies(answers[rows[~validates]]):
            break
    return Fold(number, rows[~validates], rows[validates], np.flatnonzero(test))


def _varies(answers: Floats) -> bool:
    """Whether each target (n, target) differs between rows."""
    return bool((np.ptp(answers, axis=0) > 0.0).all())


def _random(groups: Texts, answers: Floats, parts: int, tested: range, seed: int) -> tuple[Fold, ...]:
    if len(np.unique(groups)) == len(groups):
        return ()
    alone = np.array([str(row) for row in range(len(groups))])
    part = dealt(answers[:, 0], alone, parts, seed)
    return tuple(_fold(number, part == number, answers, alone, seed) for number in tested)
