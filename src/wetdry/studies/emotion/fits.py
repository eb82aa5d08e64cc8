"""The probes of one family on one layer: the one that counts, and those that show how much it may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.probes import Probe, fit_probe
from wetdry.studies.emotion.material import Material

SHUFFLED_STREAM, RESAMPLED_STREAM = 1, 2
"""Numbers that keep draws of different kinds apart."""


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
        From labels that were dealt out anew: what a probe says that knows nothing of emotion.
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
    dealt = [
        np.random.default_rng([seed, SHUFFLED_STREAM, run]).permutation(everyone) for run in range(1, shuffles + 1)
    ]
    return Fits(
        main,
        tuple(again(rows, material.train_labels[rows], run) for run, rows in enumerate(resampled, 1)),
        tuple(again(everyone, material.train_labels[rows], run) for run, rows in enumerate(dealt, 1)),
    )


def _resampled(material: Material, seed: int, run: int) -> npt.NDArray[np.intp]:
    """Rows of as many groups as there are, drawn with replacement; again where a class was not drawn."""
    names, member = np.unique(material.train_groups, return_inverse=True)
    rows_of = [np.flatnonzero(member == group) for group in range(len(names))]
    rng = np.random.default_rng([seed, RESAMPLED_STREAM, run])
    while True:
        rows = np.concatenate([rows_of[group] for group in rng.integers(len(names), size=len(names))])
        if not material.task.classes or set(material.train_labels[rows]) == set(material.task.names):
            return rows
