"""`wetdry shift`: measure, tabulate, and compose the report."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from wetdry.audio import load
from wetdry.extract import Progress
from wetdry.extract.threads import default_workers
from wetdry.report import PlayerGroup, StudyResult
from wetdry.store import Store
from wetdry.studies import paired
from wetdry.studies.estimators import ProbeEstimator
from wetdry.studies.players import audible_steps, player_group
from wetdry.studies.provenance import provenance
from wetdry.studies.settings import checked_settings
from wetdry.studies.shift import page, tables
from wetdry.studies.shift.config import ShiftConfig
from wetdry.studies.shift.findings import Findings
from wetdry.studies.shift.measure import Measurement, measure
from wetdry.studies.shift.novelty import strangeness_table
from wetdry.studies.shift.wording import main_targets, superlative

MOST_CLIPS_HEARD = 3
ROWS_AT_EACH_END = 8
"""Of the terminal's table, which is to fit a screen; the report has all."""


def run(
    config: ShiftConfig,
    folder: Path,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    players: bool = True,
) -> StudyResult:
    """Measure as `config` says; vectors are kept in `folder`/store, so that a second run resumes.

    Raises
    ------
    WetdryError
        Where nothing could be measured. A clip among others that cannot be used is left out and reported.
    """
    began = time.monotonic()
    measured = measure(config, Store(folder / "store"), workers=workers, progress=progress)
    found = findings(config, measured)
    heard = _players(config, measured, workers or default_workers(), progress) if players else []
    record = provenance(
        config.model_dump(mode="json"),
        seeds={"bootstrap and permutations": config.seed},
        encoder=measured.encoder.spec.key,
        estimator=measured.estimator.name,
        layer=measured.estimator.layer,
        windows=measured.windows.key,
        data=measured.fingerprint,
        wall_seconds=round(time.monotonic() - began, 2),
    )
    title = found.clips[0] if len(found.clips) == 1 else f"{len(found.clips)} clips"
    return StudyResult(
        "shift",
        f"How effects shift {title}",
        page.lead(found),
        page.sections(found, heard),
        {
            "shifts": found.shifts,
            "shares": found.shares,
            "displacements": found.displacements,
            "windows": windows(measured),
            "failures": found.failures,
            **({"strangeness": found.novelty} if len(found.novelty) else {}),
        },
        record,
    )


def shift(
    audio: str | Path | Sequence[str | Path], *, workers: int | None = None, **settings: Any
) -> dict[str, pd.DataFrame]:
    """How effects shift the valence and energy estimated from audio files: the tables of `wetdry shift`.

    Parameters
    ----------
    audio
        A file, or several files, folders and data sets (`folder:PATH`, `csv:FILE`, `etudes`).
    settings
        Fields of `ShiftConfig`, such as `effects="reverb,delay"`, `levels="2,5,10"`, `seconds=30`.

    Returns
    -------
    dict of DataFrame
        `shifts` (a row per clip, effect, level, control and target, with interval, p, q, effect size),
        `shares`, `displacements`, `trends`, `ranking`, `points`, `windows`, `failures` and, with a probe,
        `strangeness`.
    """
    given = [audio] if isinstance(audio, (str, Path)) else list(audio)
    config = checked_settings(ShiftConfig, "shift", {**settings, "audio": tuple(map(str, given))})
    with TemporaryDirectory(prefix="wetdry-") as folder:
        measured = measure(config, Store(folder), workers=workers, progress=None)
    found = findings(config, measured)
    names = ("shifts", "shares", "displacements", "trends", "ranking", "points", "failures")
    return {name: getattr(found, name) for name in names} | {
        "windows": windows(measured),
        **({"strangeness": found.novelty} if len(found.novelty) else {}),
    }


