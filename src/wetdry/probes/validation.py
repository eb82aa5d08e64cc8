"""Rows to learn from, and rows held out to stop and to choose by."""

from __future__ import annotations

from wetdry.analysis.statistics.units import Flags, Float64
from wetdry.errors import DataError
from wetdry.probes.task import Task


def check_parts(task: Task, values: Float64, held_out: Flags) -> None:
    """Raise unless targets (n, target) vary among the rows held out (n,) and among the others."""
    for name, part in (("validation", values[held_out]), ("training", values[~held_out])):
        if len(part) < 2:
            raise DataError(f"A {name} part of {len(part)} rated rows is too small: give both parts 2 or more.")
        try:
            task.answers(part)
        except DataError as error:
            raise DataError(f"In the {name} part: {error}") from None
