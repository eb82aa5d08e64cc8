"""Everything that a shift measurement found, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from wetdry.audio import Windows
from wetdry.studies.probe.card import Card
from wetdry.studies.responses import ALL_CLIPS
from wetdry.studies.shift.config import ShiftConfig
from wetdry.studies.shift.measure import Floor


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything measured, as tables (see `tables`), plus what is needed to speak of it."""

    config: ShiftConfig
    encoder: str
    scales: Mapping[str, tuple[float, float]]
    """Estimate → lowest and highest value of its scale, in order of the estimates."""
    windows: Windows
    shifts: pd.DataFrame
    shares: pd.DataFrame
    displacements: pd.DataFrame
    trends: pd.DataFrame
    ranking: pd.DataFrame
    points: pd.DataFrame
    floor: Floor
    failures: pd.DataFrame
    clips: tuple[str, ...]
    synthetic: bool
    blindness: str = ""
    """What the encoder cannot hear, in sentences."""
    card: Card | None = None
    """Of the probe that estimates in place of the encoder's own outputs."""
    novelty: pd.DataFrame = field(default_factory=pd.DataFrame)
    """How strange windows are to the probe; empty without one."""

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(self.scales)

    @property
    def listener(self) -> str:
        """Who estimates."""
        return self.encoder if self.card is None else f"a {self.card.probe.family} probe on {self.encoder}"

    @property
    def scope(self) -> str:
        """Whom the main figures speak of: all clips together, or the only one."""
        return ALL_CLIPS if len(self.clips) > 1 else self.clips[0]

    @property
    def unchanging(self) -> list[str]:
        """Clips of several windows whose dry windows do not differ."""
        known = self.displacements.groupby("clip")["displacement"].count()
        several = self.shifts.groupby("clip")["units"].max() > 1
        return [clip for clip in self.clips if several[clip] and known[clip] == 0]

    @property
    def controls(self) -> list[str]:
        return list(dict.fromkeys(self.shifts["control"]))

    def of_scope(self, table: pd.DataFrame) -> pd.DataFrame:
        return table[table["clip"] == self.scope].reset_index(drop=True)
