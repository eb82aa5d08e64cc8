"""One network trained in one fold, and asked about the clips that were left out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wetdry.extract.chunks import Chunks
from wetdry.probes.networks import NetworkSettings, TrainedNetwork, train_network
from wetdry.remote.object_path import AnyPath
from wetdry.studies.checkpoints import Tables
from wetdry.studies.recognition.attention import attended, waveform
from wetdry.studies.recognition.heads import estimates_table, in_words
from wetdry.studies.recognition.protocol import Floats, Fold, Rows, Texts
from wetdry.studies.tables import joined

AT_ONCE = 256
"""Chunks that a network is asked about together."""


@dataclass(frozen=True, eq=False)
class Course:
    """What a network is to learn, and to be asked about; the chunks are read where it is trained.

    Attributes
    ----------
    name
        Of the network.
    chunks
        The folder that they are in.
    items, groups, paths
        Of the clips of the study (n,).
    answers
        Their ratings (n, target).
    names
        Of the targets.
    fold
        Which clips are learnt from, stopped by and tested.
    settings, seed
        Of the training.
    separate
        Whether each target has a network of its own.
    watch
        Whether to record how well each epoch does on the tested clips.
    attend
        Whether to tell what the network attends to in the clips that it puts highest and lowest.
    start, seconds
        The part of the audio that the chunks are of.
    training
        Where training is kept between epochs; None to keep nothing.
    """

    name: str
    chunks: Path
    items: Texts
    groups: Texts
    paths: Sequence[AnyPath]
    answers: Floats
    names: tuple[str, ...]
    fold: Fold
    settings: NetworkSettings
    seed: int
    separate: bool = False
    watch: bool = False
    attend: bool = False
    start: float | None = None
    seconds: float | None = None
    training: Path | None = None

    @property
    def targets(self) -> list[list[int]]:
        """The targets of each network."""
        everything = list(range(len(self.names)))
        return [[target] for target in everything] if self.separate else [everything]


def taught(course: Course) -> Tables:
    """Train, and ask about the tested clips.

    Returns
    -------
    dict
        `estimates` and `fits` as of any model; `curves`: model, seed, fold, epoch, loss, r2 (mean over targets on the
        validation clips), kept (the model is followed by the target where each has a network of its own); where asked
        for `watched`: model, seed, fold, epoch, target, r2 on the tested clips, and `attention` and `waveform` of the
        two tested clips that the first target is estimated highest and lowest for.
    """
    chunks = Chunks.open(course.chunks)
    place = pd.Index(chunks.items).get_indexer(pd.Index(course.items))
    answers = np.full((len(chunks.items), len(course.names)), np.nan)
    answers[place] = course.answers
    trained = [_trained(course, chunks, answers, place, targets) for targets in course.targets]
    tested = course.fold.test
    said = np.concatenate([of_clips(network, chunks, place[tested]) for network in trained], axis=1)
    who = {"model": course.name, "seed": course.seed, "fold": course.fold.number}
    found = {
        "estimates": estimates_table(
            who, course.items[tested], course.groups[tested], course.names, course.answers[tested], said
        ),
        "fits": pd.DataFrame([who | _fit(trained)]),
        "curves": pd.concat([_curve(course, network) for network in trained], ignore_index=True),
    }
    if course.watch:
        found["watched"] = pd.concat([_watched(who, network) for network in trained], ignore_index=True)
    if course.attend:
        extremes = tested[[int(said[:, 0].argmax()), int(said[:, 0].argmin())]]
        found |= _listening(course, trained[0], chunks, extremes, place[extremes])
    if course.training is not None:
        # Also what a killed run had half written, whose names begin with a dot.
        for kept in course.training.parent.glob(f"*{course.training.name}*"):
            kept.unlink()
    return found


def of_clips(network: TrainedNetwork, chunks: Chunks, clips: Rows) -> Floats:
    """Mean (m, target) over the chunks of each clip (m,), by its place among the items of the chunks."""
    number = np.full(len(chunks.items), -1)
    number[clips] = np.arange(len(clips))
    of_chunk = number[chunks.row]
    rows = np.flatnonzero(of_chunk >= 0)
    parts = [rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE)]
    said = np.concatenate([network.estimate(chunks.values[part]) for part in parts])
    sums = np.stack([np.bincount(of_chunk[rows], column, len(clips)) for column in said.T], axis=1)
    means: Floats = sums / np.bincount(of_chunk[rows], minlength=len(clips))[:, np.newaxis]
    return means


def _trained(course: Course, chunks: Chunks, answers: Floats, place: Rows, targets: list[int]) -> TrainedNetwork:
    """A network of some of the targets; `place` (n,) of the clips among the items of the chunks."""
    fold, training = course.fold, course.training
    if training is not None:
        training.parent.mkdir(parents=True, exist_ok=True)
        training = training.with_name(f"{training.name}-{targets[0]}.safetensors")
    return train_network(
        course.name,
        chunks.values,
        chunks.row,
        answers[:, targets],
        place[fold.train],
        place[fold.validation],
        names=[course.names[target] for target in targets],
        settings=course.settings,
        seed=course.seed,
        watched=place[fold.test] if course.watch else None,
        checkpoint=training,
    )


def _fit(trained: list[TrainedNetwork]) -> dict[str, Any]:
    """A row of `fits` but for who: of one network, or of one a target together."""
    told = [network.description() for network in trained]
    settings = [in_words({"epochs": each["epochs"], "kept": each["kept"]}) for each in told]
    if len(trained) > 1:
        settings = [f"{', '.join(each['names'])}: {words}" for each, words in zip(told, settings, strict=True)]
    return {
        "settings": "; ".join(settings),
        "cross_validated": float(np.mean([each["r2"] for each in told])),
        "seconds": float(sum(network.seconds for network in trained)),
        "parameters": sum(network.parameters for network in trained),
    }


def _curve(course: Course, network: TrainedNetwork) -> pd.DataFrame:
    model = f"{course.name} · {network.task.names[0]}" if course.separate else course.name
    who: dict[str, Any] = {"model": model, "seed": course.seed, "fold": course.fold.number}
    columns = ["epoch", "loss", "r2", "kept"]
    return network.curve[columns].assign(**who)[[*who, *columns]]


def _watched(who: Mapping[str, Any], network: TrainedNetwork) -> pd.DataFrame:
    return pd.concat(
        [
            network.curve[["epoch"]].assign(**who, target=name, r2=network.curve[f"watched_{name}"])[
                [*who, "epoch", "target", "r2"]
            ]
            for name in network.task.names
        ],
        ignore_index=True,
    )


def _listening(course: Course, network: TrainedNetwork, chunks: Chunks, clips: Rows, places: Rows) -> Tables:
    """What a network attends to in some clips, at these places among the items; nothing if it has no attention."""
    steps, outlines = [], []
    for clip, place in zip(clips, places, strict=True):
        rows = np.flatnonzero(chunks.row == place)
        weights = network.attention(chunks.values[rows])
        if weights is None:
            return {}
        item = str(course.items[clip])
        steps.append(attended(item, chunks.start[rows], weights))
        outlines.append(waveform(item, course.paths[clip], course.start, course.seconds))
    return {"attention": joined(steps), "waveform": joined(outlines)}
