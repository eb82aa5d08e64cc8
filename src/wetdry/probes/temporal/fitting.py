"""Fitting a head to songs that were rated while they played."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wetdry.errors import DataError
from wetdry.extras import require
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task
from wetdry.probes.temporal.probe import Head, TemporalProbe
from wetdry.probes.temporal.ridge import fit_ridge
from wetdry.probes.temporal.songs import Songs, split

HEADS = ("ridge", "gru")

CONTEXT = 4


def fit_temporal(
    sequences: Sequence[npt.ArrayLike],
    ratings: Sequence[npt.ArrayLike],
    validation: npt.ArrayLike,
    *,
    head: str = "ridge",
    names: Sequence[str],
    seed: int = 0,
    context: int = CONTEXT,
) -> TemporalProbe:
    """Learn to follow ratings through songs.

    Parameters
    ----------
    sequences
        Vectors of each song, shape (t_i, dim), steps of equal length in time.
    ratings
        Of each song, shape (t_i, target); a step with a NaN is heard but neither learnt from nor judged.
    validation
        Songs (song,) to stop and to choose by.
    head
        `ridge`: linear in a step's vector and its neighbours', before and after; the penalty of each target does best
        on the validation songs. `gru`: a gated recurrent unit of 64, which hears only what came before, trained until
        the validation songs gain nothing more.
    names
        Of the targets.
    seed
        Of what a `gru` draws at random.
    context
        Neighbours of a `ridge` on each side, in steps; at a song's ends its first and last step stand in. 0: none.
    """
    if head not in HEADS:
        raise DataError(f'There is no temporal head "{head}": take {" or ".join(HEADS)}.')
    if isinstance(context, bool) or not isinstance(context, int) or context < 0:
        raise DataError(f"A context of {context!r} steps is none: give a whole number from 0 on.")
    task = Task(tuple(map(str, names)), False)
    training, held_out = split(Songs.of(sequences, ratings, task), validation, task)
    scaling = Scaling.of(np.concatenate(training.vectors))
    answer_scaling = Scaling.of(training.known())
    training, held_out = (part.standardised(scaling, answer_scaling) for part in (training, held_out))
    model = fit_ridge(training, held_out, context) if head == "ridge" else _gru(training, held_out, seed)
    return TemporalProbe(task, head, scaling, answer_scaling, model, held_out.explained(model.outputs))


def _gru(training: Songs, held_out: Songs, seed: int) -> Head:
    require("torch", "The temporal head gru")
    from wetdry.probes.temporal.gru_training import fit_gru

    return fit_gru(training, held_out, seed)
