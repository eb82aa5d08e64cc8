"""`wetdry fad`: embed two sets, measure layer by layer how far they are apart, and compose the report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from wetdry.extract import Progress, Silent
from wetdry.extract.threads import default_workers
from wetdry.report import StudyResult, check_folder
from wetdry.store import Store
from wetdry.studies.backing import SHARE, free_memory
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.fad import page
from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.distances import MOST_DIMENSIONS, analyse
from wetdry.studies.fad.findings import Findings
from wetdry.studies.fad.measure import Measured, measure
from wetdry.studies.fad.stored import StoredSets
from wetdry.studies.jobs import Job, run_jobs
from wetdry.studies.provenance import provenance
from wetdry.studies.settings import checked_settings
from wetdry.studies.tables import joined

COPIES = 12
"""Memory that a layer takes at most, in sizes of the rows that are drawn as float64."""
MATRICES = 8
"""And in covariances, of either set or of each label in it."""

NOT_OF_ONE_LAYER = {"first", "second", "encoders", "layers", "device", "dtype", "start", "seconds", "window"}
"""Settings that a layer's tables do not follow from beyond what names its vectors."""


def run(
    config: FadConfig,
    folder: Path,
    *,
    store: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Compare as `config` says. Vectors are kept in `store` (`folder`/store if None) and the tables of finished layers
    in `folder`/parts, so that a second run goes on where the first was stopped.

    Raises
    ------
    WetdryError
        Where nothing could be measured. A clip among others that cannot be used is left out and reported.
    """
    began = time.monotonic()
    check_folder(folder)
    checkpoints = Checkpoints(folder / "parts")
    measured = measure(config, Store(store or folder / "store"), checkpoints, workers=workers, progress=progress)
    found = findings(config, measured, checkpoints, workers=workers, progress=progress)
    record = provenance(
        config.model_dump(mode="json"),
        seeds={"draws of clips, halves of groups and blocks": config.seed},
        encoders=[view.key for view in measured.first.plan.views],
        windows={view.encoder.spec.name: view.windows.key for view in measured.first.plan.views},
        data={
            side.name: {"name": side.plan.dataset.name, "clips": side.clips}
            for side in (measured.first, measured.second)
        },
        wall_seconds=round(time.monotonic() - began, 2),
    )
    return StudyResult(
        "fad",
        "How far two sets are apart",
        page.lead(found),
        page.sections(found),
        {name: table for name, table in found.tables.items() if not table.empty},
        record,
    )


def fad(
    first: str | Path,
    second: str | Path,
    *,
    store: str | Path | None = None,
    workers: int | None = None,
    **settings: Any,
) -> Tables:
    """Fréchet audio distance of two sets, its floor and limits, and the kernel distance: the tables of `wetdry fad`.

    Parameters
    ----------
    first, second
        A, and B, the reference: folders, files or data sets such as `ravdess:PATH,channel=song`.
    store
        Folder that keeps the embeddings; none are kept if None.
    settings
        Fields of `FadConfig`, such as `encoders="vibenet"`, `by="emotion"`, `per_song=True`, `frames=True`.

    Returns
    -------
    dict of DataFrame
        `distances`, `ranking`, `songs`, `clips`, `failures`.
    """
    config = configured(first=str(first), second=str(second), **settings)
    with TemporaryDirectory(prefix="wetdry-") as folder:
        measured = measure(config, Store(store or folder), workers=workers)
        return findings(config, measured, workers=workers).tables


def configured(**settings: Any) -> FadConfig:
    """The settings, checked; a wrong one is a sentence."""
    return checked_settings(FadConfig, "fad", settings, ["encoders"])


def findings(
    config: FadConfig,
    measured: Measured,
    checkpoints: Checkpoints | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Findings:
    """All tables of what was measured."""
    progress, workers = progress or Silent(), workers or default_workers()
    collected: dict[str, list[pd.DataFrame]] = {"distances": [], "ranking": [], "songs": []}
    progress.start(len(measured.layers), "measuring distances")
    try:
        jobs = _jobs(config, measured, checkpoints or Checkpoints(None))
        for tables in run_jobs(jobs, min(workers, len(measured.layers)), _largest(config, measured)):
            for name, table in tables.items():
                collected[name].append(table)
            progress.advance(1, 0.0)
    finally:
        progress.close()
    tables = {name: joined(several) for name, several in collected.items()}
    return Findings(config, measured, tables | {"clips": measured.clips, "failures": measured.failures})


def _jobs(config: FadConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """A call for each layer, which can be sent to another process; those known already only hand their tables over."""
    clips = measured.clips.drop(columns="path").to_numpy().tolist()
    for view, layer in measured.layers:
        follows_from = {
            "config": config.model_dump(mode="json", exclude=NOT_OF_ONE_LAYER),
            "encoder": view.key,
            "layer": layer,
            "recipe": view.recipe,
            "clips": clips,
        }
        known = checkpoints.known(follows_from)
        if known is not None:
            yield partial(dict, known)
            continue
        yield partial(_analysed, checkpoints, follows_from, measured.stored(view, layer), config)


def _analysed(checkpoints: Checkpoints, follows_from: dict[str, Any], stored: StoredSets, config: FadConfig) -> Tables:
    return checkpoints.tables(follows_from, lambda: analyse(stored.read(), config))


def _largest(config: FadConfig, measured: Measured) -> float:
    """Bytes that the widest layer takes at most: vectors as far as they are in memory, what is drawn, covariances."""
    widest = max(view.encoder.spec.layer(layer).dim for view, layer in measured.layers)
    clips = len(measured.first.items) + len(measured.second.items)
    labels = 1 + len(set(measured.first.labels.values()) & set(measured.second.labels.values()))
    drawn = 2 * config.rows * labels
    as_stored, double = np.dtype(np.float32).itemsize * widest, np.dtype(np.float64).itemsize * widest
    rows = min(drawn, clips) if config.pool else drawn
    covariances = 2 * MATRICES * labels * min(widest, MOST_DIMENSIONS) if clips > 2 * config.rows else 0
    return min(clips * as_stored, 2 * SHARE * free_memory()) + (COPIES * rows + covariances) * double
