"""Labelled clips as an encoder sees them without any effect: what probes learn from and are held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.audio import Windows
from wetdry.datasets import Dataset, Item
from wetdry.encoders import Encoder, Vectors
from wetdry.errors import DataError
from wetdry.extract import Plan, Progress, run
from wetdry.store import Store
from wetdry.studies.cards import View
from wetdry.studies.deformations import DRY, POOL
from wetdry.studies.matrix import matrix
from wetdry.studies.targets import Targets
from wetdry.studies.usable import usable


@dataclass(frozen=True, eq=False)
class LabelledClips:
    """Clips in order of their ids, so that folds and draws do not depend on the order of files.

    Attributes
    ----------
    items
        What they are, and their groups and parts of a published split.
    hashes
        Of their samples, one a clip.
    vectors
        One a clip (n, dim), float32.
    labels
        Text (n,), or numbers (n, target).
    failures
        Items that could not be used, with their reasons.
    """

    items: tuple[Item, ...]
    hashes: tuple[str, ...]
    vectors: Vectors
    labels: npt.NDArray[np.float64] | npt.NDArray[np.str_]
    failures: pd.DataFrame

    def __len__(self) -> int:
        return len(self.items)

    @property
    def groups(self) -> npt.NDArray[np.str_]:
        """Group (n,) of each clip."""
        return np.array([item.group for item in self.items], dtype=str)

    def of(self, kept: npt.NDArray[np.bool_]) -> LabelledClips:
        """The clips of which `kept` (n,) holds."""
        rows = np.flatnonzero(kept)
        return LabelledClips(
            tuple(self.items[row] for row in rows),
            tuple(self.hashes[row] for row in rows),
            self.vectors[rows],
            self.labels[rows],
            self.failures,
        )


def labelled_clips(
    data: Dataset,
    targets: Targets,
    model: Encoder,
    view: View,
    *,
    store: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> LabelledClips:
    """Embed the labelled items of a data set as `view` says; each audio is there once.

    Without a store, vectors are computed and forgotten.
    """
    labelled = tuple(item for item in data if item.id in targets.labels)
    plan = Plan(
        replace(data, items=labelled),
        [DRY],
        [model],
        layers={model.spec.name: [view.layer]},
        windows=view.windows,
        pool=view.pool,
        start=view.start,
        seconds=view.seconds,
    )
    with TemporaryDirectory(prefix="wetdry-") as forgotten:
        kept = Store(store or forgotten)
        run(plan, kept, workers=workers, progress=progress)
        found = usable(plan, kept, DRY.effect.key)
        items = tuple(sorted(found.items, key=lambda item: item.id))
        hashes = tuple(found.clips[item.id] for item in items)
        vectors = matrix(kept, plan.views[0], view.layer, hashes, [DRY]).vectors[:, 0]
    known = np.asarray(np.isfinite(vectors).all(axis=1))
    if not known.any():
        raise DataError(f"{data.name}: {model.spec.name} gave no vector of any clip; see what its files hold.")
    clips = LabelledClips(items, hashes, vectors, targets.of([item.id for item in items]), found.failures)
    return clips if known.all() else clips.of(known)


def view_of(
    model: Encoder, layer: str | None, *, window: float | None, start: float | None, seconds: float | None
) -> View:
    """How an encoder is to see clips: its own layer and windows where None, and the middle of a file or all of it."""
    (name,) = model.check_layers(None if layer is None else [layer])
    windows = model.spec.windows if window is None else Windows(window)
    return View(
        encoder=model.spec.key,
        layer=name,
        dim=model.spec.layer(name).dim,
        window_seconds=windows.seconds,
        window_hop=windows.hop,
        pool=POOL,
        start=0.0 if start is None and seconds is None else start,
        seconds=seconds,
    )
