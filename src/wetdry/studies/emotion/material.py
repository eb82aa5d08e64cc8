"""What one analysis looks at: the vectors of one layer, and what their clips are labelled with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.encoders import Vectors
from wetdry.probes import Task

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.float64] | npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Material:
    """Clips to learn from, and clips to evaluate under everything that is done to them.

    Attributes
    ----------
    encoder, layer
        Names.
    task
        What the clips are labelled with.
    unit
        Of numbers, in words; see `emotions.unit` for classes.
    train, train_labels, train_groups
        Dry vectors (n, dim), labels (n,) or (n, target), and groups (n,) of what probes learn from.
    clips
        One row an evaluated clip: item, path, clip (hash), group.
    labels
        Of the evaluated clips (clip,) or (clip, target).
    dry, wet, parts
        Their vectors: (clip, dim); (clip, variant, dim); (clip, part of a chain, dim). NaN where an effect failed.
    gain_db
        Gain that a loudness control applied, dB (clip, variant); NaN for what is no control.
    variants
        A row a variant: family, level (NaN for chains), control (raw, matched, gain), effect (key).
    """

    encoder: str
    layer: str
    task: Task
    unit: str
    train: Vectors
    train_labels: Labels
    train_groups: npt.NDArray[np.str_]
    clips: pd.DataFrame
    labels: Labels
    dry: Vectors
    wet: Vectors
    parts: Vectors
    gain_db: Floats
    variants: pd.DataFrame

    @property
    def groups(self) -> npt.NDArray[np.str_]:
        """What each evaluated clip (clip,) is kept together with."""
        return self.clips["group"].to_numpy(str)

    @property
    def name(self) -> dict[str, str]:
        """Encoder and layer, as columns of tables."""
        return {"encoder": self.encoder, "layer": self.layer}

    def columns(self, control: str) -> npt.NDArray[np.intp]:
        """Which variants are of the named control."""
        return np.flatnonzero(self.variants["control"] == control)
