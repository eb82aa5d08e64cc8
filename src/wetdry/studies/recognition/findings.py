"""All that a recognition study found, and what its page speaks of."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wetdry.studies.checkpoints import Tables
from wetdry.studies.labelled import PLANE_UNIT
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.measure import Measured

KINDS = {1: "features", 2: "spectrograms", 3: "embeddings", 4: "combinations"}
"""Phase → what its models learn from. Phase 0 learns from labels alone."""

Row = Mapping[Hashable, Any]


@dataclass(frozen=True, eq=False)
class Findings:
    """Tables by name, and what was measured. A table of a part that was not asked for is missing."""

    config: RecognitionConfig
    measured: Measured
    tables: Tables

    @property
    def kind(self) -> str:
        """Of the data set: “deam” of “deam:/data/DEAM”."""
        return self.measured.data.name.partition(":")[0]

    @property
    def short_name(self) -> str:
        """The data set by the last part of its path, else its kind: “deam:/data/deam,labels=repaired” is “deam”."""
        path = Path(self.measured.data.name.partition(":")[2].partition(",")[0]).name
        return self.kind if not path or "=" in path else path

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of what is estimated."""
        return self.measured.targets.task.names

    @property
    def scale(self) -> tuple[float, float] | None:
        """Both ends of the scale of the ratings, None where it is not known."""
        return (-1.0, 1.0) if self.measured.unit == PLANE_UNIT else None

    @property
    def r2(self) -> pd.DataFrame:
        """R² of every model and target, from the best mean over targets down, targets in their order."""
        scores = self.tables["scores"]
        rows = scores[scores["metric"] == "r2"]
        place = {model: number for number, model in enumerate(self.tables["leaderboard"]["model"])}
        order = {target: number for number, target in enumerate(self.targets)}
        keys = pd.DataFrame({"model": rows["model"].map(place), "target": rows["target"].map(order)})
        return rows.loc[keys.sort_values(["model", "target"], kind="stable").index].reset_index(drop=True)

    @property
    def honest(self) -> pd.DataFrame:
        """R² of the models that learnt something, and learnt nothing from what they are scored on."""
        rows = self.r2
        return rows[(rows["leaks"] == "") & (rows["phase"] > 0)].reset_index(drop=True)

    @property
    def leaking(self) -> pd.DataFrame:
        """R² of the models that are shown to tell what leaks."""
        rows = self.r2
        return rows[rows["leaks"] != ""].reset_index(drop=True)

    @property
    def kinds(self) -> dict[int, str]:
        """Phases that have a figure, and what they learn from."""
        present = set(self.honest.dropna(subset=["value"])["phase"])
        return {phase: name for phase, name in KINDS.items() if phase in present}

    def table(self, name: str) -> pd.DataFrame:
        """A table by its name, empty where there is none."""
        return self.tables.get(name, pd.DataFrame())

    def best(self, target: str, phases: Collection[int] = tuple(KINDS)) -> Row | None:
        """The honest row of some phases with the highest R² of a target, None where none has one."""
        rows = self.honest
        rows = rows[(rows["target"] == target) & rows["phase"].isin(list(phases))].dropna(subset=["value"])
        return None if rows.empty else highest(rows, "value")

    def baseline(self, target: str) -> Row | None:
        """The row of what learns from the labels alone, if it has the highest R² of a target."""
        rows = self.r2
        rows = rows[(rows["leaks"] == "") & (rows["target"] == target)].dropna(subset=["value"])
        if rows.empty:
            return None
        row = highest(rows, "value")
        return row if row["phase"] == 0 else None

    def mean_r2(self, phases: Collection[int] = tuple(KINDS)) -> pd.Series[float]:
        """Mean R² over targets of each honest model of some phases that has one of every target, the highest first."""
        rows = self.honest
        wide = rows[rows["phase"].isin(list(phases))].pivot(index="model", columns="target", values="value")
        return wide.dropna().mean(axis=1).sort_values(ascending=False, kind="stable")


def highest(rows: pd.DataFrame, column: str) -> Row:
    """The first of the rows with the highest value of a column, where that is known for any."""
    return rows.sort_values(column, ascending=False, kind="stable", na_position="last").to_dict("records")[0]
