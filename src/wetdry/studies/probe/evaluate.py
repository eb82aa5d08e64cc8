"""`wetdry probe eval`: a probe held against the labels of any data set, without the clips that it learnt from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from wetdry.analysis.statistics.units import Float64
from wetdry.datasets import Dataset, dataset
from wetdry.errors import DataError
from wetdry.extract import Progress
from wetdry.extract.threads import single_threaded_kernels
from wetdry.probes import Task
from wetdry.studies.probe.card import Card, NumberLabels
from wetdry.studies.probe.clips import LabelledClips, labelled_clips
from wetdry.studies.probe.held_out import known_to
from wetdry.studies.probe.scores import Labels, correlations, scored, table_of
from wetdry.studies.probe.trained import TrainedProbe
from wetdry.studies.targets import Targets, quadrant_of, quadrants_of, targets_of

NOVEL = 0.95
"""Novelty above which a clip is called strange: as 5 % of held-out training clips are."""

OTHER_SCALE = 1.5
"""How much wider or narrower labels may run than those of training before scores are said to compare scales."""


@dataclass(frozen=True, eq=False)
class ProbeCheck:
    """What a probe does on a labelled data set.

    Attributes
    ----------
    scores
        One row a score: metric, target, value with its 95 % interval low to high over groups, baseline (always saying
        the mean or the commonest class of training) and gain over it with gain_low to gain_high. Numbers have
        Pearson's r too, which has no baseline.
    confusion
        One row a pair of classes: true, estimated, clips; empty for numbers.
    coverage
        Share of labels within the probe's 95 % interval, by name of the number; empty for classes.
    clips, groups
        That were scored.
    seen
        Items whose audio the probe learnt from.
    strange
        Share of the scored clips that are stranger than 95 % of held-out training clips; about 0.05 for the like.
    notes
        What else must be known of these scores, in sentences.
    failures
        Items that could not be used, with their reasons.
    """

    scores: pd.DataFrame
    confusion: pd.DataFrame
    coverage: dict[str, float]
    clips: int
    groups: int
    seen: tuple[str, ...]
    strange: float
    notes: tuple[str, ...]
    failures: pd.DataFrame


def evaluate_probe(
    trained: TrainedProbe,
    data: str,
    *,
    label: str | None = None,
    include_training: bool = False,
    encoder: str | None = None,
    seed: int = 0,
    store: str | Path | None = None,
    device: str = "auto",
    dtype: str = "fp32",
    workers: int | None = None,
    progress: Progress | None = None,
) -> ProbeCheck:
    """Hold a probe against the labels of a data set.

    Parameters
    ----------
    trained
        As trained or read.
    data
        Data set, such as `emopia:PATH`.
    label
        Names of its labels; those that the probe learnt if None.
    include_training
        Also score clips that the probe learnt from, known by their samples.
    encoder
        The encoder with weights of your own; by its name if None.
    seed
        Of the bootstrap.
    store
        Folder of embeddings to take from and add to; without one they are computed and forgotten.

    Raises
    ------
    DataError
        Where the data set has no such label, none of the classes, or no clip that the probe has not learnt from.
    """
    opened = dataset(data)
    targets = _matching(opened, trained.card, label)
    model = trained.encoder(encoder, device=device, dtype=dtype)
    clips = labelled_clips(opened, targets, model, trained.card.view, store=store, workers=workers, progress=progress)
    with single_threaded_kernels():
        return checked_on(trained, clips, data, include_training=include_training, seed=seed)


def checked_on(
    trained: TrainedProbe, clips: LabelledClips, data: str, *, include_training: bool = False, seed: int = 0
) -> ProbeCheck:
    """Hold a probe against labelled clips of `data`, which names them in sentences."""
    task, card = trained.probe.task, trained.card
    learnt = np.array([clip in trained.clips for clip in clips.hashes])
    seen = tuple(item.id for item, is_learnt in zip(clips.items, learnt, strict=True) if is_learnt)
    if learnt.all() and not include_training:
        raise DataError(
            f"{data}: the probe learnt from every clip of it; give other clips, or score these all the same with "
            "--include-training."
        )
    kept = known_to(task, clips if include_training else clips.of(~learnt))
    said = trained.probe.estimate(kept.vectors)
    ignorant = np.tile(card.usual, (len(kept), 1))
    scores = table_of(scored(task, kept.labels, said, ignorant, kept.groups, seed=seed))
    if not task.classes:
        scores = pd.concat([scores, correlations(task, kept.labels, said, kept.groups)], ignore_index=True)
    unknown = len(clips) - len(kept) - (0 if include_training else len(seen))
    return ProbeCheck(
        scores=scores,
        confusion=_confusion(task.names, kept.labels, said) if task.classes else pd.DataFrame(),
        coverage={} if task.classes else _coverage(card, kept.labels, said),
        clips=len(kept),
        groups=len(set(kept.groups.tolist())),
        seen=seen,
        strange=float((trained.probe.novelty(kept.vectors) > NOVEL).mean()),
        notes=tuple(_notes(card, kept, seen, unknown, include_training=include_training)),
        failures=clips.failures,
    )


def _matching(opened: Dataset, card: Card, label: str | None) -> Targets:
    """The labels of a data set that the probe's estimates can be held against."""
    same = label is None or set(_names(label)) == set(card.names)
    targets = targets_of(opened, card.label if same else label)
    kinds = ("numbers", "classes")
    if targets.task.classes != card.classes:
        raise DataError(
            f"{opened.name}: its {targets.wanted} holds {kinds[targets.task.classes]}, and the probe estimates "
            f"{kinds[card.classes]} ({', '.join(card.names)}); name another label with --label."
        )
    if not card.classes and len(targets.task.names) != len(card.names):
        raise DataError(
            f"{opened.name}: {targets.wanted} cannot be held against estimates of {', '.join(card.names)}; name as "
            "many numbers with --label, in this order."
        )
    return _in_names_of(card, targets)


