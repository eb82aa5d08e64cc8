"""Embeddings of a data set under the grids of effects: from a request, through a store, to arrays.

Every clip that has its dry vector and one at each strength of a grid is one row of that grid's `Deformation`;
a clip that lacks one of them is left out of it and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.audio import Windows
from wetdry.datasets import Dataset
from wetdry.effects import Step, effect
from wetdry.encoders import Encoder, Vectors
from wetdry.errors import DataError
from wetdry.extract import Plan, Progress, run
from wetdry.store import Store
from wetdry.studies.grids import Grid
from wetdry.studies.matrix import matrix
from wetdry.studies.usable import usable

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.bool_] | npt.NDArray[np.int64]

DRY = Step("identity", None, effect("identity"))
POOL = "mean"


@dataclass(frozen=True, eq=False)
class Deformation:
    """What one effect does to the vectors of one layer.

    Attributes
    ----------
    encoder, layer
        Names.
    grid
        The effect and its strengths.
    clips
        One row a clip: item, path, clip (hash), label, group, split.
    dry
        Vectors without the effect, float32 (clip, dim).
    wet
        Vectors at each strength, float32 (clip, strength, dim).
    """

    encoder: str
    layer: str
    grid: Grid
    clips: pd.DataFrame
    dry: Vectors
    wet: Vectors

    @property
    def name(self) -> dict[str, str]:
        """What tells it from others, as the first columns of every table."""
        return {"encoder": self.encoder, "layer": self.layer, "effect": self.grid.effect}

    @property
    def strengths(self) -> Floats:
        """Strength of each step (strength,)."""
        return np.asarray(self.grid.strengths)

    def of(self, rows: Rows) -> Deformation:
        """The same for some of the clips."""
        places = np.flatnonzero(rows) if rows.dtype == bool else rows
        clips = self.clips.iloc[places].reset_index(drop=True)
        return Deformation(self.encoder, self.layer, self.grid, clips, self.dry[places], self.wet[places])


@dataclass(frozen=True, eq=False)
class Request:
    """What is to be embedded.

    Attributes
    ----------
    dataset
        Items, already chosen.
    labels
        Item → the class it is of; empty where there are none.
    encoders, grids
        Everything is embedded by each encoder at each strength.
    layers
        Encoder name → layers; an encoder that is not named gives its default layer.
    windows
        Window grid; each encoder's own if None. Vectors are means over a clip's windows.
    start, seconds
        Excerpt of each file; `start=None` takes it from the middle, `seconds=None` takes all from `start` on.
    """

    dataset: Dataset
    labels: Mapping[str, str]
    encoders: Sequence[Encoder]
    grids: Sequence[Grid]
    layers: Mapping[str, Sequence[str]]
    windows: Windows | None = None
    start: float | None = None
    seconds: float | None = 30.0

    @cached_property
    def plan(self) -> Plan:
        """What the store must hold."""
        steps = [DRY, *(step for grid in self.grids for step in grid.steps)]
        return Plan(
            self.dataset,
            steps,
            self.encoders,
            layers=self.layers,
            windows=self.windows,
            pool=POOL,
            start=None if self.seconds is not None and self.start is None else self.start or 0.0,
            seconds=self.seconds,
        )


@dataclass(frozen=True, eq=False)
class Deformations:
    """All of a request, read from its store one layer and effect at a time.

    Attributes
    ----------
    clips
        One row a clip that could be decoded, as of `Deformation`, in the order of their items; each audio once.
    failures
        What could not be used, with its reason.
    """

    request: Request
    store: Store
    clips: pd.DataFrame
    failures: pd.DataFrame

    def __len__(self) -> int:
        return sum(len(view.layers) for view in self.request.plan.views) * len(self.request.grids)

    def __iter__(self) -> Iterator[Deformation]:
        for encoder, layer in self.layers:
            for grid in self.request.grids:
                yield self.of(encoder, layer, grid)

    @property
    def layers(self) -> list[tuple[str, str]]:
        """(encoder, layer), in order."""
        return [(view.encoder.spec.name, layer) for view in self.request.plan.views for layer in view.layers]

    @property
    def largest(self) -> int:
        """Bytes of the wet vectors of the largest deformation."""
        layers = [view.encoder.spec.layer(name).dim for view in self.request.plan.views for name in view.layers]
        strengths = max(len(grid.steps) for grid in self.request.grids)
        return len(self.clips) * strengths * max(layers) * np.dtype(np.float32).itemsize

    def of(self, encoder: str, layer: str, grid: Grid) -> Deformation:
        """One layer under one effect; raises where no clip is complete."""
        view = next(view for view in self.request.plan.views if view.encoder.spec.name == encoder)
        paths = matrix(self.store, view, layer, list(self.clips["clip"]), [DRY, *grid.steps]).vectors
        complete = np.asarray(~np.isnan(paths).any(axis=(1, 2)))
        if not complete.any():
            why = self.failures["reason"].iloc[0] if len(self.failures) else "its clips failed"
            raise DataError(f"{encoder} has no clip with every strength of {grid.effect}: {why}")
        clips, paths = self.clips[complete].reset_index(drop=True), paths[complete]
        return Deformation(encoder, layer, grid, clips, paths[:, 0], paths[:, 1:])


def measure(
    request: Request, folder: Path | Store, *, workers: int | None = None, progress: Progress | None = None
) -> Deformations:
    """Embed what the store in `folder` lacks of a request, and open all of it for reading."""
    store = folder if isinstance(folder, Store) else Store(folder)
    run(request.plan, store, workers=workers, progress=progress)
    found = usable(request.plan, store, DRY.effect.key)
    # In one order whatever that of the data set: folds and draws go by it.
    items = sorted(found.items, key=lambda item: item.id)
    clips = pd.DataFrame(
        {
            "item": [item.id for item in items],
            "path": [str(item.path) for item in items],
            "clip": [found.clips[item.id] for item in items],
            "label": [request.labels.get(item.id, "") for item in items],
            "group": [item.group for item in items],
            "split": [item.split for item in items],
        }
    )
    return Deformations(request, store, clips, found.failures)
