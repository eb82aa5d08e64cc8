"""All that a sensitivity study found, and who was measured."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from wetdry.studies.checkpoints import Tables
from wetdry.studies.deformations import Deformations
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.subject import ALL


@dataclass(frozen=True, eq=False)
class Findings:
    """Tables by name (see `analysis.analyse`, each with columns encoder, layer and effect), and what they speak of."""

    config: SensitivityConfig
    measured: Deformations
    how_split: str
    tables: Tables

    def table(self, name: str, *, label: str | None = ALL, default_layers: bool = True) -> pd.DataFrame:
        """Rows of a table: of one label (None: every), and of each encoder's main layer unless told otherwise."""
        rows = self.tables[name]
        if rows.empty:
            return rows
        if label is not None and "label" in rows:
            rows = rows[rows["label"] == label]
        if default_layers:
            main = self.main_layers
            rows = rows[[main[encoder] == layer for encoder, layer in zip(rows["encoder"], rows["layer"], strict=True)]]
        return rows.reset_index(drop=True)

    @property
    def main_layers(self) -> dict[str, str]:
        """Encoder → the layer that the main figures show: its default layer, or the first that was asked for."""
        views = self.measured.request.plan.views
        return {
            view.encoder.spec.name: default
            if (default := view.encoder.spec.default_layer) in view.layers
            else view.layers[0]
            for view in views
        }

    @property
    def several_layers(self) -> bool:
        """Whether some encoder was measured in more than one layer."""
        return any(len(view.layers) > 1 for view in self.measured.request.plan.views)

    @property
    def settings(self) -> dict[tuple[str, int], str]:
        """(effect, position of the strength) → the setting in words."""
        return {
            (grid.effect, position): grid.setting(strength)
            for grid in self.measured.request.grids
            for position, strength in enumerate(grid.strengths)
        }
