"""All that a transfer study found, and what its page speaks of."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wetdry.studies.checkpoints import Tables
from wetdry.studies.transfer.adaptation.gains import ALL
from wetdry.studies.transfer.adaptation.stages import CONTROL, DIRECT, TWO_STAGES
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.measure import Measured

RECALL = "recall"
"""The metric that figures and sentences are of: the mean over classes of the share of their clips that is told."""

GROUPS, RANDOM = "groups", "random"
Row = Mapping[Hashable, Any]


@dataclass(frozen=True, eq=False)
class Findings:
    """Settings, what was measured, tables by name, and what a reader must know of how they were made.

    A table of a part that was not asked for is missing or empty.
    """

    config: TransferConfig
    measured: Measured
    tables: Tables
    remarks: tuple[str, ...] = ()

    @property
    def domains(self) -> tuple[str, str]:
        return self.measured.domains.names

    @property
    def source(self) -> str:
        """Where the clips are from, without paths: `ravdess`, or both sets."""
        sets = (
            domain.dataset.name.partition(":")[0]
            for domain in (self.measured.domains.first, self.measured.domains.second)
        )
        return " and ".join(dict.fromkeys(sets))

    @property
    def encoders(self) -> list[str]:
        """Names of what was asked for, without baselines."""
        names = (view.encoder.spec.name for view in self.measured.views)
        return [name for name in names if name not in self.measured.baselines]

    def table(self, name: str) -> pd.DataFrame:
        """A table by its name, empty where there is none."""
        return self.tables.get(name, pd.DataFrame())

    @property
    def probed(self) -> pd.DataFrame:
        """Mean recall of probes of every layer with groups held out, in both domains; empty where there are none."""
        rows = self.table("probing")
        return rows if rows.empty else rows[(rows["metric"] == RECALL) & (rows["split"] == GROUPS)]

    @property
    def within(self) -> pd.DataFrame:
        """Those of `probed` that are tested in the domain that they were learnt in."""
        rows = self.probed
        return rows if rows.empty else rows[rows["learnt"] == rows["tested"]]

    @property
    def leaking(self) -> pd.DataFrame:
        """Mean recall within domains where clips of one group may be on both sides."""
        rows = self.table("probing")
        return rows if rows.empty else rows[(rows["metric"] == RECALL) & (rows["split"] == RANDOM)]

    def best(self, domain: str, *, baseline: bool = False) -> Row | None:
        """The layer that tells most within a domain, of encoders that are, or are not, baselines; None without any."""
        rows = self.within
        if rows.empty:
            return None
        rows = rows[(rows["tested"] == domain) & (rows["baseline"] == baseline)].dropna(subset=["value"])
        return None if rows.empty else highest(rows, "value")

    @property
    def probe(self) -> str:
        """The family of probes whose figures are told, where several were learnt."""
        return str(self.table("probing")["probe"].iloc[0])

    def best_layer(self, encoder: str) -> str | None:
        """The layer of an encoder with the highest mean recall over both domains, each within itself."""
        rows = self.within
        if rows.empty:
            return None
        rows = rows[(rows["encoder"] == encoder) & (rows["probe"] == self.probe)].dropna(subset=["value"])
        means = rows.groupby("layer", sort=False)["value"].mean()
        return None if means.empty else str(means.idxmax())

    def shown_layer(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of one layer an encoder: the one that probes tell most from, else its last one in the table."""
        kept = []
        for encoder, own in rows.groupby("encoder", sort=False):
            last = own["layer"].iloc[int(own["position"].to_numpy().argmax())]
            best = self.best_layer(str(encoder))
            kept.append(own[own["layer"] == (best if best in set(own["layer"]) else last)])
        return pd.concat(kept) if kept else rows

    @property
    def adapted(self) -> pd.DataFrame:
        """Mean recall of every method and plan; empty where nothing was adapted."""
        rows = self.table("adapted_scores")
        return rows if rows.empty else rows[rows["metric"] == RECALL]

    @property
    def chance(self) -> float:
        """Mean recall of a guess."""
        return 1 / len(self.measured.classes)

    @property
    def compared(self) -> str:
        """What two stages are held against: as many epochs on one domain, where there was any, else one stage."""
        gains = self.table("gains")
        control = f"{TWO_STAGES} − {CONTROL}"
        return control if not gains.empty and (gains["of"] == control).any() else f"{TWO_STAGES} − {DIRECT}"

    @property
    def stage_gains(self) -> pd.DataFrame:
        """What a first stage on the other domain adds, over all classes, against what `compared` names."""
        gains = self.table("gains")
        return gains if gains.empty else gains[(gains["of"] == self.compared) & (gains["emotion"] == ALL)]


def highest(rows: pd.DataFrame, column: str) -> Row:
    """The first of the rows with the highest value of a column, where that is known for any."""
    return rows.sort_values(column, ascending=False, kind="stable", na_position="last").to_dict("records")[0]
