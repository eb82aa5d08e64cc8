"""From a configuration to vectors, chunks and ratings of the clips that all models can hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wetdry.audio import Windows
from wetdry.datasets import Dataset, Item, dataset
from wetdry.encoders import Encoder, Vectors, encoder
from wetdry.errors import DataError, EncoderError
from wetdry.extract import Plan, Progress, run
from wetdry.extract.plan import View
from wetdry.store import Store
from wetdry.studies.deformations import DRY, POOL
from wetdry.studies.labelled import Labelled, labelled_items
from wetdry.studies.layers import select_layers
from wetdry.studies.matrix import matrix
from wetdry.studies.recognition.config import EMBEDDINGS, FEATURES, LAYER_SUM, NETWORKS, RecognitionConfig
from wetdry.studies.recognition.models import ALL_FEATURES, HANDCRAFTED, Model, models
from wetdry.studies.recognition.protocol import Floats, Protocol, Texts, check_ratings, protocol
from wetdry.studies.targets import Targets, targets_of, usual_numbers
from wetdry.studies.usable import Usable, usable

if TYPE_CHECKING:
    from wetdry.extract.chunks import Chunks

FEWEST_CLIPS = 20


@dataclass(frozen=True, eq=False)
class Measured:
    """Everything that is known of the clips of one study, in order of their ids.

    Attributes
    ----------
    data
        The data set, of its labelled items.
    targets
        What is estimated, and the ratings of items.
    unit
        Of the ratings, in words.
    clips
        A row a clip that every model hears: item, path, clip (hash), group, split.
    answers
        Ratings (n, target) of the clips.
    views
        How each encoder saw them, its own layer first; that of the handcrafted features comes before the others.
    heads_on
        Encoder of phase 3 → its layers that heads are put on, the one that stands for it first.
    stacks
        Encoder of phase 3 → its layers of one width that a sum weights, where it has several.
    store
        Where the vectors are.
    chunks
        Log-mel chunks of the clips, and perhaps of others; None without phase 2.
    protocol
        Which clips are learnt from and tested.
    models
        The rows of the leaderboard, those of the networks among them.
    failures
        Clips that could not be used, with their reasons.
    remarks
        What a reader must know of the choice of clips and models.
    """

    data: Dataset
    targets: Targets
    unit: str
    clips: pd.DataFrame
    answers: Floats
    views: tuple[View, ...]
    heads_on: Mapping[str, Sequence[str]]
    stacks: Mapping[str, Sequence[str]]
    store: Store
    chunks: Chunks | None
    protocol: Protocol
    models: tuple[Model, ...]
    failures: pd.DataFrame
    remarks: tuple[str, ...]

    @cached_property
    def groups(self) -> Texts:
        """What each clip (n,) is kept together with."""
        return self.clips["group"].to_numpy(str)

    @cached_property
    def targets_as_rated(self) -> Targets:
        """The ratings on the data set's own scale."""
        return targets_of(self.data, self.targets.wanted)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the targets."""
        return self.targets.task.names

    def view(self, name: str) -> View:
        """How an encoder, by its name, saw the clips."""
        return next(view for view in self.views if view.encoder.spec.name == name)

    def vectors(self, name: str, layer: str) -> Vectors:
        """One vector a clip (n, dim) of an encoder's layer, float32."""
        found: Vectors = matrix(self.store, self.view(name), layer, list(self.clips["clip"]), [DRY]).vectors[:, 0]
        return found

    def stack(self, name: str) -> Vectors:
        """The layers of one width of an encoder (n, layer, dim), float32."""
        return np.stack([self.vectors(name, layer) for layer in self.stacks[name]], axis=1)


