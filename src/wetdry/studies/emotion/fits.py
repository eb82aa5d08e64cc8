"""The probes of one family on one layer: the one that counts, and those that show how much it may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.probes import Probe, fit_probe
from wetdry.studies.emotion.material import Labels, Material

SHUFFLED_STREAM, RESAMPLED_STREAM = 1, 2
"""Numbers that keep draws of different kinds apart."""

FEWEST_GROUPS = 2
"""That a class is learnt from: one of them is held out."""


@dataclass(frozen=True, eq=False)
class Fits:
    """Probes that differ in what they learnt from.

    Attributes
    ----------
    main
        From all clips, its settings chosen by cross-validation over groups. The others take over the settings.
    refits
        From training groups drawn with replacement, each with a seed of its own: how much rests on the clips at hand.
    shuffled
        From labels that were dealt out anew, group by group, so that clips of a song stay as alike as they are: what a
        probe says that knows nothing of emotion.
    """

    main: Probe
    refits: tuple[Probe, ...]
    shuffled: tuple[Probe, ...]


def fits(material: Material, family: str, *, refits: int, shuffles: int, seed: int) -> Fits:
    """Learn from the training clips of a layer."""
    main = fit_probe(
        material.train,
        material.train_labels,
        material.train_groups,
        family=family,
        names=material.task.names,
        seed=seed,
    )

    def again(rows: npt.NDArray[np.intp], labels: Any, run: int) -> Probe:
        return fit_probe(
            material.train[rows],
            labels,
            material.train_groups[rows],
            family=family,
            names=material.task.names,
            seed=seed + run,
            settings=main.settings,
        )

    resampled = [_resampled(material, seed, run) for run in range(1, refits + 1)]
    everyone = np.arange(len(material.train))
    dealt = [_dealt(material, seed, run) for run in range(1, shuffles + 1)]
    return Fits(
        main,
        tuple(again(rows, material.train_labels[rows], run) for run, rows in enumerate(resampled, 1)),
        tuple(again(everyone, material.train_labels[rows], run) for run, rows in enumerate(dealt, 1)),
    )


def _resampled(material: Material, seed: int, run: int) -> npt.NDArray[np.intp]:
    """Rows of as many groups as there are, drawn with replacement; again where a class cannot be learnt from them."""
    rows_of = _rows_of_groups(material)
    rng = np.random.default_rng([seed, RESAMPLED_STREAM, run])
    while True:
        rows = np.concatenate([rows_of[group] for group in rng.integers(len(rows_of), size=len(rows_of))])
        if _can_be_learnt(material, material.train_labels[rows], material.train_groups[rows]):
            return rows


def _dealt(material: Material, seed: int, run: int) -> npt.NDArray[np.intp]:
    """For each row the row whose label it gets: groups in a drawn order hand their labels on in one piece."""
    rows_of = _rows_of_groups(material)
    rng = np.random.default_rng([seed, SHUFFLED_STREAM, run])
    taken = np.empty(len(material.train), dtype=np.intp)
    while True:
        taken[np.concatenate(rows_of)] = np.concatenate([rows_of[group] for group in rng.permutation(len(rows_of))])
        if _can_be_learnt(material, material.train_labels[taken], material.train_groups):
            return taken.copy()


def _rows_of_groups(material: Material) -> list[npt.NDArray[np.intp]]:
    names, member = np.unique(material.train_groups, return_inverse=True)
    return [np.flatnonzero(member == group) for group in range(len(names))]


def _can_be_learnt(material: Material, labels: Labels, groups: npt.NDArray[np.str_]) -> bool:
    """Whether every class is there in groups enough to hold one out."""
    if not material.task.classes:
        return True
    return all(len(np.unique(groups[labels == name])) >= FEWEST_GROUPS for name in material.task.names)
