"""Fitting a probe: settings chosen, and confidence calibrated, on groups that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.analysis.conformal import group_quantile
from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError
from wetdry.probes.catalogue import families, model_of
from wetdry.probes.family import Settings
from wetdry.probes.material import Material
from wetdry.probes.novelty import Novelty
from wetdry.probes.probe import COVERED, Probe
from wetdry.probes.scoring import temperature
from wetdry.probes.search import searched
from wetdry.probes.splits import dealt

INNER_FOLDS = 3

Grid = Mapping[str, Sequence[Any]]


def fit_probe(
    vectors: npt.ArrayLike,
    labels: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    family: str = "linear",
    names: Sequence[str] | None = None,
    folds: int = INNER_FOLDS,
    seed: int = 0,
    grid: Grid | None = None,
    settings: Settings | None = None,
    search: str = "grid",
) -> Probe:
    """Fit a probe on all rows, at the settings that do best on groups held out.

    Parameters
    ----------
    vectors
        Shape (n, dim), of 2 dimensions or more, in their own units.
    labels
        Text (n,) for classes, or numbers (n,) or (n, target).
    groups
        Label of each row (n,), such as its song: rows of one group are held out together. None: each row is its own.
    family
        One of `catalogue.families`, or SELECTION+FAMILY with one of `selection.SELECTIONS`, such as `pearson+linear`.
    names
        Of the classes in order, or of the targets; see `Task.of`.
    folds
        Parts in which groups are held out.
    seed
        Shuffles groups into folds, and starts models that start at random.
    grid
        Values of settings to choose among, the stronger penalty first; the family's own if None.
    settings
        These and no search, as for a refit; calibration still takes place on groups held out.
    search
        `grid` tries all candidates on all folds; `halving` only a third of them on the second, a ninth on the third.
        Either way, the score is that of all folds.
    """
    material = Material.of(vectors, labels, groups, names)
    return _fitted(material, family, _candidates(family, grid, settings), folds, seed, search)


def out_of_fold(
    vectors: npt.ArrayLike,
    labels: npt.ArrayLike,
    groups: npt.ArrayLike | None,
    *,
    family: str,
    folds: int = 5,
    seed: int = 0,
    names: Sequence[str] | None = None,
    grid: Grid | None = None,
    settings: Settings | None = None,
    search: str = "grid",
) -> tuple[Float64, Counts]:
    """Estimates (n, output) by probes that saw nothing of a row's group, and the fold (n,) of each row.

    Settings, scaling and calibration are those of the training part alone. Arguments as for `fit_probe`.
    """
    material, candidates = Material.of(vectors, labels, groups, names), _candidates(family, grid, settings)
    fold = dealt(material.task, material.answers, material.groups, folds, seed)
    estimates = np.empty_like(material.answers)
    for number in np.unique(fold):
        held_out = fold == number
        probe = _fitted(material.where(~held_out), family, candidates, INNER_FOLDS, seed, search)
        estimates[held_out] = probe.estimate(material.vectors[held_out])
    return estimates, fold


def _fitted(
    material: Material, family: str, candidates: list[dict[str, Any]], folds: int, seed: int, search: str
) -> Probe:
    vectors, task, answers, groups = material
    fold = dealt(task, answers, groups, folds, seed)
    model = model_of(family, candidates[0], seed).acquainted(vectors, task)
    chosen = searched(search, material, fold, candidates, model)
    settings, missed = candidates[chosen.number], np.abs(answers - chosen.held_out)
    return Probe(
        task=task,
        family=family,
        settings=settings,
        dim=vectors.shape[1],
        rows=len(vectors),
        groups=len(np.unique(groups)),
        folds=len(np.unique(fold)),
        seed=seed,
        score=chosen.score,
        temperature=temperature(answers, chosen.held_out) if task.classes else 1.0,
        half_width=np.array(
            [np.nan if task.classes else group_quantile(each, groups, level=COVERED) for each in missed.T]
        ),
        model=model.set_params(**settings).learn(vectors, task, answers),
        familiar=Novelty.of(vectors, fold),
    )


def _candidates(family: str, grid: Grid | None, settings: Settings | None) -> list[dict[str, Any]]:
    """The settings, or all combinations of the values of a grid, those of strong penalties first."""
    if settings is not None:
        return [dict(settings)]
    chosen = families.get(family).GRID if grid is None else grid
    if not all(len(values) for values in chosen.values()):
        raise DataError("A grid without a value for each setting holds no candidate: give one value or more for each.")
    return [dict(zip(chosen, values, strict=True)) for values in product(*chosen.values())]