def measure(
    config: RecognitionConfig,
    store: Store,
    *,
    folder: Path,
    workers: int | None = None,
    progress: Progress | None = None,
    remarks: Sequence[str] = (),
) -> Measured:
    """Embed what the store lacks, and cut chunks into `folder` where networks are asked for.

    `remarks` are what is known already, such as what is not installed.
    """
    labelled = ratings_of(config.data, config.label)
    _check_enough(labelled.dataset, len(labelled.dataset))
    planned = plans(config, labelled.dataset)
    heard = [_heard(plan, store, workers, progress) for plan in planned]
    cut = _cut(config, labelled.dataset, folder, workers, progress) if NETWORKS in config.phases else None
    clips, failures = _everywhere(labelled.dataset, heard, cut)
    views = tuple(_main_layer_first(view) for plan in planned for view in plan.views)
    clips, silent = _with_vectors(clips, store, views)
    _check_enough(labelled.dataset, len(clips))
    answers = np.asarray(labelled.targets.of(list(clips["item"])), dtype=np.float64)
    check_varied(labelled.targets.task.names, answers)
    found = protocol(clips, answers, folds=config.folds, one_split=config.one_split, seed=config.seed)
    check_ratings(found, labelled.targets.task.names, answers)
    heads_on, stacks = _places(config, [view.encoder for view in views if view.encoder.spec.name != HANDCRAFTED])
    return Measured(
        data=labelled.dataset,
        targets=labelled.targets,
        unit=labelled.unit,
        clips=clips,
        answers=answers,
        views=views,
        heads_on=heads_on,
        stacks=stacks,
        store=store,
        chunks=cut,
        protocol=found,
        models=models(config, heads_on, stacks, random=bool(found.random)),
        failures=pd.concat([failures, silent], ignore_index=True),
        remarks=(*remarks, *_unrated(config, labelled), *found.remarks),
    )


def ratings_of(text: str, label: str | None) -> Labelled:
    """The items of a data set that are rated with numbers; raises for classes, which this study does not estimate."""
    data = dataset(text)
    labelled = labelled_items(data, usual_numbers(data) if label is None else label)
    if labelled.targets.task.classes:
        raise DataError(
            f'{labelled.dataset.name}: "{labelled.targets.wanted}" is a set of classes, and recognition is of numbers '
            "such as valence,arousal: name numbers with --label, or use `wetdry study emotion`."
        )
    return labelled


def plans(config: RecognitionConfig, data: Dataset) -> tuple[Plan, ...]:
    """What is to be embedded of a data set: features of whole excerpts, and what the encoders hear in their windows."""
    models = []
    if EMBEDDINGS in config.phases:
        opened = [encoder(name, device=config.device, dtype=config.dtype) for name in dict.fromkeys(config.encoders)]
        models = [model for model in opened if model.spec.name != HANDCRAFTED]
        if not models:
            raise EncoderError(
                "The handcrafted features are phase 1: name another encoder for phase 3, or leave it out with --phases."
            )
    heads_on, stacks = _places(config, models)
    layers = {name: list(dict.fromkeys([*of, *stacks.get(name, ())])) for name, of in heads_on.items()}
    found = []
    if {FEATURES, EMBEDDINGS} & set(config.phases):
        features = encoder(HANDCRAFTED)
        found.append(_plan(config, data, [features], {HANDCRAFTED: [ALL_FEATURES]}, None))
    if models:
        windows = None if config.window is None else Windows(config.window)
        found.append(_plan(config, data, models, layers, windows))
    return tuple(found)


def check_varied(names: Sequence[str], answers: Floats) -> None:
    """Raise where a target (n, target) is the same for all clips that are left."""
    for name, values in zip(names, answers.T, strict=True):
        if np.ptp(values) == 0.0:
            raise DataError(
                f'"{name}" is {values[0]:g} for every clip that can be used, so that there is nothing to learn; '
                "name another --label or give more clips."
            )


def _check_enough(data: Dataset, clips: int) -> None:
    if clips < FEWEST_CLIPS:
        raise DataError(
            f"Too few clips of {data.name} can be used to learn from and to be tested on: {clips}; give {FEWEST_CLIPS} "
            "or more."
        )


