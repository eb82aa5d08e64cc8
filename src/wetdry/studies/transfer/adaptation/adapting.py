"""Two-stage adaptation: one part an encoder, method, seed and split of the groups.

What goes below the first trained block is computed once a clip and process, for all trainings of a kind: parts that can
share it follow each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from wetdry.adapt import AdaptSettings, Method
from wetdry.audio import Windows
from wetdry.effects import Effect
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.jobs import Job
from wetdry.studies.resumable import resumable
from wetdry.studies.transfer.adaptation import adapted_scores, duration, gains
from wetdry.studies.transfer.adaptation.adapted import ADAPTATIONS, ESTIMATES, FAILURES, attend
from wetdry.studies.transfer.adaptation.course import TRAIN, Course, shared_bank
from wetdry.studies.transfer.adaptation.heard import checked, heard_in_training, unseen
from wetdry.studies.transfer.adaptation.subjects import Subject, settings_of, subjects
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.measure import Measured


class Sitting(NamedTuple):
    """An adaptation of each plan: who, how, from which seed, and what is held out."""

    subject: Subject
    method: Method
    seed: int
    split: int


def count(config: TransferConfig, measured: Measured) -> int:
    """How many parts there are.

    Raises
    ------
    EffectError
        For an effect of `augment` or `unseen` that does not work.
    """
    return len(_sittings(config, measured))


def jobs(config: TransferConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """Calls that give parts of `adaptations`, `adapted_estimates`, `adapt_curves`, `layer_weights` and `gates`."""
    try:
        for sitting in _sittings(config, measured):
            follows_from = _follows_from(config, measured, sitting)
            training = _kept(checkpoints, follows_from)
            job = resumable(checkpoints, follows_from, partial(_prepared, config, measured, sitting, training))
            yield job if training is None else partial(_settled, job, training)
    finally:
        # Parts that were computed in this process have left there what they know of clips.
        shared_bank.cache_clear()


def complete(tables: Tables, config: TransferConfig, measured: Measured) -> Tables:
    """The tables that follow from those of all parts: `adapted_scores`, `gains`, `confusions`, `augmentation`."""
    if ESTIMATES not in tables:
        return {}
    estimates, classes = tables[ESTIMATES], measured.classes
    found = {
        "adapted_scores": adapted_scores.scores(
            estimates, tables[ADAPTATIONS], classes, seed=config.seed, resamples=config.resamples
        ),
        "gains": gains.gains(estimates, classes),
        "confusions": adapted_scores.confusions(estimates, classes),
    }
    if config.augment is not None:
        found["augmentation"] = gains.augmentation(estimates, [each.key for each in heard_in_training(config)])
    if FAILURES in tables:
        # A clip that an effect fails on fails in every adaptation.
        found[FAILURES] = tables[FAILURES].drop_duplicates(ignore_index=True)
    return found


def remarks(config: TransferConfig, measured: Measured) -> list[str]:
    """Which encoders were not adapted, or not by every method, and why."""
    who, said = subjects(config, measured)
    return [*said, *_lacking(measured)[1]] if who else said


def estimate_seconds(
    config: TransferConfig, measured: Measured, checkpoints: Checkpoints | None = None
) -> dict[str, float]:
    """Seconds that adapting by each method takes at most in one process, from a few steps on real clips.

    What is known already takes none. See `duration.of_course` for what is timed.
    """
    kept = checkpoints or Checkpoints(None)
    waiting: dict[tuple[str, Method], list[Sitting]] = {}
    for sitting in _sittings(config, measured):
        if kept.known(_follows_from(config, measured, sitting)) is None:
            waiting.setdefault((sitting.subject.text, sitting.method), []).append(sitting)
    found: dict[str, float] = {}
    for (_, method), sittings in waiting.items():
        courses = [_course(config, measured, each, None) for each in sittings]
        found[method.name] = found.get(method.name, 0.0) + duration.of_courses(courses)
    return found


def forecast(config: TransferConfig, measured: Measured, checkpoints: Checkpoints, workers: int | None = None) -> str:
    """A sentence on how long adapting may take; empty where there is nothing to do."""
    return duration.in_words(estimate_seconds(config, measured, checkpoints), workers)


def announced(
    config: TransferConfig, measured: Measured, checkpoints: Checkpoints, workers: int | None = None
) -> list[str]:
    """What is to be known before hours are spent: what will not be adapted, and how long the rest may take."""
    told = forecast(config, measured, checkpoints, workers)
    return [*remarks(config, measured), *([told] if told else [])]


def _sittings(config: TransferConfig, measured: Measured) -> list[Sitting]:
    """All there are, those that share what is kept of clips one after the other."""
    who = subjects(config, measured)[0]
    if not who:
        return []
    splits = _lacking(measured)[0]
    first = measured.clips["path"].iloc[0]
    checked((*heard_in_training(config), *unseen(config)), measured.elsewhere.get(first) or Path(first))
    return [
        Sitting(subject, method, seed, split)
        for subject in who
        for method in subject.methods
        for seed in config.run_seeds
        for split in splits
    ]


def _lacking(measured: Measured) -> tuple[list[int], list[str]]:
    """Splits in which every class of both domains can be learnt, and sentences on the others."""
    splits, said = [], []
    for split in range(measured.folds.split_count):
        sides = measured.folds.sides(split)
        rows = [measured.clips.iloc[places] for places in sides]
        learnt = set(zip(rows[TRAIN]["domain"], rows[TRAIN]["label"], strict=True))
        wanted = [(domain, label) for domain in measured.domains.names for label in measured.classes]
        lacking = [pair for pair in wanted if pair not in learnt]
        bare = [name for name in measured.domains.names for own in rows[1:] if name not in set(own["domain"])]
        if lacking:
            domain, label = lacking[0]
            said.append(f"Part {split + 1} was not held out in adapting, as no “{label}” of {domain} is left to learn.")
        elif bare:
            said.append(f"Part {split + 1} was not held out in adapting, as it or the next has no clip of {bare[0]}.")
        else:
            splits.append(split)
    return splits, said


def _prepared(config: TransferConfig, measured: Measured, sitting: Sitting, training: Path | None) -> Job:
    return partial(attend, _course(config, measured, sitting, training))


def _course(config: TransferConfig, measured: Measured, sitting: Sitting, training: Path | None) -> Course:
    return Course(
        encoder=sitting.subject.text,
        name=sitting.subject.view.encoder.spec.name,
        method=sitting.method,
        settings=settings_of(config, sitting.seed),
        domains=measured.domains.names,
        classes=measured.classes,
        clips=measured.clips,
        split=sitting.split,
        sides=measured.folds.sides(sitting.split),
        windows=None if config.window is None else Windows(config.window),
        start=config.start,
        seconds=config.seconds,
        control=config.control,
        heard=heard_in_training(config),
        unseen=unseen(config),
        training=training,
        elsewhere=measured.elsewhere,
    )


def _follows_from(config: TransferConfig, measured: Measured, sitting: Sitting) -> dict[str, Any]:
    settings: AdaptSettings = settings_of(config, sitting.seed)
    return {
        "part": "adapting",
        "encoder": sitting.subject.view.key,
        "window": config.window,
        "excerpt": [config.start, config.seconds],
        "method": [sitting.method.name, sitting.method.options()],
        "settings": settings.decisive,
        "split": [sitting.split, *(places.tolist() for places in measured.folds.sides(sitting.split))],
        "control": config.control,
        "effects": [_names(heard_in_training(config)), _names(unseen(config))],
        "domains": measured.domains.names,
        "classes": measured.classes,
        "clips": measured.clips[["domain", "item", "clip", "group", "label"]].to_numpy().tolist(),
    }


def _names(effects: tuple[Effect, ...]) -> list[list[str]]:
    return [[effect.key, effect.revision] for effect in effects]


def _kept(checkpoints: Checkpoints, follows_from: Mapping[str, Any]) -> Path | None:
    """Where trainings are kept between epochs, by what they follow from."""
    if checkpoints.folder is None:
        return None
    told = json.dumps([version("wetdry"), follows_from], sort_keys=True)
    return checkpoints.folder / "adapting" / hashlib.sha256(told.encode()).hexdigest()[:32]


def _settled(job: Job, training: Path) -> Tables:
    """The tables of a job; once they are safe, what its trainings kept between epochs is of no more use."""
    tables = job()
    # Also what a killed run had half written, whose names begin with a dot.
    for kept in training.parent.glob(f"*{training.name}*"):
        kept.unlink()
    return tables
