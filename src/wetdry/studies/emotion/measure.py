"""From a configuration to vectors: which clips, which effects, which encoders; embedded, and opened for reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from wetdry.audio import Windows
from wetdry.datasets import Dataset, Item, dataset
from wetdry.encoders import Encoder
from wetdry.errors import DataError
from wetdry.extract import Plan, Progress, run
from wetdry.extract.plan import View
from wetdry.probes import families
from wetdry.store import Store
from wetdry.studies.baselines import with_baselines
from wetdry.studies.deformations import DRY, POOL
from wetdry.studies.emotion.config import EmotionConfig
from wetdry.studies.emotion.emotions import check_names
from wetdry.studies.emotion.fits import FEWEST_GROUPS
from wetdry.studies.emotion.material import Material
from wetdry.studies.emotion.steps import Steps, steps_of
from wetdry.studies.labelled import Labelled, labelled_items
from wetdry.studies.layers import select_layers
from wetdry.studies.matrix import Matrix, matrix
from wetdry.studies.sides import TEST, TRAIN, Sides, at_most, sides
from wetdry.studies.targets import Targets
from wetdry.studies.usable import Usable, usable

FEWEST_TRAINING, FEWEST_EVALUATED = 20, 2
"""Clips."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Everything that is in the store for one study, and what it means.

    Attributes
    ----------
    data
        The data set that is evaluated.
    targets, train_targets
        What is estimated, and the labels of its items; those of the data set that probes learn from.
    unit
        Of numbers, in words.
    train, test
        One row a clip: item, path, clip (hash), group.
    sides
        How the two were told apart.
    steps
        What was done to the clips of `test`.
    views
        How each encoder saw them, baselines last.
    baselines
        Names of the encoders that are baselines.
    remarks
        What a reader must know of the choice of clips and baselines.
    """

    data: Dataset
    targets: Targets
    unit: str
    train_targets: Targets
    train: pd.DataFrame
    test: pd.DataFrame
    sides: Sides
    steps: Steps
    views: tuple[View, ...]
    baselines: frozenset[str]
    store: Store
    failures: pd.DataFrame
    remarks: tuple[str, ...]

    @property
    def layers(self) -> list[tuple[View, str]]:
        """Each encoder's view with each of its layers, in order."""
        return [(view, layer) for view in self.views for layer in view.layers]

    def material(self, view: View, layer: str) -> Material:
        """The vectors and labels of one layer; clips without a dry vector are left out."""
        train = self._matrix(view, layer, self.train, dry_only=True).vectors[:, 0]
        found = self._matrix(view, layer, self.test, dry_only=False)
        controlled = 1 + len(self.steps.controlled)
        heard, learnt = ~np.isnan(found.vectors[:, 0]).any(axis=1), ~np.isnan(train).any(axis=1)
        test, learning = self.test.loc[np.flatnonzero(heard)], self.train.loc[np.flatnonzero(learnt)]
        vectors = found.vectors[heard]
        return Material(
            encoder=view.encoder.spec.name,
            layer=layer,
            task=self.targets.task,
            unit=self.unit,
            train=train[learnt],
            train_labels=self.train_targets.of(list(learning["item"])),
            train_groups=learning["group"].to_numpy(str),
            clips=test.reset_index(drop=True),
            labels=self.targets.of(list(test["item"])),
            dry=vectors[:, 0],
            wet=vectors[:, 1:controlled],
            parts=vectors[:, controlled:],
            gain_db=found.gain_db[heard, 1:controlled],
            variants=self.steps.variants,
        )

    def largest(self) -> int:
        """Bytes of the vectors of the largest layer."""
        widest = max(view.encoder.spec.layer(layer).dim for view, layer in self.layers)
        variants = 1 + len(self.steps.controlled) + len(self.steps.parts)
        return (len(self.train) + len(self.test) * variants) * widest * np.dtype(np.float32).itemsize

    def _matrix(self, view: View, layer: str, clips: pd.DataFrame, *, dry_only: bool) -> Matrix:
        wanted = [DRY] if dry_only else [DRY, *self.steps.controlled, *self.steps.parts]
        return matrix(self.store, view, layer, list(clips["clip"]), wanted)


def measure(
    config: EmotionConfig, store: Store, *, workers: int | None = None, progress: Progress | None = None
) -> Measured:
    """Embed what the store lacks: every labelled clip dry, and the evaluated ones under every effect."""
    steps = steps_of(config)
    models, baselines, remarks = with_baselines(
        config.encoders, wanted=config.baselines, device=config.device, dtype=config.dtype
    )
    embedding = _Embedding(config, models, steps, store, workers, progress)
    data = labelled_items(dataset(config.data), config.label)
    check_names(data.targets.task)
    for family in config.families:
        families.get(family)().check(data.targets.task)
    chosen = _of_one_set(embedding, data) if config.train is None else _of_two_sets(embedding, data, config.train)
    evaluated = at_most(chosen.evaluated, data.targets.labels, data.targets.task, config.per_class, config.seed)
    _check_numbers(chosen.learning, evaluated)
    check_learnable(chosen.learning, chosen.learnt.targets)
    wet = embedding.plan(data, evaluated, dry_only=False)
    heard = embedding.embedded(wet)
    return Measured(
        data.dataset,
        data.targets,
        data.unit,
        chosen.learnt.targets,
        _table(chosen.learning, chosen.clips),
        _table(sorted(heard.items, key=lambda item: item.id), heard.clips),
        chosen.sides,
        steps,
        wet.views,
        frozenset(baselines),
        store,
        pd.concat([*chosen.failures, heard.failures], ignore_index=True).drop_duplicates(ignore_index=True),
        (*remarks, *chosen.remarks),
    )


