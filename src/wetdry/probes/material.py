"""What a probe is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy.typing as npt

from wetdry.analysis.statistics.units import Counts, Flags, Float64, membership
from wetdry.errors import DataError
from wetdry.probes.family import checked
from wetdry.probes.task import Task


class Material(NamedTuple):
    """Vectors (n, dim), a task and its answers (n, output), and the number (n,) of each row's group."""

    vectors: Float64
    task: Task
    answers: Float64
    groups: Counts

    @classmethod
    def of(
        cls,
        vectors: npt.ArrayLike,
        labels: npt.ArrayLike,
        groups: npt.ArrayLike | None,
        names: Sequence[str] | None,
    ) -> Self:
        """Arguments of `fit_probe`, checked."""
        rows, task = checked(vectors), Task.of(labels, names)
        answers = task.answers(labels)
        if rows.shape[1] < 2:
            raise DataError("Vectors of one dimension lie nowhere in particular: give 2 dimensions or more.")
        if len(answers) != len(rows):
            raise DataError(f"{len(answers)} labels do not fit {len(rows)} vectors: give one for each.")
        return cls(rows, task, answers, membership(groups, len(rows))[0])

    def where(self, chosen: Flags) -> Material:
        """Some of the rows (n,)."""
        return Material(self.vectors[chosen], self.task, self.answers[chosen], self.groups[chosen])
