"""`wetdry study emotion`: embed, ask the probes layer by layer, and compose the report."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from wetdry.extract import Progress, Silent
from wetdry.extract.threads import default_workers
from wetdry.probes import families
from wetdry.report import StudyResult, check_folder
from wetdry.store import Store
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.emotion import page
from wetdry.studies.emotion.agreement import agreement
from wetdry.studies.emotion.config import EmotionConfig
from wetdry.studies.emotion.emotions import class_names
from wetdry.studies.emotion.findings import Findings
from wetdry.studies.emotion.measure import Measured, measure
from wetdry.studies.emotion.parts import count, parts
from wetdry.studies.emotion.players import players
from wetdry.studies.emotion.survival import survival
from wetdry.studies.provenance import provenance
from wetdry.studies.settings import checked_settings
from wetdry.studies.tables import joined


def run(
    config: EmotionConfig,
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
    check_folder(folder)
    measured = measure(config, Store(store or folder / "store"), workers=workers, progress=progress)
    found = findings(config, measured, Checkpoints(folder / "parts"), workers=workers, progress=progress)
    heard = players(found, workers=workers, progress=progress)
    record = provenance(
        config.model_dump(mode="json"),
        seeds={"split, folds, refits, shuffles, bootstrap and permutations": config.seed},
        encoders=[view.key for view in measured.views],
        windows={view.encoder.spec.name: view.windows.key for view in measured.views},
        data={
            side: dict(zip(clips["item"], clips["clip"], strict=True))
            for side, clips in (("train", measured.train), ("test", measured.test))
        },
        wall_seconds=round(time.monotonic() - began, 2),
    )
    return StudyResult(
        "emotion",
        f"How effects shift the emotion estimated from {found.short_name}",
        page.lead(found),
        page.sections(found, heard),
        {name: table for name, table in found.tables.items() if not table.empty},
        record,
    )


def emotion(data: str, *, store: str | Path | None = None, workers: int | None = None, **settings: Any) -> Tables:
    """How effects shift the emotion that probes estimate: the tables of `wetdry study emotion`.

    Parameters
    ----------
    data
        Labelled data set, such as `emopia:PATH`, `deam:PATH` or `csv:FILE`.
    store
        Folder that keeps the embeddings; none are kept if None.
    settings
        Fields of `EmotionConfig`, such as `encoders=["vibenet"]`, `effects="reverb,distortion"`, `per_class=20`.

    Returns
    -------
    dict of DataFrame
        `survival`, `overall`, `shifts`, `trends`, `shares`, `performance`, `robustness`, `splits`, `agreement`,
        `displacements`, `paths`, `alignment`, `additivity`, `flow`, `transitions`, `class_tests` (of classes),
        `estimates`, `profiles`, `probes`, `failures`.
    """
    config = configured(data=data, **settings)
    with TemporaryDirectory(prefix="wetdry-") as folder:
        measured = measure(config, Store(store or folder), workers=workers)
        return findings(config, measured, workers=workers).tables


def configured(**settings: Any) -> EmotionConfig:
    """The settings, checked; a wrong one is a sentence."""
    config = checked_settings(EmotionConfig, "emotion", settings, ["encoders", "probes"])
    for name in config.families:
        families.get(name)
    return config


def findings(
    config: EmotionConfig,
    measured: Measured,
    checkpoints: Checkpoints | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Findings:
    """All tables of what was measured."""
    checkpoints, progress = checkpoints or Checkpoints(None), progress or Silent()
    collected: dict[str, list[pd.DataFrame]] = {}
    progress.start(count(config, measured), "asking the probes")
    try:
        for tables in parts(config, measured, checkpoints, workers or default_workers()):
            for name, table in tables.items():
                collected.setdefault(name, []).append(table)
            progress.advance(1, 0.0)
    finally:
        progress.close()
    tables = {name: joined(several) for name, several in collected.items()}
    tables["survival"] = survival(tables, config.families[0], sorted(measured.baselines))
    compared = measured.targets.task
    tables["agreement"] = agreement(
        tables["estimates"],
        class_names(compared) if compared.classes else compared.names,
        seed=config.seed,
        resamples=config.resamples,
    )
    return Findings(config, measured, tables | {"failures": measured.failures})


def summary(result: StudyResult) -> tuple[str, list[dict[str, Any]]]:
    """Title and rows of the short table for a terminal: the shift of each effect, and where it survives."""
    return f"{result.title}: wet − dry over levels, 95 % intervals", page.summary_rows(result.all_tables())