@dataclass(frozen=True, eq=False)
class _Chosen:
    """Items to learn from, of which data set, with their clip hashes; and items to evaluate."""

    learnt: Labelled
    learning: list[Item]
    clips: dict[str, str]
    evaluated: list[Item]
    sides: Sides
    failures: list[pd.DataFrame]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Embedding:
    """How clips are embedded in this study."""

    config: EmotionConfig
    models: list[Encoder]
    steps: Steps
    store: Store
    workers: int | None
    progress: Progress | None

    def plan(self, data: Labelled, items: Sequence[Item], *, dry_only: bool) -> Plan:
        return Plan(
            replace(data.dataset, items=tuple(items)),
            [DRY] if dry_only else [DRY, *self.steps.controlled, *self.steps.parts],
            self.models,
            layers=select_layers(self.models, self.config.layers),
            windows=None if self.config.window is None else Windows(self.config.window),
            pool=POOL,
            start=self.config.begin,
            seconds=self.config.seconds,
        )

    def embedded(self, plan: Plan) -> Usable:
        run(plan, self.store, workers=self.workers, progress=self.progress)
        return usable(plan, self.store, DRY.effect.key)

    def dry(self, data: Labelled) -> Usable:
        """All items of a data set, embedded without effect."""
        return self.embedded(self.plan(data, data.dataset.items, dry_only=True))


def _of_one_set(embedding: _Embedding, data: Labelled) -> _Chosen:
    """Both sides from one data set, by its own split or by groups."""
    found = embedding.dry(data)
    items = sorted(found.items, key=lambda item: item.id)
    config, targets = embedding.config, data.targets
    how = sides(items, targets.labels, targets.task, share=config.test_share, seed=config.seed)
    learning, evaluated = ([item for item in items if how.side.get(item.id) == side] for side in (TRAIN, TEST))
    neither = len(items) - len(how.side)
    remarks = (f"{neither} clips are in no part of the split that is learnt from or evaluated.",) if neither else ()
    return _Chosen(data, learning, found.clips, evaluated, how, [found.failures], remarks)


def _of_two_sets(embedding: _Embedding, data: Labelled, train: str) -> _Chosen:
    """All of one data set to learn from, and of the other what is not in it, by the content of the audio."""
    task = data.targets.task
    label = embedding.config.label if task.classes else ",".join(task.names)
    learnt = labelled_items(dataset(train), label)
    if learnt.targets.task != task:
        raise DataError(
            f"{learnt.dataset.name} is labelled with {', '.join(learnt.targets.task.names)}, {data.dataset.name} with "
            f"{', '.join(task.names)}: name a label that both have with --label."
        )
    learnable, found = embedding.dry(learnt), embedding.dry(data)
    known = set(learnable.clips.values())
    evaluated = sorted((item for item in found.items if found.clips[item.id] not in known), key=lambda item: item.id)
    remarks = []
    if learnt.unit != data.unit:
        remarks.append(
            f"The labels of {learnt.dataset.name} and {data.dataset.name} are on different scales, as far as is known: "
            "scores compare the scales too."
        )
    if both := len(found.items) - len(evaluated):
        remarks.append(f"{both} clips are in both data sets, and are not evaluated.")
    return _Chosen(
        learnt,
        sorted(learnable.items, key=lambda item: item.id),
        learnable.clips,
        evaluated,
        Sides({item.id: TEST for item in evaluated}, f"probes learnt from {learnt.dataset.name}"),
        [learnable.failures, found.failures],
        tuple(remarks),
    )


def _check_numbers(learning: Sequence[Item], evaluated: Sequence[Item]) -> None:
    if len(learning) < FEWEST_TRAINING or len(evaluated) < FEWEST_EVALUATED:
        raise DataError(
            f"{len(learning)} clips to learn from and {len(evaluated)} to evaluate are too few (at least "
            f"{FEWEST_TRAINING} and {FEWEST_EVALUATED}); give more, or learn from another data set with --train."
        )


def check_learnable(learning: Sequence[Item], targets: Targets) -> None:
    """Said before clips are embedded under every effect, which takes long."""
    if targets.task.classes:
        for name in targets.task.names:
            groups = {item.group for item in learning if targets.labels[item.id] == name}
            if len(groups) < FEWEST_GROUPS:
                raise DataError(
                    f'{len(groups)} groups of clips that probes learn from are of class "{name}" (at least '
                    f"{FEWEST_GROUPS}): give more of it, leave it out, or learn from another data set with --train."
                )
        return
    numbers = targets.of([item.id for item in learning])
    for name, values in zip(targets.task.names, numbers.T, strict=True):
        if len(np.unique(values)) == 1:
            raise DataError(f'"{name}" is the same for all clips that probes learn from; name another --label.')


def _table(items: Sequence[Item], clips: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": [item.id for item in items],
            "path": [str(item.path) for item in items],
            "clip": [clips[item.id] for item in items],
            "group": [item.group for item in items],
        }
    )
