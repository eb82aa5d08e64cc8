"""Does the effect matter to a task, and does projecting it out help? Telling the classes apart, dry and wet.

One logistic classifier a class against the others, trained on dry clips, on clips at one strength, or on clips at
mixed strengths; tested on clips of other groups. Intervals resample the groups of each class among the test clips,
the same ones for every method, so that differences between methods are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.analysis.auc import auc_limits, difference_limits
from wetdry.analysis.class_auc import class_auc
from wetdry.analysis.projections import (
    Desensitiser,
    DisplacementPCA,
    Erasure,
    GlobalCCA,
    MeanDisplacement,
    RandomSubspace,
    SamplewiseCCASVD,
    WetDryLDA,
    training_rows,
)
from wetdry.analysis.reservoir import reservoir
from wetdry.errors import DataError
from wetdry.probes import OneVsRestLogistic
from wetdry.studies.deformations import Deformation, Floats
from wetdry.studies.grids import Grid
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.split import Split, split
from wetdry.studies.sensitivity.subject import ALL, Unit

Rows = list[dict[str, Any]]
Fitted = Mapping[str, Desensitiser | None]
"""Class → the projection that its classifier sees vectors through; None for none."""

DRY, MIX = -1, -2
"""Positions of what is no single strength: without effect, and each clip at a strength of its own."""

NONE = "none"
METHODS: dict[str, Callable[[], Desensitiser]] = {
    "mean displacement": MeanDisplacement,
    "displacement PCA": DisplacementPCA,
    "relative PCA": lambda: DisplacementPCA(relative=True),
    "global CCA": GlobalCCA,
    "clip CCA, SVD 0.3": lambda: SamplewiseCCASVD(0.3),
    "clip CCA, SVD 0.4": lambda: SamplewiseCCASVD(0.4),
    "clip CCA, SVD 0.5": lambda: SamplewiseCCASVD(0.5),
    "wet–dry LDA": WetDryLDA,
    "erasure (LEACE)": Erasure,
    "erasure, ridge": lambda: Erasure(ridge=0.1),
    "random, rank 1": lambda: RandomSubspace(1),
}
"""Ways of projecting the effect out, and what a random direction does."""

RANK_OF = "clip CCA, SVD 0.4"
RANDOM_OF_THAT_RANK = "random, rank of SVD 0.4"
"""Known once that method is fitted."""


MOST_NUMBERS = 2**26
"""In the wet vectors of either side, half a GiB, where memory has no room for all of them and their copies."""


@dataclass(frozen=True, eq=False)
class Sides:
    """Vectors of one side of the split: dry (clip, dim) and wet (clip, strength, dim)."""

    dry: Floats
    wet: Floats
    labels: npt.NDArray[np.str_]
    groups: npt.NDArray[np.str_]

    def at(self, position: int, mix: npt.NDArray[np.int64]) -> Floats:
        """Vectors (clip, dim) at a position; `mix` (clip,) holds the strength of each in a mixture."""
        if position == DRY:
            return self.dry
        if position == MIX:
            return np.asarray(self.wet[np.arange(len(self.wet)), mix])
        return np.asarray(self.wet[:, position])

    def cleaned(self, method: Desensitiser | None) -> Sides:
        """The same after a projection."""
        if method is None:
            return self
        clips, strengths, dim = self.wet.shape
        wet = method.transform(self.wet.reshape(-1, dim)).reshape(clips, strengths, dim)
        return Sides(method.transform(self.dry), wet, self.labels, self.groups)


@dataclass(frozen=True, eq=False)
class Downstream:
    """What was found, as rows of tables.

    Attributes
    ----------
    robustness
        AUC of every method, training and test position, for each class and on average (`all`).
    changes
        What each method changes on dry and on wet test clips.
    notes
        Classes and methods that are left out, with the reason.
    """

    robustness: Rows
    changes: Rows
    notes: list[str]


def downstream(found: Deformation, config: SensitivityConfig, most: int | None = None) -> Downstream:
    """Classify dry and wet test clips; `found.clips` says by `side` which clips are for training, which for testing.

    Of either side no more clips are drawn than have `most` numbers in their wet vectors; all are used if None.
    """
    parts = split(found.clips)
    notes = [f"{label} is left out: {why}" for label, why in parts.left_out.items()]
    if most is not None:
        parts, cut = _drawn(parts, max(1, most // int(np.prod(found.wet.shape[1:]))), config.seed)
        notes += cut
    unit = Unit.of(found.dry[parts.train], config.unit)
    train, test = (_side(found, rows, unit) for rows in (parts.train, parts.test))
    notes += _caveats(train, test, parts.classes)
    rows, changes = [], []
    reference: dict[int, Floats] = {}
    for method, fitted in _fitted_methods(train, parts, config, notes):
        facts = {"method": method, "rank": _rank(fitted)}
        macro: dict[tuple[int, int], Floats] = {}
        settings = _scores(train, test, fitted, found.grid, config)
        estimates, draws = class_auc(
            np.stack(list(settings.values())),
            test.labels,
            parts.classes,
            test.groups,
            resamples=config.resamples,
            seed=config.seed,
        )
        for setting, estimate, drawn in zip(settings, estimates, draws, strict=True):
            where = facts | _where(*setting, found.grid)
            for label, of_class, resampled in zip(parts.classes, estimate, drawn, strict=True):
                rows.append({**where, "label": label, **_interval(of_class, resampled)})
            mean = drawn.mean(axis=0)
            rows.append({**where, "label": ALL, **_interval(estimate.mean(), mean)})
            macro[setting] = np.append(mean, estimate.mean())
        dry_trained = {test: draws for (trained, test), draws in macro.items() if trained == DRY}
        if method == NONE:
            reference = dry_trained
        else:
            changes.append({**facts, **_change(dry_trained, reference)})
    return Downstream(rows, changes, notes)


def _drawn(parts: Split, clips: int, seed: int) -> tuple[Split, list[str]]:
    """A split of so many clips a side at most, and what there is to say of it."""
    sizes = len(parts.train), len(parts.test)
    train, test = (side[reservoir(len(side), clips, seed)] for side in (parts.train, parts.test))
    cut = (
        f"memory has no room for all clips: {len(train)} of {sizes[0]} were drawn for training and {len(test)} of "
        f"{sizes[1]} for testing"
    )
    return replace(parts, train=train, test=test), [cut] if max(sizes) > clips else []


def _caveats(train: Sides, test: Sides, classes: tuple[str, ...]) -> list[str]:
    """What the split does to the figures, in words."""
    alone = [label for label in classes if len(np.unique(test.groups[test.labels == label])) < 2]
    lonely = f"one group for testing of {', '.join(alone)}: no interval for that, nor for the mean over classes"
    both = np.intersect1d(train.groups, test.groups)
    leaky = f"{len(both)} groups are in training and in testing alike: AUCs are better than on new recordings"
    return [note for note, holds in ((lonely, alone), (leaky, both.size)) if holds]


def _side(found: Deformation, rows: npt.NDArray[np.int64], unit: Unit) -> Sides:
    clips = found.clips.iloc[rows]
    return Sides(
        unit.scale(found.dry[rows]),
        unit.scale(found.wet[rows]),
        clips["label"].to_numpy(str),
        clips["group"].to_numpy(str),
    )


def _fitted_methods(
    train: Sides, parts: Split, config: SensitivityConfig, notes: list[str]
) -> Iterator[tuple[str, Fitted]]:
    """Each method by name, fitted; one that these vectors give nothing to learn from is noted and left out."""
    yield NONE, dict.fromkeys(parts.classes)
    methods = dict(METHODS)
    for name in [*METHODS, RANDOM_OF_THAT_RANK]:
        if name not in methods:
            continue
        try:
            fitted = _fitted(methods[name], train, parts, config)
        except DataError as error:
            notes.append(f"{name} is left out: {error}")
            continue
        if name == RANK_OF and _rank(fitted) > 1:
            methods[RANDOM_OF_THAT_RANK] = partial(RandomSubspace, _rank(fitted), config.seed)
        yield name, fitted


def _fitted(make: Callable[[], Desensitiser], train: Sides, parts: Split, config: SensitivityConfig) -> Fitted:
    """A method for each class: learnt from all training clips alike, or from those of the class alone."""

    def learn(which: npt.NDArray[np.bool_]) -> Desensitiser:
        positions = np.arange(1.0, train.wet.shape[1] + 1.0)
        some = (train.wet, train.dry) if which.all() else (train.wet[which], train.dry[which])
        rows = training_rows(*some, positions)
        return make().fit(rows.vectors, strengths=rows.strengths, clips=rows.clips)

    if config.scope == "all":
        return dict.fromkeys(parts.classes, learn(np.ones(len(train.labels), dtype=bool)))
    return {label: learn(train.labels == label) for label in parts.classes}


def _rank(fitted: Fitted) -> int:
    """Dimensions that a method takes out, at most over classes."""
    return max((method.rank_ for method in fitted.values() if method), default=0)


def _scores(
    train: Sides, test: Sides, fitted: Fitted, grid: Grid, config: SensitivityConfig
) -> dict[tuple[int, int], Floats]:
    """Positions trained and tested at → decision values (class, clip); a projection shared by classes is done once."""
    strengths = len(grid.strengths)
    rng = np.random.default_rng(config.seed)
    train_mix, test_mix = (rng.integers(strengths, size=len(side.labels)) for side in (train, test))
    classes = list(fitted)
    methods = {id(method): method for method in fitted.values()}
    values: dict[tuple[int, int], Floats] = {}
    for key, method in methods.items():
        of_method = [label for label in classes if id(fitted[label]) == key]
        learnt, asked = train.cleaned(method), test.cleaned(method)
        for trained in (DRY, *trained_positions(strengths, config.trained_at), MIX):
            tested = [DRY, *range(strengths), MIX] if trained == DRY else [DRY, trained]
            model = OneVsRestLogistic(seed=config.seed, classes=of_method)
            model.fit(learnt.at(trained, train_mix), train.labels, train.groups)
            decisions = model.decision_function(np.concatenate([asked.at(position, test_mix) for position in tested]))
            for position, part in zip(tested, np.split(decisions, len(tested)), strict=True):
                whole = values.setdefault((trained, position), np.empty((len(classes), len(test.labels))))
                whole[[classes.index(label) for label in of_method]] = part.T
    return values


def trained_positions(strengths: int, count: int | None) -> list[int]:
    """Positions of `count` strengths spread evenly over the grid, its ends among them; all for None.

    >>> trained_positions(31, 3), trained_positions(4, 1)
    ([0, 15, 30], [3])
    """
    if count is None or count >= strengths:
        return list(range(strengths))
    if count == 1:
        return [strengths - 1]
    return [round(position) for position in np.linspace(0, strengths - 1, count)]


def _where(train: int, test: int, grid: Grid) -> dict[str, Any]:
    def setting(position: int) -> str:
        return {DRY: "dry", MIX: "mixed"}.get(position) or grid.setting(grid.strengths[position])

    return {
        "train": train,
        "train_setting": setting(train),
        "test": test,
        "test_setting": setting(test),
    }


def _interval(estimate: float, draws: Floats) -> dict[str, float]:
    low, high = auc_limits(estimate, draws)
    return {"auc": float(estimate), "low": float(low), "high": float(high)}


def _change(macro: dict[int, Floats], reference: dict[int, Floats]) -> dict[str, float]:
    """Change of the mean AUC over classes against no projection: on dry clips, and over all strengths."""
    clean = macro[DRY] - reference[DRY]
    strengths = [position for position in reference if position >= 0]
    wet = np.mean([macro[position] - reference[position] for position in strengths], axis=0)
    found: dict[str, float] = {}
    for name, draws in (("clean", clean), ("wet", wet)):
        low, high = difference_limits(draws[-1], draws[:-1])
        found |= {name: float(draws[-1]), f"{name}_low": float(low), f"{name}_high": float(high)}
    return found
