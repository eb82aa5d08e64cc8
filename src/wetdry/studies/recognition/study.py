"""`wetdry study recognition`: embed, learn and be tested model by model, and compose the report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from wetdry.errors import DataError
from wetdry.extract import Progress, Silent
from wetdry.extract.threads import default_workers
from wetdry.probes import SELECTIONS
from wetdry.probes.catalogue import model_of
from wetdry.probes.networks import NETWORKS
from wetdry.registry import did_you_mean
from wetdry.report import StudyResult, check_folder
from wetdry.store import Store
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.provenance import provenance
from wetdry.studies.recognition import page
from wetdry.studies.recognition.best import save_best
from wetdry.studies.recognition.config import LAYER_SUM, RecognitionConfig, installed
from wetdry.studies.recognition.config import NETWORKS as NETWORK_PHASE
from wetdry.studies.recognition.findings import Findings
from wetdry.studies.recognition.measure import Measured, measure
from wetdry.studies.recognition.networks import as_the_report_scores
from wetdry.studies.recognition.parts import count, parts
from wetdry.studies.recognition.published import published
from wetdry.studies.recognition.scoring import ensemble, ensemble_fits, leaderboard, scores
from wetdry.studies.settings import checked_settings
from wetdry.studies.tables import joined

LISTS = ("encoders", "regressors", "selections", "networks", "heads", "also")
"""Settings that are several names."""


def run(
    config: RecognitionConfig,
    folder: Path,
    *,
    store: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Study as `config` says. Vectors are kept in `store` (`folder`/store if None), spectrograms in `folder`/chunks and
    finished parts of the analysis in `folder`/parts, so that a second run goes on where the first was stopped. The best
    probe is written into `folder`.

    Raises
    ------
    WetdryError
        Where nothing could be measured. A clip among others that cannot be used is left out and reported.
    """
    began = time.monotonic()
    check_folder(folder)
    config, missing = installed(config)
    measured = measure(
        config,
        Store(store or folder / "store"),
        folder=folder / "chunks",
        workers=workers,
        progress=progress,
        remarks=missing,
    )
    found = findings(config, measured, Checkpoints(folder / "parts"), workers=workers, progress=progress)
    save_best(config, measured, found.tables, folder)
    record = provenance(
        config.model_dump(mode="json"),
        seeds={"folds, models, bootstrap and maps": config.seed, "runs": list(config.run_seeds)},
        encoders=[view.key for view in measured.views],
        windows={view.encoder.spec.name: view.windows.key for view in measured.views},
        data=dict(zip(measured.clips["item"], measured.clips["clip"], strict=True)),
        wall_seconds=round(time.monotonic() - began, 2),
    )
    return StudyResult(
        "recognition",
        f"What features, spectrograms and embeddings tell of emotion in {found.short_name}",
        page.lead(found),
        page.sections(found),
        {name: table for name, table in found.tables.items() if not table.empty},
        record,
    )


def recognition(data: str, *, store: str | Path | None = None, workers: int | None = None, **settings: Any) -> Tables:
    """What features, spectrograms and embeddings tell of emotion: the tables of `wetdry study recognition`.

    Parameters
    ----------
    data
        Data set rated with numbers, such as `deam:PATH` or `csv:FILE`.
    store
        Folder that keeps the embeddings; none are kept if None.
    settings
        Fields of `RecognitionConfig`, such as `encoders=["vibenet"]`, `phases=[1, 3]`, `folds=5`.

    Returns
    -------
    dict of DataFrame
        `leaderboard`, `scores`, `estimates`, `fits`, `published`, `ratings`, `correlations`, `failures`; by phases also
        `features`, `shap`, `selected`, `curves`, `attention`, `waveform`, `layer_weights`, `maps`, `cross`, `dynamic`
        and `dynamic_estimates`.
    """
    config, missing = installed(configured(data=data, **settings))
    with TemporaryDirectory(prefix="wetdry-") as folder:
        measured = measure(
            config,
            Store(store or Path(folder) / "store"),
            folder=Path(folder) / "chunks",
            workers=workers,
            remarks=missing,
        )
        return findings(config, measured, workers=workers).tables


