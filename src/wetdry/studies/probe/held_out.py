"""How well a probe does on clips that it has not learnt from: of a test part, or of groups left out in turn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes import Probe, Task, out_of_fold
from wetdry.studies.probe.card import LEFT_OUT, Evaluation
from wetdry.studies.probe.clips import LabelledClips
from wetdry.studies.probe.scores import baseline, scored


def evaluated(
    probe: Probe, ignorant: Float64, clips: LabelledClips, learnt: npt.NDArray[np.str_], on: str, *, seed: int
) -> Evaluation:
    """A probe held against the labels of clips.

    Parameters
    ----------
    ignorant
        What one says of any clip who knows the training labels alone (output,).
    clips
        Of classes that it knows.
    learnt
        Groups of the training clips, any number of times.
    on
        What the clips are, in words.
    """
    said = probe.estimate(clips.vectors)
    groups = clips.groups
    return Evaluation(
        on=on,
        clips=len(clips),
        groups=len(set(groups.tolist())),
        shared_groups=len(set(groups.tolist()) & set(learnt.tolist())),
        scores=scored(probe.task, clips.labels, said, np.tile(ignorant, (len(clips), 1)), groups, seed=seed),
    )


def cross_evaluated(clips: LabelledClips, task: Task, *, family: str, folds: int, seed: int) -> Evaluation:
    """Probes that learnt from all but one part of the groups, held against that part, each part once.

    Settings are chosen anew inside each of them.
    """
    groups = clips.groups
    said, fold = out_of_fold(
        clips.vectors, clips.labels, groups, family=family, folds=folds, seed=seed, names=task.names
    )
    ignorant = np.stack([baseline(task, clips.labels[fold != own]) for own in fold])
    return Evaluation(
        on=LEFT_OUT,
        clips=len(clips),
        groups=len(set(groups.tolist())),
        shared_groups=0,
        scores=scored(task, clips.labels, said, ignorant, groups, seed=seed),
    )


def known_to(task: Task, clips: LabelledClips) -> LabelledClips:
    """The clips whose class a probe of this task can say; raises where there is none."""
    if not task.classes:
        return clips
    known = np.isin(clips.labels, task.names)
    if not known.any():
        raise DataError(
            f"No clip to test is of a class that the probe knows ({', '.join(task.names)}): give clips of these."
        )
    return clips if known.all() else clips.of(known)
