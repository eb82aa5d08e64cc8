"""The search for settings on groups held out: every candidate on all folds, or the better ones on ever more folds."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from wetdry.analysis.statistics.units import Counts, Flags, Float64
from wetdry.errors import DataError
from wetdry.probes.family import Family, Settings
from wetdry.probes.material import Material
from wetdry.probes.scoring import log_loss, score
from wetdry.registry import did_you_mean

TIED = 1e-9
"""Difference of scores that is but rounding."""

SEARCHES = MappingProxyType({"grid": 1, "halving": 3})
"""Of so many candidates one goes on to the next fold."""


class Choice(NamedTuple):
    """The number of the chosen candidate, its score, and its outputs (n, output) on groups held out."""

    number: int
    score: float
    held_out: Float64


def searched(search: str, material: Material, fold: Counts, candidates: Sequence[Settings], model: Family) -> Choice:
    """The best of the candidates by its score on all folds; of equals the first.

    By successive halving, a candidate that does badly on the groups of one fold is not tried on those of the next.
    All learn from as many groups as ever: from few, strong penalties do best, and they would be chosen.

    Parameters
    ----------
    search
        One of `SEARCHES`.
    material
        What is learnt.
    fold
        Part (n,) in which each row is held out.
    candidates
        Settings, of strong penalties first.
    model
        Unfitted, acquainted with the vectors; its settings hold where a candidate says nothing.

    References
    ----------
    Jamieson and Talwalkar (2016), Non-stochastic best arm identification and hyperparameter optimization.
    """
    if search not in SEARCHES:
        raise DataError(f'Unknown search "{search}": {did_you_mean(search, SEARCHES)}')
    vectors, task, answers, _ = material
    outputs = np.empty((len(candidates), *answers.shape))
    left, tried = np.arange(len(candidates)), np.zeros(len(fold), dtype=bool)
    for number in np.unique(fold):
        if tried.any():
            left = _better(left, -(-len(left) // SEARCHES[search]), _losses(material, outputs[left], tried))
        out = fold == number
        learnt = material.where(~out)
        outputs[np.ix_(left, out)] = model.outputs_at(
            [candidates[each] for each in left.tolist()], learnt.vectors, task, learnt.answers, vectors[out]
        )
        tried |= out
    scores = np.array([score(task, answers, each) for each in outputs[left]])
    best = int(np.flatnonzero(scores >= scores.max() - TIED)[0])
    return Choice(int(left[best]), float(scores[best]), outputs[left[best]])


def _better(left: Counts, count: int, losses: Float64) -> Counts:
    """The `count` of those left (k,) with the smallest losses (k,), in their order; of equals the first."""
    return np.sort(left[np.argsort(losses, kind="stable")[:count]])


def _losses(material: Material, outputs: Float64, tried: Flags) -> Float64:
    """What is better the smaller it is, of outputs (k, n, output) on the rows tried (n,)."""
    _, task, answers, _ = material
    if task.classes:
        return np.array([log_loss(answers[tried], each[tried]) for each in outputs])
    missed = np.square(answers[tried] - outputs[:, tried]).sum(axis=1)
    # Of the variance of all clips, for those of a fold may all have the same value.
    shares: Float64 = (missed / np.square(answers - answers.mean(axis=0)).sum(axis=0)).mean(axis=1)
    return shares