def findings(config: ShiftConfig, measured: Measurement) -> Findings:
    """All tables of a measurement."""
    responses = measured.responses
    shifts = paired.shifts(responses, seed=config.seed, resamples=config.resamples)
    displacements = paired.displacements(responses, seed=config.seed, resamples=config.resamples)
    return Findings(
        config=config,
        encoder=measured.encoder.spec.name,
        scales=dict(zip(measured.estimator.targets, measured.estimator.scales, strict=True)),
        windows=measured.windows,
        shifts=shifts,
        shares=paired.shares(responses),
        displacements=displacements,
        trends=paired.trends(responses, seed=config.seed),
        ranking=tables.ranking(shifts),
        points=tables.points(shifts),
        floor=measured.floor,
        failures=measured.failures,
        clips=tuple(responses.clips),
        synthetic=measured.dataset.synthetic,
        blindness=measured.encoder.spec.blindness,
        card=measured.estimator.trained.card if isinstance(measured.estimator, ProbeEstimator) else None,
        novelty=strangeness_table(responses, measured.novelty, seed=config.seed, resamples=config.resamples)
        if measured.novelty
        else pd.DataFrame(),
    )


def windows(measured: Measurement) -> pd.DataFrame:
    """Estimates of every window under every variant: the rows that all other tables come from."""
    responses = measured.responses
    count, variants = len(responses.units), len(responses.variants)
    rows = responses.units.loc[np.repeat(np.arange(count), variants)].reset_index(drop=True)
    what = responses.variants.loc[np.tile(np.arange(variants), count)].reset_index(drop=True)
    table = pd.concat([rows, what], axis=1)
    for k, target in enumerate(responses.targets):
        table[f"{target}_dry"] = np.repeat(responses.dry[:, k], variants)
        table[f"{target}_wet"] = responses.wet[:, :, k].ravel()
    return table.assign(displacement=responses.distance.ravel(), gain_db=responses.gain_db.ravel())


def summary(result: StudyResult) -> tuple[str, list[dict[str, Any]]]:
    """Title and rows of the short table for a terminal: each effect at its strongest level, calmest first."""
    ranked = result.all_tables()["ranking"]
    targets = main_targets(list(dict.fromkeys(ranked["target"])))
    rows = []
    for family, group in ranked.groupby("family", sort=False):
        cells = {(row["target"], row["control"]): row for row in group.to_dict("records")}
        level = group["level"].iloc[0]
        row: dict[str, Any] = {"effect": str(family) if np.isnan(level) else f"{family}@{level:g}"}
        for number, target in enumerate(targets):
            row[f"Δ {target}"] = _with_interval(cells[target, "raw"])
            if (target, "matched") in cells:
                # Columns of one name would be one column.
                row["matched" + " " * number] = _signed(cells[target, "matched"]["shift"])
        rows.append((cells[targets[0], "raw"]["shift"], row))
    rows.sort(key=lambda pair: pair[0])
    table = [row for _, row in rows]
    left_out = len(table) - 2 * ROWS_AT_EACH_END
    if left_out > 1:
        between = dict.fromkeys(table[0], "") | {"effect": f"… {left_out} more …"}
        table = [*table[:ROWS_AT_EACH_END], between, *table[-ROWS_AT_EACH_END:]]
    return f"{result.title}: wet − dry, 95 % intervals, {superlative(targets[0])[0]} first", table


def _with_interval(row: Mapping[Hashable, Any]) -> str:
    bounds = "" if np.isnan(row["low"]) else f" [{_signed(row['low'])}, {_signed(row['high'])}]"
    return _signed(row["shift"]) + bounds


def _signed(value: float) -> str:
    return "" if np.isnan(value) else f"{value:+.2f}".replace("-", "−")


def _players(config: ShiftConfig, measured: Measurement, workers: int, progress: Progress | None) -> list[PlayerGroup]:
    heard = measured.items[:MOST_CLIPS_HEARD]
    steps = audible_steps(measured.steps, len(heard))
    return [
        player_group(
            item.id,
            load(item.path, start=config.start, seconds=config.seconds),
            steps,
            match=config.match_loudness,
            workers=workers,
            progress=progress,
        )
        for item in heard
    ]
