"""The analysis cut into parts, one a layer and effect: computed in processes of their own, and kept when finished."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import joblib

from wetdry.extract.threads import single_threaded_kernels
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.deformations import Deformation, Deformations
from wetdry.studies.sensitivity.analysis import analyse
from wetdry.studies.sensitivity.config import SensitivityConfig

Job = Callable[[], Tables]

ALL_LAYERS = "all"

COPIES = 15
"""Memory that a part takes at most, in sizes of its wet vectors as they are stored."""

NOT_OF_ONE_PART = {"data", "encoders", "effects", "layers", "device", "dtype"}
"""Settings that a part does not follow from beyond what it names itself."""


def parts(
    config: SensitivityConfig, measured: Deformations, checkpoints: Checkpoints, workers: int
) -> Iterator[Tables]:
    """The tables of each layer under each effect in order, computed in as many processes as there are workers."""
    jobs = _jobs(config, measured, checkpoints)
    workers = min(workers, len(measured), max(1, int(_free_memory() / (COPIES * measured.largest))))
    if workers == 1:
        yield from map(_do, jobs)
        return
    # Vectors are read when a process is about to be free for them, so that no more are in memory than are worked on.
    # They go through a pipe: joblib would lay large ones down as files, which a run that is killed leaves in memory.
    pool = joblib.Parallel(workers, return_as="generator", pre_dispatch=workers, batch_size=1, max_nbytes=None)
    with warnings.catch_warnings():
        # Where it can see a process's memory, joblib replaces one that has kept much of it, which is no one's trouble.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        yield from pool(joblib.delayed(_do)(job) for job in jobs)


def _jobs(config: SensitivityConfig, measured: Deformations, checkpoints: Checkpoints) -> Iterator[Job]:
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
                found = measured.of(view.encoder.spec.name, layer, grid)
                yield partial(_analysed, checkpoints, follows_from, found, config, whole)


def _do(job: Job) -> Tables:
    return job()


def _analysed(
    checkpoints: Checkpoints, follows_from: dict[str, Any], found: Deformation, config: SensitivityConfig, whole: bool
) -> Tables:
    with single_threaded_kernels():
        return checkpoints.tables(follows_from, partial(analyse, found, config, whole=whole))


def _free_memory() -> float:
    """Bytes that can be had without swapping, as Linux tells them; infinite elsewhere."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return math.inf
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), math.inf)
