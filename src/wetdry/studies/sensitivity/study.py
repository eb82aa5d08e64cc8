"""`wetdry study sensitivity`: embed, analyse layer by layer and effect by effect, and compose the report."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from wetdry.audio import Windows
from wetdry.datasets import dataset
from wetdry.encoders import encoder
from wetdry.extract import Progress, Silent
from wetdry.extract.threads import default_workers
from wetdry.report import StudyResult, check_folder
from wetdry.store import Store
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.deformations import Deformations, Request, measure
from wetdry.studies.grids import select_grids
from wetdry.studies.labels import at_most, class_labels
from wetdry.studies.layers import select_layers
from wetdry.studies.provenance import provenance
from wetdry.studies.sensitivity import page
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.findings import Findings
from wetdry.studies.sensitivity.maps import drawn_class
from wetdry.studies.sensitivity.parts import parts
from wetdry.studies.sensitivity.players import players
from wetdry.studies.sensitivity.split import sides
from wetdry.studies.settings import checked_settings
from wetdry.studies.tables import joined


def run(
    config: SensitivityConfig,
    folder: Path,
    *,
    store: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Study as `config` says. Vectors are kept in `store` (`folder`/store if None) and finished parts of the analysis
    in `folder`/parts, so that a second run goes on where the first was stopped.

    Raises
    ------
    WetdryError
        Where nothing could be measured. A clip among others that cannot be used is left out and reported.
    """
    began = time.monotonic()
    wanted = request(config)
    check_folder(folder)
    measured = measure(wanted, Store(store or folder / "store"), workers=workers, progress=progress)
    # The clips of a class may all have failed, and players need it at the end.
    drawn_class(measured.clips["label"], config.map_class)
    found = findings(config, measured, Checkpoints(folder / "parts"), workers=workers, progress=progress)
    heard = players(config, measured, workers=workers, progress=progress)
    record = provenance(
        config.model_dump(mode="json"),
        seeds={"folds, permutations, bootstrap, maps and draws": config.seed},
        encoders=[view.key for view in measured.request.plan.views],
        windows={view.encoder.spec.name: view.windows.key for view in measured.request.plan.views},
        data=dict(zip(measured.clips["item"], measured.clips["clip"], strict=True)),
        wall_seconds=round(time.monotonic() - began, 2),
    )
    return StudyResult(
        "sensitivity",
        f"How effects deform embeddings of {_short(measured.request.dataset.name)}",
        page.lead(found),
        page.sections(found, heard),
        {name: table for name, table in found.tables.items() if not table.empty},
        record,
    )


def sensitivity(data: str, *, store: str | Path | None = None, workers: int | None = None, **settings: Any) -> Tables:
    """How effects deform the embeddings of a data set: the tables of `wetdry study sensitivity`.

    Parameters
    ----------
    data
        Data set, such as `classes:PATH`, `irmas:PATH`, `csv:FILE` or `folder:PATH`.
    store
        Folder that keeps the embeddings; none are kept if None.
    settings
        Fields of `SensitivityConfig`, such as `encoders=["vibenet"]`, `effects="reverb,gain"`, `layers="all"`.

    Returns
    -------
    dict of DataFrame
        `correlation`, `samplewise`, `projections`, `paths`, `dimensions`, `spectra`, `maps`, `robustness`, `changes`,
        `notes`, `failures`.
    """
    config = configured(data=data, **settings)
    with TemporaryDirectory(prefix="wetdry-") as folder:
        measured = measure(request(config), Store(store or folder), workers=workers)
        return findings(config, measured, workers=workers).tables


def configured(**settings: Any) -> SensitivityConfig:
    """The settings, checked; a wrong one is a sentence."""
    return checked_settings(SensitivityConfig, "sensitivity", settings, ["encoders"])


def request(config: SensitivityConfig) -> Request:
    """What must be embedded."""
    grids = select_grids(config.effects, config.levels, preset=config.preset)
    models = [encoder(name, device=config.device, dtype=config.dtype) for name in dict.fromkeys(config.encoders)]
    whole = dataset(config.data)
    labels = class_labels(whole, config.label)
    drawn_class(labels.values(), config.map_class)
    return Request(
        at_most(whole, labels, config.clips, config.seed),
        labels,
        models,
        grids,
        select_layers(models, config.layers),
        windows=None if config.window is None else Windows(config.window),
        start=config.start,
        seconds=config.seconds,
    )


def findings(
    config: SensitivityConfig,
    measured: Deformations,
    checkpoints: Checkpoints | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Findings:
    """All tables of what was measured."""
    checkpoints, progress = checkpoints or Checkpoints(None), progress or Silent()
    side, how = sides(measured.clips, config.seed)
    measured = replace(measured, clips=measured.clips.assign(side=side))
    collected: dict[str, list[pd.DataFrame]] = {}
    progress.start(len(measured), "analysing, maps slowly at first" if config.maps else "analysing")
    try:
        for tables in parts(config, measured, checkpoints, workers or default_workers()):
            for name, table in tables.items():
                collected.setdefault(name, []).append(table)
            progress.advance(1, 0.0)
    finally:
        progress.close()
    tables = {name: joined(several) for name, several in collected.items()}
    return Findings(config, measured, how, tables | {"failures": measured.failures})


def summary(result: StudyResult) -> tuple[str, list[dict[str, Any]]]:
    """Title and rows of the short table for a terminal: how well a direction follows each effect, held out."""
    return "R² of an effect’s strength with its direction, on clips in and out of the fit", page.summary_rows(
        result.all_tables()
    )


def _short(name: str) -> str:
    """A data set by the last part of its path: “irmas:/data/IRMAS,preset=deng2025” is “IRMAS”."""
    return Path(name.partition(":")[2].partition(",")[0]).name or name
