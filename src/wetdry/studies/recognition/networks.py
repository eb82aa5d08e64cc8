"""Phase 2: networks that learn ratings of songs from chunks of their log-mel spectrograms.

A network learns from chunks, each of which has the ratings of its clip, and says of a clip the mean of what it says of
its chunks. It stops by validation clips and is asked about clips that it has neither learnt from nor stopped by.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wetdry.probes.networks import NetworkSettings
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.jobs import Job
from wetdry.studies.recognition.config import NETWORKS, RecognitionConfig
from wetdry.studies.recognition.courses import Course, taught
from wetdry.studies.recognition.measure import Measured
from wetdry.studies.recognition.models import network_as_published
from wetdry.studies.recognition.protocol import Fold
from wetdry.studies.recognition.scoring import R2, UNSCORED
from wetdry.studies.resumable import resumable

AS_THE_REPORT = "gupta2025"
"""The preset whose scores are those of the best epoch on the very songs that are scored."""


def count(config: RecognitionConfig, measured: Measured) -> int:
    """How many parts there are: one a network, fold and run."""
    if NETWORKS not in config.phases:
        return 0
    return len(config.networks) * len(measured.protocol.folds) * len(config.run_seeds)


def jobs(config: RecognitionConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """Calls that give parts of `estimates`, `fits` and `curves`; one of them also `attention` and `waveform`."""
    if measured.chunks is None or NETWORKS not in config.phases:
        return
    settings = NetworkSettings(
        epochs=config.epochs,
        patience=config.patience,
        device=config.device,
        # What is not the precision of a network is that of encoders alone.
        dtype=config.dtype if config.dtype == "bf16" else "fp32",
    )
    files = {item.id: item.path for item in measured.data}
    for name in config.networks:
        for seed in config.run_seeds:
            for fold in measured.protocol.folds:
                first = (seed, fold.number) == (config.run_seeds[0], measured.protocol.folds[0].number)
                follows_from = _follows_from(config, measured, settings, name, seed, fold)
                course = Course(
                    name=name,
                    chunks=measured.chunks.path,
                    items=measured.clips["item"].to_numpy(str),
                    groups=measured.groups,
                    paths=tuple(files[item] for item in measured.clips["item"]),
                    answers=measured.answers,
                    names=measured.names,
                    fold=fold,
                    settings=settings,
                    seed=seed,
                    separate=config.separate_targets,
                    watch=config.preset == AS_THE_REPORT,
                    attend=first,
                    start=config.start,
                    seconds=config.seconds,
                    training=_kept(checkpoints, follows_from),
                )
                yield resumable(checkpoints, follows_from, partial(partial, taught, course))


def as_the_report_scores(watched: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Rows of `scores` for networks whose epoch is chosen on the songs that are scored, which flatters them.

    Parameters
    ----------
    watched
        Columns model, seed, fold, epoch, target, r2: of every epoch, on the tested clips.
    scores
        Those of the same networks at the epoch that validation chose; what was tested and what it cost is the same.

    Returns
    -------
    DataFrame
        R² alone: the mean over folds and runs of the best epoch's. It is no score of all clips together and has no
        interval.
    """
    best = watched.groupby(["model", "seed", "fold", "target"], sort=False)["r2"].max().reset_index()
    honest = scores[scores["metric"] == R2]
    rows = []
    for (name, target), of in best.groupby(["model", "target"], sort=False):
        described = network_as_published(str(name))
        runs, folds = of.groupby("seed")["r2"].mean(), of.groupby("fold")["r2"].mean()
        rows.append(
            honest[(honest["model"] == name) & (honest["target"] == target)].iloc[0].to_dict()
            | UNSCORED
            | {
                "model": described.name,
                "target": target,
                "value": runs.mean(),
                "low": np.nan,
                "high": np.nan,
                "seed_sd": runs.std(),
                "fold_mean": folds.mean(),
                "fold_sd": folds.std(),
                "leaks": described.leaks,
                "savable": described.savable,
            }
        )
    return pd.DataFrame(rows, columns=list(scores.columns))


def _follows_from(
    config: RecognitionConfig, measured: Measured, settings: NetworkSettings, name: str, seed: int, fold: Fold
) -> dict[str, Any]:
    return {
        "network": name,
        "settings": settings.decisive,
        "seed": seed,
        "fold": [fold.number, fold.train.tolist(), fold.validation.tolist(), fold.test.tolist()],
        "separate": config.separate_targets,
        "watch": config.preset == AS_THE_REPORT,
        "first": [config.run_seeds[0], measured.protocol.folds[0].number],
        "excerpt": [config.start, config.seconds],
        "clips": measured.clips[["item", "clip", "group"]].to_numpy().tolist(),
        "answers": measured.answers.tolist(),
        "targets": measured.names,
    }


def _kept(checkpoints: Checkpoints, follows_from: Mapping[str, Any]) -> Path | None:
    """Where training is kept between epochs, by what it follows from."""
    if checkpoints.folder is None:
        return None
    told = json.dumps([version("wetdry"), follows_from], sort_keys=True)
    return checkpoints.folder / "training" / hashlib.sha256(told.encode()).hexdigest()[:32]
