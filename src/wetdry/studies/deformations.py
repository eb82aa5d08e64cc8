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

from wetdry.analysis.statistics.units import blocks
from wetdry.audio import Windows
from wetdry.datasets import Dataset
from wetdry.effects import Step, effect
from wetdry.encoders import Encoder, Vectors
from wetdry.errors import DataError
from wetdry.extract import Plan, Progress, run
from wetdry.store import Store
from wetdry.studies.backing import room_for
from wetdry.studies.grids import Grid
from wetdry.studies.matrix import cells_of
from wetdry.studies.stored_layer import Places, StoredLayer
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
        Vectors at each strength, float32 (clip, strength, dim), in memory or in a file (`studies.backing`).
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
    def largest(self) -> tuple[int, int, int]:
        """Shape (clip, strength, dim) of the wet vectors of the largest deformation."""
        layers = [view.encoder.spec.layer(name).dim for view in self.request.plan.views for name in view.layers]
        return len(self.clips), max(len(grid.steps) for grid in self.request.grids), max(layers)

    def of(self, encoder: str, layer: str, grid: Grid) -> Deformation:
        """One layer under one effect; raises where no clip is complete."""
        return self.stored(encoder, layer, grid).read()

    def stored(self, encoder: str, layer: str, grid: Grid) -> StoredDeformation:
        """Where one layer under one effect is."""
        view = next(view for view in self.request.plan.views if view.encoder.spec.name == encoder)
        why = self.failures["reason"].iloc[0] if len(self.failures) else "its clips failed"
        return StoredDeformation(StoredLayer.of(self.store, view, layer), grid, self.clips, why)


@dataclass(frozen=True, eq=False)
class StoredDeformation:
    """Where the vectors of one layer under one effect are: little enough to be sent to the process that reads them.

    Attributes
    ----------
    layer, grid, clips
        As of `Deformations`.
    why
        What is told where none of the clips is complete.
    """

    layer: StoredLayer
    grid: Grid
    clips: pd.DataFrame
    why: str

    def read(self, memory: float | None = None) -> Deformation:
        """The vectors of all clips that are complete; the wet ones in a file if they take more `memory` (`room_for`).

        Raises where no clip is complete.
        """
        steps = [DRY, *self.grid.steps]
        dry = np.empty((len(self.clips), self.layer.dim), dtype=np.float32)
        wet = room_for((len(self.clips), len(steps) - 1, self.layer.dim), memory)
        there = np.zeros((len(self.clips), len(steps)), dtype=bool)
        for cells in cells_of(self.layer, list(self.clips["clip"]), steps):
            there[cells.clip, cells.step] = True
            (step,) = np.unique(cells.step)
            of_step = dry if step == 0 else wet[:, step - 1]
            of_step[cells.clip] = cells.vectors
        complete = np.flatnonzero(there.all(axis=1))
        if not len(complete):
            raise DataError(f"{self.layer.name} has no clip with every strength of {self.grid.effect}: {self.why}")
        if len(complete) < len(wet):
            dry, wet = dry[complete], _moved_up(wet, complete)
        clips = self.clips.iloc[complete].reset_index(drop=True)
        return Deformation(self.layer.name, self.layer.layer, self.grid, clips, dry, wet)


def _moved_up(vectors: Vectors, kept: Places) -> Vectors:
    """Some of the rows, in rising order, in the room that they are in."""
    for part in blocks(len(kept), int(np.prod(vectors.shape[1:]))):
        # None is written to before it is read: the row that comes to a place was there or further down.
        vectors[part] = vectors[kept[part]]
    return vectors[: len(kept)]


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
