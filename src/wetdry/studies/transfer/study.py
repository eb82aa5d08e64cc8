"""`wetdry study transfer`: embed both domains, probe, measure distances, adapt, and compose the report."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from wetdry.adapt.methods import METHODS
from wetdry.errors import DataError
from wetdry.extract import Progress, Silent
from wetdry.extract.threads import default_workers
from wetdry.probes import families
from wetdry.registry import did_you_mean
from wetdry.report import StudyResult, check_folder
from wetdry.store import Store
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.provenance import provenance
from wetdry.studies.settings import checked_settings
from wetdry.studies.tables import joined
from wetdry.studies.transfer import page
from wetdry.studies.transfer.adaptation import adapting
from wetdry.studies.transfer.adaptation.heard import check_named
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.findings import Findings
from wetdry.studies.transfer.measure import Measured, measure
from wetdry.studies.transfer.parts import KINDS
from wetdry.studies.transfer.published import published

LISTS = ("encoders", "probes", "methods")
"""Settings that are several names."""

Say = Callable[[str], None]


def run(
    config: TransferConfig,
    folder: Path,
    *,
    store: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> StudyResult:
    """Study as `config` says. Vectors are kept in `store` (`folder`/store if None) and finished parts of the analysis
    in `folder`/parts, so that a second run goes on where the first was stopped, also within an adaptation.

    `say` is told, before encoders are adapted, which of them cannot be, and how long the others may take.

    Raises
    ------
    WetdryError
        Where nothing could be measured. A clip among others that cannot be used is left out and reported.
    """
    began = time.monotonic()
    check_folder(folder)
    checkpoints = Checkpoints(folder / "parts")
    measured = measure(config, Store(store or folder / "store"), checkpoints, workers=workers, progress=progress)
    found = findings(config, measured, checkpoints, workers=workers, progress=progress, say=say)
    record = provenance(
        config.model_dump(mode="json"),
        seeds={"folds, bootstrap and halves": config.seed, "adaptations": list(config.run_seeds)},
        encoders=[view.key for view in measured.views],
        windows={view.encoder.spec.name: view.windows.key for view in measured.views},
        data={
            domain: dict(zip(rows["item"], rows["clip"], strict=True))
            for domain, rows in measured.clips.groupby("domain", sort=False)
        },
        wall_seconds=round(time.monotonic() - began, 2),
    )
    first, second = measured.domains.names
    return StudyResult(
        "transfer",
        f"What encoders know of emotion in {first} and in {second}",
        page.lead(found),
        page.sections(found),
        {name: table for name, table in found.tables.items() if not table.empty},
        record,
    )


def transfer(data: str, *, store: str | Path | None = None, workers: int | None = None, **settings: Any) -> Tables:
    """What encoders know of emotion in two domains, and teach from one to the other: tables of `wetdry study transfer`.

    Parameters
    ----------
    data
        Both domains, such as `ravdess:PATH`, or the first of two with `other="…"`.
    store
        Folder that keeps the embeddings; none are kept if None.
    settings
        Fields of `TransferConfig`, such as `encoders=["hubert-base:PATH"]`, `methods=["lora"]`, `seeds=3`.

    Returns
    -------
    dict of DataFrame
        `probing`, `probe_estimates`, `distances`, `ranking`, `published`, `failures`; with methods also `adaptations`,
        `adapted_estimates`, `adapted_scores`, `gains`, `confusions`, `adapt_curves`, `layer_weights`, `gates`; with
        effects `effect_distances` and `effect_scores`; with `augment` also `augmentation`.
    """
    config = configured(data=data, **settings)
    with TemporaryDirectory(prefix="wetdry-") as folder:
        measured = measure(config, Store(store or Path(folder) / "store"), workers=workers)
        return findings(config, measured, Checkpoints(Path(folder) / "parts"), workers=workers).tables


def configured(**settings: Any) -> TransferConfig:
    """The settings, checked; a wrong one is a sentence. What is None is as if it had not been given."""
    given = {name: value for name, value in settings.items() if value is not None}
    given |= {name: [given[name]] for name in LISTS if isinstance(given.get(name), str)}
    # Twice the same name would be two rows that no table can tell apart.
    given |= {name: list(dict.fromkeys(given[name])) for name in LISTS if name in given}
    for name in given.get("probes", ()):
        families.get(name)
    for name in given.get("methods", ()):
        if name not in METHODS:
            raise DataError(f'Unknown method "{name}" of adaptation: {did_you_mean(name, METHODS)}')
    config = checked_settings(TransferConfig, "transfer", given)
    # Read here, so that a mistyped effect is a sentence before anything is embedded.
    check_named(config)
    return config


def findings(
    config: TransferConfig,
    measured: Measured,
    checkpoints: Checkpoints | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Findings:
    """All tables of what was measured; the seconds of `adaptations` a second run does not repeat, all else it does."""
    checkpoints, progress = checkpoints or Checkpoints(None), progress or Silent()
    collected: dict[str, list[pd.DataFrame]] = {}
    for kind in KINDS:
        total = kind.count(config, measured)
        if kind.adapts and say is not None:
            for told in adapting.announced(config, measured, checkpoints, workers):
                say(told)
        if not total:
            continue
        progress.start(total, kind.about)
        try:
            for tables in kind.tables(config, measured, checkpoints, workers or default_workers()):
                for name, table in tables.items():
                    collected.setdefault(name, []).append(table)
                progress.advance(1, 0.0)
        finally:
            progress.close()
    tables = {name: joined(several) for name, several in collected.items()}
    tables |= adapting.complete(tables, config, measured)
    failures = [measured.failures, *([tables["failures"]] if "failures" in tables else [])]
    return Findings(
        config,
        measured,
        {**tables, "published": published(config.data), "failures": joined(failures)},
        tuple(adapting.remarks(config, measured)),
    )


def summary(result: StudyResult) -> tuple[str, list[dict[str, Any]]]:
    """Title and rows of the short table for a terminal: what each layer tells, and what adapting adds."""
    return f"{result.title}: mean recall of clips not learnt from, 95 % intervals", page.summary_rows(
        result.all_tables()
    )
