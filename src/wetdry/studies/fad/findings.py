"""The tables of a comparison, as the page and the terminal look at them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from wetdry.studies.checkpoints import Tables
from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.distances import ALL
from wetdry.studies.fad.measure import Measured


@dataclass(frozen=True, eq=False)
class Findings:
    """Settings, clips and tables."""

    config: FadConfig
    measured: Measured
    tables: Tables

    @property
    def whole(self) -> pd.DataFrame:
        """One row a layer: A against B."""
        rows = self.tables["distances"]
        return rows[rows["label"] == ALL].reset_index(drop=True)

    @property
    def by_label(self) -> pd.DataFrame:
        """One row a label and layer."""
        rows = self.tables["distances"]
        return rows[rows["label"] != ALL].reset_index(drop=True)

    @property
    def ranking(self) -> pd.DataFrame:
        """One row a label and layer, nearest first."""
        return self.tables["ranking"]

    @property
    def songs(self) -> pd.DataFrame:
        """One row a file and layer; files of A by distance, then those of B."""
        return self.tables["songs"]