def _plan(
    config: RecognitionConfig,
    data: Dataset,
    models: Sequence[Encoder],
    layers: Mapping[str, Sequence[str]],
    windows: Windows | None,
) -> Plan:
    return Plan(
        data,
        [DRY],
        models,
        layers=layers,
        windows=windows,
        pool=POOL,
        start=config.start,
        seconds=config.seconds,
    )


def _places(
    config: RecognitionConfig, encoders: Sequence[Encoder]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Encoder → layers that heads are put on, its own first; and → its layers of the width that most of them have."""
    wanted = select_layers(encoders, config.layers)
    heads_on, stacks = {}, {}
    for model in encoders:
        spec = model.spec
        of_heads = wanted.get(spec.name, [spec.default_layer])
        own = [name for name in of_heads if name == spec.default_layer]
        heads_on[spec.name] = [*own, *(name for name in of_heads if name not in own)]
        widths = [layer.dim for layer in spec.layers]
        commonest = max(widths, key=widths.count)
        if LAYER_SUM in config.heads and widths.count(commonest) > 1:
            stacks[spec.name] = [layer.name for layer in spec.layers if layer.dim == commonest]
    return heads_on, stacks


def _main_layer_first(view: View) -> View:
    own = [name for name in view.layers if name == view.encoder.spec.default_layer]
    return replace(view, layers=(*own, *(name for name in view.layers if name not in own)))


def _heard(plan: Plan, store: Store, workers: int | None, progress: Progress | None) -> Usable:
    run(plan, store, workers=workers, progress=progress)
    return usable(plan, store, DRY.effect.key)


def _cut(
    config: RecognitionConfig, data: Dataset, folder: Path, workers: int | None, progress: Progress | None
) -> Chunks:
    from wetdry.extract.chunks import chunks  # only the networks need it

    return chunks(data, folder=folder, start=config.start, seconds=config.seconds, workers=workers, progress=progress)


def _everywhere(data: Dataset, heard: Sequence[Usable], cut: Chunks | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The clips that were embedded and cut without failure, in order of their ids, and what failed."""
    found = [each.clips for each in heard] + ([cut.clips] if cut is not None else [])
    failures = [each.failures for each in heard] + ([cut.failures] if cut is not None else [])
    kept = sorted((item for item in data if all(item.id in clips for clips in found)), key=lambda item: item.id)
    return _table(kept, found[0]), pd.concat(failures, ignore_index=True).drop_duplicates(
        ["item", "stage", "reason"], ignore_index=True
    )


def _with_vectors(clips: pd.DataFrame, store: Store, views: Sequence[View]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The clips of which every layer has a finite vector, and why the others have none."""
    failures = []
    known = np.ones(len(clips), dtype=bool)
    for view in views:
        for layer in view.layers:
            vectors = matrix(store, view, layer, list(clips["clip"]), [DRY]).vectors[:, 0]
            without = known & ~np.isfinite(vectors).all(axis=1)
            name = view.encoder.spec.name
            failures.append(
                clips.loc[without, ["item", "path"]].assign(
                    stage="select", reason=f"{name} {layer} gave a vector that is no number, or none."
                )
            )
            known &= ~without
    return clips[known].reset_index(drop=True), pd.concat([pd.DataFrame(), *failures], ignore_index=True)


def _unrated(config: RecognitionConfig, labelled: Labelled) -> list[str]:
    """How many clips lack a rating, which no table lists."""
    everything = len(dataset(config.data))
    without = everything - len(labelled.dataset)
    targets = ", ".join(labelled.targets.task.names)
    return [f"Not rated for {targets}, and so left out: {without} of {everything} clips."] if without else []


def _table(items: Sequence[Item], clips: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": [item.id for item in items],
            "path": [str(item.path) for item in items],
            "clip": [clips[item.id] for item in items],
            "group": [item.group for item in items],
            "split": [item.split for item in items],
        }
    )
