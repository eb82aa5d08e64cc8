"""`wetdry probe train`: from a labelled data set to a probe with its card."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from wetdry.datasets import Dataset, dataset
from wetdry.encoders import encoder as open_encoder
from wetdry.errors import DataError
from wetdry.extract import Progress
from wetdry.extract.threads import single_threaded_kernels
from wetdry.probes import Task, families, fit_probe
from wetdry.probes.description import Description
from wetdry.studies.cards import View, fingerprint, rounded
from wetdry.studies.probe.card import FORMAT, TEST_PART, Card, ClassLabels, NumberLabels, Training
from wetdry.studies.probe.clips import LabelledClips, labelled_clips, view_of
from wetdry.studies.probe.held_out import cross_evaluated, evaluated, known_to
from wetdry.studies.probe.limits import INTENDED_USE, limits
from wetdry.studies.probe.scores import Labels, baseline
from wetdry.studies.probe.trained import TrainedProbe
from wetdry.studies.sides import LEARNT_FROM, TEST
from wetdry.studies.targets import Targets, targets_of

FEWEST_GROUPS = 6
"""With a part of them left out, and of the rest a part again to choose settings, two are left to learn from."""


def train_probe(
    data: str,
    *,
    encoder: str = "vibenet",
    layer: str | None = None,
    label: str | None = None,
    family: str = "linear",
    window: float | None = None,
    start: float | None = None,
    seconds: float | None = 30.0,
    folds: int = 5,
    seed: int = 0,
    store: str | Path | None = None,
    device: str = "auto",
    dtype: str = "fp32",
    workers: int | None = None,
    progress: Progress | None = None,
) -> TrainedProbe:
    """Train a probe on the unprocessed clips of a labelled data set; see `wetdry probe train --help`.

    Where the data set has a published split, it learns from the training and validation parts and is evaluated on the
    test part; else it learns from all clips and is evaluated with whole groups left out in turn.

    Parameters
    ----------
    data
        Data set, such as `emopia:PATH`.
    encoder, layer
        What sees the clips; the encoder's own layer if None.
    label
        What is learnt: a label with classes such as `quadrant`, or numbers such as `valence,arousal`; what the set is
        usually used for if None.
    family
        One of `wetdry.probes.families`, such as `linear`, or SELECTION+FAMILY, such as `pearson+xgboost`.
    window, start, seconds
        Window length (the encoder's if None), and the part of each file that is used, in seconds; the middle if
        `start` is None.
    folds
        Parts of the groups that are left out in turn for the scores, of a set without a split.
    seed
        Of folds, of what a family draws, and of the bootstrap.
    store
        Folder of embeddings to take from and add to; without one they are computed and forgotten.
    """
    kind = families.get(family)
    opened = dataset(data)
    targets = targets_of(opened, label)
    kind().check(targets.task)
    model = open_encoder(encoder, device=device, dtype=dtype)
    view = view_of(model, layer, window=window, start=start, seconds=seconds)
    clips = labelled_clips(opened, targets, model, view, store=store, workers=workers, progress=progress)
    lesson = Lesson(opened, targets, view, family, folds, seed, model.spec.blindness)
    # Sums that several threads share out differ in their last bits, and the same clips are to give the same bytes.
    with single_threaded_kernels():
        return trained_on(clips, lesson)


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a probe is to learn, from what, and how; see `train_probe`."""

    data: Dataset
    targets: Targets
    view: View
    family: str = "linear"
    folds: int = 5
    seed: int = 0
    blindness: str = ""
    """What the encoder cannot hear by construction, in words; empty if nothing."""


def trained_on(clips: LabelledClips, lesson: Lesson) -> TrainedProbe:
    """A probe of labelled clips, with its card."""
    learnt, for_test = _sides(clips)
    _check_groups(learnt, lesson)
    classes = lesson.targets.task.classes
    task = Task.of(learnt.labels) if classes else lesson.targets.task
    probe = fit_probe(
        learnt.vectors, learnt.labels, learnt.groups, family=lesson.family, names=task.names, seed=lesson.seed
    )
    if for_test is None:
        folds = min(lesson.folds, len(set(learnt.groups)))
        evaluation = cross_evaluated(learnt, task, family=lesson.family, folds=folds, seed=lesson.seed)
    else:
        usual = baseline(task, learnt.labels)
        evaluation = evaluated(probe, usual, known_to(task, for_test), learnt.groups, TEST_PART, seed=lesson.seed)
    training = _training(learnt, lesson, parts=for_test is not None, tested=0 if for_test is None else evaluation.clips)
    card = Card(
        format=FORMAT,
        wetdry=version("wetdry"),
        view=lesson.view,
        label=lesson.targets.wanted,
        outputs=_outputs(task, learnt.labels),
        training=training,
        evaluation=evaluation,
        probe=Description.model_validate(probe.description()),
        intended_use=INTENDED_USE,
        limits=limits(training, evaluation, classes=classes, blindness=lesson.blindness),
    )
    return TrainedProbe(probe, card, frozenset(learnt.hashes))


def _sides(clips: LabelledClips) -> tuple[LabelledClips, LabelledClips | None]:
    """The clips to learn from and the published test part; all of them and None without a split."""
    splits = np.array([item.split for item in clips.items])
    for_test, for_training = splits == TEST, np.isin(splits, LEARNT_FROM)
    if for_test.any() and for_training.any():
        return clips.of(for_training), clips.of(for_test)
    return clips, None


def _check_groups(learnt: LabelledClips, lesson: Lesson) -> None:
    groups = len(set(learnt.groups))
    if groups < FEWEST_GROUPS:
        raise DataError(
            f"{lesson.data.name}: too few groups of clips to learn from and to be tried on: {groups}; give "
            f"{FEWEST_GROUPS} or more."
        )


def _training(learnt: LabelledClips, lesson: Lesson, *, parts: bool, tested: int) -> Training:
    """What it learnt from; `parts` are named if they are those of a published split."""
    splits = {item.split for item in learnt.items} if parts else set()
    return Training(
        data=lesson.data.name,
        licence=lesson.data.licence,
        parts=tuple(part for part in LEARNT_FROM if part in splits),
        fingerprint=fingerprint(learnt.hashes),
        clips=len(learnt),
        groups=len(set(learnt.groups)),
        left_out=len(lesson.data) - len(learnt) - tested,
    )


def _outputs(task: Task, labels: Labels) -> tuple[ClassLabels, ...] | tuple[NumberLabels, ...]:
    if task.classes:
        return tuple(ClassLabels(name=name, clips=int((labels == name).sum())) for name in task.names)
    columns = np.asarray(labels, dtype=np.float64).T
    return tuple(
        NumberLabels(
            name=name, lowest=rounded(values.min()), mean=rounded(values.mean()), highest=rounded(values.max())
        )
        for name, values in zip(task.names, columns, strict=True)
    )
