"""Which clips are learnt from and which are evaluated, so that no group is on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wetdry.datasets import Item
from wetdry.errors import DataError
from wetdry.probes import Task

TRAIN, TEST = "train", "test"
LEARNT_FROM = ("train", "training", "validation", "valid", "val", "dev")
"""Parts of published splits that probes may learn from; their settings are chosen inside by cross-validation."""

BINS = 4
"""Parts into which the first number of a regression is cut, so that both sides have its whole range."""


@dataclass(frozen=True)
class Sides:
    """The side of each item, and where it comes from.

    Attributes
    ----------
    side
        Item → `train` or `test`; items in neither part are not here.
    how
        In words.
    torn
        Groups that are on both sides, which leaks.
    """

    side: dict[str, str]
    how: str
    torn: tuple[str, ...] = ()


def sides(items: Sequence[Item], labels: Mapping[str, object], task: Task, *, share: float, seed: int) -> Sides:
    """The published split of labelled items, or `share` of each class (part of the range) drawn by whole groups."""
    published = {item.id: part for item in items if (part := _published(item))}
    if set(published.values()) == {TRAIN, TEST}:
        groups = {part: {item.group for item in items if published.get(item.id) == part} for part in (TRAIN, TEST)}
        return Sides(published, "the data set’s own split", tuple(sorted(groups[TRAIN] & groups[TEST])))
    strata = _strata(items, labels, task)
    side = _drawn(items, strata, share, seed)
    drawn = Sides(
        {item.id: side[item.group] for item in items},
        f"{share:.0%} of the clips for evaluation, whole groups drawn with seed {seed}",
    )
    if set(side.values()) != {TRAIN, TEST}:
        raise DataError(
            f"{len(side)} groups of clips are too few to be dealt to training and evaluation; give more clips, or "
            "another share."
        )
    return drawn


def at_most(items: Sequence[Item], labels: Mapping[str, object], task: Task, most: int | None, seed: int) -> list[Item]:
    """At most `most` items of each class (of all, for numbers), drawn with a seed, in their order."""
    if most is None:
        return list(items)
    by_class: dict[object, list[str]] = {}
    for item in items:
        by_class.setdefault(labels[item.id] if task.classes else None, []).append(item.id)
    rng = np.random.default_rng(seed)
    kept = {name for members in by_class.values() for name in rng.permutation(sorted(members))[:most]}
    return [item for item in items if item.id in kept]


def _published(item: Item) -> str:
    if item.split == TEST:
        return TEST
    return TRAIN if item.split in LEARNT_FROM else ""


def _strata(items: Sequence[Item], labels: Mapping[str, object], task: Task) -> dict[str, object]:
    """What each item counts as, when groups are dealt."""
    if task.classes:
        return {item.id: labels[item.id] for item in items}
    first = np.array([np.ravel(np.asarray(labels[item.id], dtype=np.float64))[0] for item in items])
    edges = np.quantile(first, np.arange(1, BINS) / BINS)
    return {item.id: int(part) for item, part in zip(items, np.searchsorted(edges, first), strict=True)}


def _drawn(items: Sequence[Item], strata: Mapping[str, object], share: float, seed: int) -> dict[str, str]:
    """The side of each group: stratum by stratum in a drawn order, for evaluation until the share is reached.

    A group of several strata goes where the first of them sends it.
    """
    rng = np.random.default_rng(seed)
    side: dict[str, str] = {}
    for stratum in sorted(set(strata.values()), key=str):
        members = [item.group for item in items if strata[item.id] == stratum]
        sizes = {group: members.count(group) for group in sorted(set(members))}
        tested = sum(size for group, size in sizes.items() if side.get(group) == TEST)
        for group in rng.permutation(list(sizes)):
            if group in side:
                continue
            # The group that would lead further beyond the share than what is missing stays in training.
            for_testing = tested + sizes[group] / 2 <= share * len(members)
            side[str(group)] = TEST if for_testing else TRAIN
            tested += sizes[group] if for_testing else 0
    return side