def configured(**settings: Any) -> RecognitionConfig:
    """The settings, checked; a wrong one is a sentence. What is None is as if it had not been given."""
    given = {name: value for name, value in settings.items() if value is not None}
    given |= {name: [given[name]] for name in LISTS if isinstance(given.get(name), str)}
    # Twice the same name would be two rows that no table can tell apart.
    given |= {name: list(dict.fromkeys(given[name])) for name in LISTS if name in given}
    _check_names(given)
    config = checked_settings(RecognitionConfig, "recognition", given)
    if config.also and set(config.phases) == {NETWORK_PHASE}:
        raise DataError(
            "Another data set is estimated by heads on vectors, of which phase 2 has none: add phase 1 or 3 with "
            "--phases, or leave out --also."
        )
    return config


def _check_names(given: Mapping[str, Any]) -> None:
    """Raise for a model or a selection that does not exist, before anything is embedded."""
    for name in (*given.get("regressors", ()), *given.get("heads", ())):
        if name != LAYER_SUM:
            model_of(name, {})
    for what, known in (("selections", SELECTIONS), ("networks", NETWORKS)):
        for name in given.get(what, ()):
            if name not in known:
                raise DataError(f'Unknown {what.removesuffix("s")} "{name}": {did_you_mean(name, known)}')


def findings(
    config: RecognitionConfig,
    measured: Measured,
    checkpoints: Checkpoints | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Findings:
    """All tables of what was measured.

    `fits`, `scores` and `leaderboard` have a column of seconds that a second run repeat; everything else it does.
    """
    checkpoints, progress = checkpoints or Checkpoints(None), progress or Silent()
    collected: dict[str, list[pd.DataFrame]] = {}
    progress.start(count(config, measured), "learning and being tested")
    try:
        for tables in parts(config, measured, checkpoints, workers or default_workers()):
            for name, table in tables.items():
                collected.setdefault(name, []).append(table)
            progress.advance(1, 0.0)
    finally:
        progress.close()
    return Findings(
        config, measured, complete(config, measured, {name: joined(all_) for name, all_ in collected.items()})
    )


def complete(config: RecognitionConfig, measured: Measured, tables: Tables) -> Tables:
    """The tables of the parts, and those that follow from them: ensembles, scores, the leaderboard."""
    estimates, fits = tables["estimates"], tables["fits"]
    for model in measured.models:
        if model.kind == "ensemble" and not (runs := ensemble(estimates, model)).empty:
            estimates = pd.concat([estimates, runs], ignore_index=True)
            fits = pd.concat([fits, ensemble_fits(fits, model, runs)], ignore_index=True)
    rows = scores(estimates, fits, measured.models, seed=config.seed, resamples=config.resamples)
    if "watched" in tables:
        rows = joined([rows, as_the_report_scores(tables["watched"], rows)])
    failures = [measured.failures, tables["failures"]] if "failures" in tables else [measured.failures]
    if "selected" in tables:
        # What is chosen differs from fold to fold, which is what the table tells of: one run of each is enough.
        chosen = tables["selected"]
        tables = {**tables, "selected": chosen[chosen["seed"] == config.seed].drop(columns="seed")}
    return {
        **{name: table for name, table in tables.items() if name != "watched"},
        "leaderboard": leaderboard(rows),
        "scores": rows,
        "estimates": estimates,
        "fits": fits,
        "published": published(measured.data.name.partition(":")[0]),
        "failures": joined(failures),
    }


def summary(result: StudyResult) -> tuple[str, list[dict[str, Any]]]:
    """Title and rows of the short table for a terminal: what each model is worth."""
    return f"{result.title}: R² of clips not learnt from, 95 % intervals", page.summary_rows(result.all_tables())
