"""A fitted head that follows emotion through a song."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy.typing as npt

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task
from wetdry.probes.temporal.songs import checked_sequence


class Head(Protocol):
    """What turns standardised vectors (t, dim) of a song into standardised values (t, target)."""

    def outputs(self, rows: Float64) -> Float64: ...

    @property
    def parameters(self) -> int: ...


@dataclass(frozen=True, eq=False)
class TemporalProbe:
    """Values of every step of a song.

    Attributes
    ----------
    task
        The targets.
    head
        One of `HEADS`.
    scaling, answer_scaling
        Of the vectors and of the targets, from the songs it learnt from alone.
    model
        What the head learnt.
    validation_r2
        R² (target,) over all rated steps of the validation songs. The model was chosen by it.
    """

    task: Task
    head: str
    scaling: Scaling
    answer_scaling: Scaling
    model: Head
    validation_r2: Float64

    @property
    def parameters(self) -> int:
        """Numbers that were learnt."""
        return self.model.parameters

    def estimate(self, sequence: npt.ArrayLike) -> Float64:
        """Values (t, target) for the vectors (t, dim) of one song, of any length."""
        rows = checked_sequence(sequence, len(self.scaling.mean))
        return self.answer_scaling.undone(self.model.outputs(self.scaling.applied(rows)))
