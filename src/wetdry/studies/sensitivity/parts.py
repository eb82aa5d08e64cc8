"""The analysis cut into parts, one a layer and effect: computed in processes of their own, and kept when finished."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from wetdry.studies.backing import free_memory
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.deformations import Deformations, StoredDeformation
from wetdry.studies.jobs import Job, run_jobs
from wetdry.studies.layers import ALL_LAYERS
from wetdry.studies.sensitivity.analysis import analyse
from wetdry.studies.sensitivity.config import SensitivityConfig

COPIES = 15
"""Memory that a part takes, in sizes of its wet vectors as they are stored, where all is done in memory: 14.3 was
measured for 600 clips at 20 strengths in 1024 dimensions, in the downstream task, and 6 without it."""

NOT_OF_ONE_PART = {"data", "encoders", "effects", "layers", "device", "dtype"}
"""Settings that a part does not follow from beyond what it names itself."""


def parts(
    config: SensitivityConfig, measured: Deformations, checkpoints: Checkpoints, workers: int
) -> Iterator[Tables]:
    """The tables of each layer under each effect in order, computed in as many processes as there are workers."""
    largest = COPIES * math.prod(measured.largest) * np.dtype(np.float32).itemsize
    in_blocks = largest > free_memory()
    jobs = _jobs(config, measured, checkpoints, in_blocks=in_blocks)
    yield from run_jobs(jobs, 1 if in_blocks else min(workers, len(measured)), largest)


def _jobs(
    config: SensitivityConfig, measured: Deformations, checkpoints: Checkpoints, *, in_blocks: bool
) -> Iterator[Job]:
    """A call for each part, which can be sent to another process; those known already only hand their tables over."""
    for view in measured.request.plan.views:
        for layer in view.layers:
            whole = config.layers != ALL_LAYERS or layer == view.encoder.spec.default_layer
            for grid in measured.request.grids:
                follows_from = {
                    "config": config.model_dump(mode="json", exclude=NOT_OF_ONE_PART),
                    "whole": whole,
                    "encoder": view.key,
                    "layer": layer,
                    "recipe": view.recipe,
                    "effects": [(step.effect.key, step.effect.revision, step.level) for step in grid.steps],
                    "clips": measured.clips.drop(columns="path").to_numpy().tolist(),
                }
                known = checkpoints.known(follows_from)
                if known is not None:
                    yield partial(dict, known)
                    continue
                stored = measured.stored(view.encoder.spec.name, layer, grid)
                yield partial(_analysed, checkpoints, follows_from, stored, config, whole, in_blocks)


def _analysed(
    checkpoints: Checkpoints,
    follows_from: dict[str, Any],
    stored: StoredDeformation,
    config: SensitivityConfig,
    whole: bool,
    in_blocks: bool,
) -> Tables:
    return checkpoints.tables(
        follows_from,
        lambda: analyse(stored.read(None if in_blocks else math.inf), config, whole=whole, in_blocks=in_blocks),
    )
