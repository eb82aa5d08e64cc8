"""The study cut into parts, one a model, fold and seed, and those beyond; each kept when it is finished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache, partial
from typing import Any

import numpy as np

from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.jobs import Job, run_jobs
from wetdry.studies.recognition import cross, dynamic, exploring, maps, networks
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.heads import attend, starts_at_random
from wetdry.studies.recognition.lessons import Source, labels_of, lesson_of, source_of, vectors_of
from wetdry.studies.recognition.measure import Measured
from wetdry.studies.recognition.models import HANDCRAFTED, Model
from wetdry.studies.recognition.protocol import Floats, Fold
from wetdry.studies.resumable import resumable

BEYOND = (exploring, networks, maps, cross, dynamic)
"""What has parts of its own beside the models that learn from one vector a clip."""

COPIES = 8
"""Memory that a part takes at most, in sizes of its vectors in float64."""


def count(config: RecognitionConfig, measured: Measured) -> int:
    """How many parts there are."""
    beyond: list[int] = [part.count(config, measured) for part in BEYOND]
    return sum(1 for _ in _sittings(config, measured)) + sum(beyond)


def parts(config: RecognitionConfig, measured: Measured, checkpoints: Checkpoints, workers: int) -> Iterator[Tables]:
    """The tables of each part in order, computed in as many processes as there are workers."""
    yield from run_jobs(_jobs(config, measured, checkpoints), workers, COPIES * _largest(measured))


def _jobs(config: RecognitionConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """A call for each part, which can be sent to another process; those known already only hand their tables over."""

    @lru_cache(maxsize=1)
    def vectors(source: Source) -> Floats:
        return vectors_of(measured, source)

    for model, fold, seed in _sittings(config, measured):

        def prepared(model: Model = model, fold: Fold = fold, seed: int = seed) -> Job:
            return partial(attend, lesson_of(config, measured, model, vectors(source_of(model)), fold, seed))

        yield resumable(checkpoints, _follows_from(config, measured, model, fold, seed), prepared)
    for part in BEYOND:
        yield from part.jobs(config, measured, checkpoints)


def _sittings(config: RecognitionConfig, measured: Measured) -> Iterator[tuple[Model, Fold, int]]:
    """Every model that learns from vectors, in every fold, with every seed where it starts at random."""
    for model in measured.models:
        if model.kind in ("network", "ensemble"):
            continue
        folds = measured.protocol.random if model.kind == "random split" else measured.protocol.folds
        seeds = config.run_seeds if starts_at_random(model) else config.run_seeds[:1]
        for seed in seeds:
            for fold in folds:
                yield model, fold, seed


def _follows_from(config: RecognitionConfig, measured: Measured, model: Model, fold: Fold, seed: int) -> dict[str, Any]:
    used = {model.encoder, *([HANDCRAFTED] if model.kind == "fusion" else [])} - {""}
    return {
        "model": asdict(model),
        "views": [(view.key, view.recipe) for view in measured.views if view.encoder.spec.name in used],
        "layers": labels_of(measured, model),
        "targets": measured.names,
        "clips": measured.clips[["item", "clip", "group"]].to_numpy().tolist(),
        "answers": measured.answers.tolist(),
        "fold": [fold.number, fold.train.tolist(), fold.validation.tolist(), fold.test.tolist()],
        "seed": seed,
        "settings": [config.inner_folds, config.search, config.k],
    }


def _largest(measured: Measured) -> int:
    """Bytes of the vectors of the model that takes in most."""
    widths = [
        measured.view(model.encoder).encoder.spec.layer(model.layer).dim
        for model in measured.models
        if model.kind in ("probe", "fusion")
    ]
    stacked = [
        len(layers) * measured.view(name).encoder.spec.layer(layers[0]).dim for name, layers in measured.stacks.items()
    ]
    return len(measured.clips) * max([1, *widths, *stacked]) * np.dtype(np.float64).itemsize
