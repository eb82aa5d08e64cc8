"""All that an emotion study found, and what it speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from wetdry.studies.checkpoints import Tables
from wetdry.studies.emotion.config import EmotionConfig
from wetdry.studies.emotion.emotions import class_names, emotions
from wetdry.studies.emotion.measure import Measured
from wetdry.studies.labelled import PLANE_UNIT


@dataclass(frozen=True, eq=False)
class Findings:
    """Tables by name (see `parts` for their columns), and what was measured."""

    config: EmotionConfig
    measured: Measured
    tables: Tables

    @property
    def short_name(self) -> str:
        """The data set by the last part of its path, else its kind: “emopia:/data/emopia,timbre=piano” is “emopia”."""
        kind, _, where = self.measured.data.name.partition(":")
        path = Path(where.partition(",")[0]).name
        return kind if not path or "=" in path else path

    @property
    def main_probe(self) -> str:
        """Family of the probe that figures show."""
        return self.config.families[0]

    @property
    def encoders(self) -> list[str]:
        """Names of the encoders that were asked for, without baselines."""
        names = [view.encoder.spec.name for view in self.measured.views]
        return [name for name in names if name not in self.measured.baselines]

    @property
    def layer(self) -> dict[str, str]:
        """Encoder → the layer that figures show: its default layer, or the first that was asked for."""
        return {
            view.encoder.spec.name: default
            if (default := view.encoder.spec.default_layer) in view.layers
            else view.layers[0]
            for view in self.measured.views
        }

    @property
    def emotions(self) -> tuple[str, ...]:
        """Names of what is estimated."""
        return emotions(self.measured.targets.task)

    @property
    def centred(self) -> bool:
        """Whether valence and arousal run from −1 to 1."""
        return bool(self.classes) or self.measured.unit == PLANE_UNIT

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; none for numbers."""
        task = self.measured.targets.task
        return class_names(task) if task.classes else ()

    def main(self, name: str, *, encoder: str | None = None, baselines: bool = False) -> pd.DataFrame:
        """Rows of a table: of the main probe and each encoder's main layer, and of one encoder if it is named."""
        rows = self.tables.get(name, pd.DataFrame())
        if rows.empty:
            return rows
        shown = [encoder] if encoder else [*self.encoders, *(sorted(self.measured.baselines) if baselines else [])]
        kept = rows["encoder"].isin(shown) & (rows["layer"] == rows["encoder"].map(self.layer))
        if "probe" in rows:
            kept &= rows["probe"] == self.main_probe
        return rows[kept].reset_index(drop=True)
