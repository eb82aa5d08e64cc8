"""Training and test clips of the downstream task: the published split, or one in which no group is on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.errors import DataError

TRAIN, TEST = "train", "test"

PARTS = 4
"""A quarter of each class is for testing, as in Deng et al."""

FEWEST_TRAINING_GROUPS = 3
"""As many as the folds in which a classifier's penalty is chosen."""


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of the clips for training and for testing, and the classes that both have.

    Attributes
    ----------
    train, test
        Rows (n,) of the table of clips.
    classes
        Classes with enough groups for training and any clip for testing.
    left_out
        The other classes, each with the reason.
    """

    train: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    left_out: dict[str, str]


def sides(clips: pd.DataFrame, seed: int) -> tuple[pd.Series[str], str]:
    """`train`, `test` or nothing for each clip, and in words where that comes from."""
    labelled = clips["label"] != ""
    if {TRAIN, TEST} <= set(clips.loc[labelled, "split"]):
        own = clips["split"].where(labelled & clips["split"].isin([TRAIN, TEST]), "")
        return own, "the data set’s own split"
    drawn = clips["group"].astype(str).map(_side_of_groups(clips[labelled], seed)).where(labelled, "").fillna("")
    return drawn, f"a quarter of each class for testing, whole groups drawn with seed {seed}"


def split(clips: pd.DataFrame) -> Split:
    """Clips by the column `side`; raises where fewer than two classes are left to tell apart."""
    names = sorted(label for label in clips["label"].unique() if label)
    if len(names) < 2:
        raise DataError("Classifying needs two classes or more: give a data set with classes, such as classes:PATH.")
    classes, left_out = [], {}
    for label in names:
        of_class = clips[clips["label"] == label]
        groups = of_class.loc[of_class["side"] == TRAIN, "group"].nunique()
        if groups < FEWEST_TRAINING_GROUPS:
            left_out[label] = f"{groups} groups for training, and choosing a penalty takes {FEWEST_TRAINING_GROUPS}"
        elif not (of_class["side"] == TEST).any():
            left_out[label] = "no clip for testing"
        else:
            classes.append(label)
    if len(classes) < 2:
        why = "; ".join(f"{label}: {reason}" for label, reason in left_out.items())
        raise DataError(f"Fewer than two classes can be classified ({why}): give more clips of each.")
    within = clips["label"].isin(classes)
    train, test = (np.flatnonzero(within & (clips["side"] == side)) for side in (TRAIN, TEST))
    return Split(train, test, tuple(classes), left_out)


def _side_of_groups(clips: pd.DataFrame, seed: int) -> dict[str, str]:
    """The side of each group: class by class in a drawn order, for testing until a quarter of the clips is reached.

    A group of several classes goes where the first of them sends it.
    """
    rng = np.random.default_rng(seed)
    side: dict[str, str] = {}
    for _, members in clips.groupby("label", sort=True):
        sizes = members["group"].astype(str).value_counts().sort_index()
        tested = sum(int(size) for group, size in sizes.items() if side.get(str(group)) == TEST)
        for group in rng.permutation(sizes.index.to_numpy(str)):
            if group in side:
                continue
            # The group that would lead further beyond a quarter than what is missing stays in training.
            for_testing = tested + sizes[group] / 2 <= len(members) / PARTS
            side[group] = TEST if for_testing else TRAIN
            tested += int(sizes[group]) if for_testing else 0
    return side