def _in_names_of(card: Card, targets: Targets) -> Targets:
    """Quadrants under the names that the probe knows them by; any other labels as they are."""
    quadrants = quadrants_of(card.names)
    if not card.classes or quadrants is None:
        return targets
    names = dict(zip(quadrants, card.names, strict=True))
    renamed = {item: names.get(quadrant_of(str(label)), label) for item, label in targets.labels.items()}
    return replace(targets, labels=renamed, task=Task(tuple(sorted({str(label) for label in renamed.values()})), True))


def _names(label: str) -> list[str]:
    return [name.strip() for name in label.split(",")]


def _confusion(names: Sequence[str], labels: Labels, said: Float64) -> pd.DataFrame:
    chosen = np.array(names)[said.argmax(axis=1)]
    rows = [
        {"true": true, "estimated": estimated, "clips": int(((labels == true) & (chosen == estimated)).sum())}
        for true in names
        for estimated in names
    ]
    return pd.DataFrame(rows)


def _coverage(card: Card, labels: Labels, said: Float64) -> dict[str, float]:
    """Share of the labels (n, target) within half the interval of what was said, by name; where it is finite."""
    within = (np.abs(said - np.asarray(labels, dtype=np.float64)) <= card.half_width).mean(axis=0)
    return dict(zip(card.names, map(float, within), strict=True))


def _notes(
    card: Card, kept: LabelledClips, seen: Sequence[str], unknown: int, *, include_training: bool
) -> Iterator[str]:
    if seen and include_training:
        yield f"{len(seen)} of these clips are what the probe learnt from: scores on them are too good."
    elif seen:
        yield f"{len(seen)} clips that the probe learnt from were left out."
    if unknown:
        yield f"{unknown} clips are of classes that the probe does not know ({', '.join(card.names)} are known)."
    if not card.classes:
        yield from _other_scales(card, np.asarray(kept.labels, dtype=np.float64))


def _other_scales(card: Card, labels: Float64) -> Iterator[str]:
    """Where labels (n, target) run much wider or narrower than those of training."""
    numbers = [output for output in card.outputs if isinstance(output, NumberLabels)]
    for output, values in zip(numbers, labels.T, strict=True):
        ratio = float(np.ptp(values)) / (output.highest - output.lowest)
        if not 1 / OTHER_SCALE <= ratio <= OTHER_SCALE:
            yield (
                f"{output.name} runs from {values.min():g} to {values.max():g} here and from {output.lowest:g} to "
                f"{output.highest:g} in training: all scores but Pearson’s r compare the scales too."
            )
