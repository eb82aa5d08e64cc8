"""From two sets as they were named, through a store, to the vectors of each layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wetdry.audio import Windows
from wetdry.datasets import Dataset, Item
from wetdry.encoders import Encoder, encoder
from wetdry.errors import DataError
from wetdry.extract import Plan, Progress, run
from wetdry.extract.plan import View
from wetdry.store import Store
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.deformations import DRY
from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.silence import silent_items
from wetdry.studies.fad.stored import StoredRows, StoredSets
from wetdry.studies.labels import class_labels
from wetdry.studies.layers import select_layers
from wetdry.studies.selection import select_audio
from wetdry.studies.stored_layer import StoredLayer
from wetdry.studies.usable import usable

SAME = (
    "their distance is 0, whatever they are; give two different sets, and see the floor of either for what its halves "
    "are apart."
)


@dataclass(frozen=True, eq=False)
class Side:
    """One set as far as it can be used.

    Attributes
    ----------
    name
        A or B.
    plan
        What of it is in the store.
    items
        Sorted by id.
    clips
        Item → hash of its samples.
    labels
        Item → its label; empty where no label was asked for.
    failures
        What could not be used.
    """

    name: str
    plan: Plan
    items: tuple[Item, ...]
    clips: dict[str, str]
    labels: Mapping[str, str]
    failures: pd.DataFrame

    def stored(self, store: Store, view: View, layer: str) -> StoredRows:
        """Where the vectors of a layer are."""
        ids = np.array([item.id for item in self.items], dtype=str)
        # By code points, as numpy orders them.
        ordered = [self.items[place] for place in np.argsort(ids, kind="stable")]
        return StoredRows(
            StoredLayer.of(store, view, layer),
            np.array([self.clips[item.id] for item in ordered], dtype=str),
            np.array([item.id for item in ordered], dtype=str),
            np.array([item.group for item in ordered], dtype=str),
            np.array([self.labels.get(item.id, "") for item in ordered], dtype=str),
        )


@dataclass(frozen=True, eq=False)
class Measured:
    """Both sets, embedded.

    Attributes
    ----------
    first, second
        A and B.
    shared_audio
        How many clips are in both.
    """

    store: Store
    first: Side
    second: Side
    shared_audio: int

    @property
    def layers(self) -> list[tuple[View, str]]:
        """Every view and layer, in order."""
        return [(view, layer) for view in self.first.plan.views for layer in view.layers]

    def stored(self, view: View, layer: str) -> StoredSets:
        """Where the vectors of one layer are."""
        return StoredSets(*(side.stored(self.store, view, layer) for side in (self.first, self.second)))

    @property
    def clips(self) -> pd.DataFrame:
        """One row a clip: set, item, path, clip (hash), group, label."""
        return pd.DataFrame(
            [
                {
                    "set": side.name,
                    "item": item.id,
                    "path": str(item.path),
                    "clip": side.clips[item.id],
                    "group": item.group,
                    "label": side.labels.get(item.id, ""),
                }
                for side in (self.first, self.second)
                for item in side.items
            ]
        )

    @property
    def failures(self) -> pd.DataFrame:
        """What could not be used of either set, with its reason."""
        both = [side.failures.assign(set=side.name) for side in (self.first, self.second)]
        return pd.concat(both, ignore_index=True)


def measure(
    config: FadConfig,
    store: Store,
    checkpoints: Checkpoints | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Measured:
    """Embed what the store lacks of both sets, and say what of them can be used."""
    models = [encoder(name, device=config.device, dtype=config.dtype) for name in dict.fromkeys(config.encoders)]
    sets = [select_audio([text]) for text in (config.first, config.second)]
    _check_different(*sets)
    labels = [{} if config.by is None else class_labels(data, config.by) for data in sets]
    if config.by is not None and not set(labels[0].values()) & set(labels[1].values()):
        raise DataError(
            f'No value of "{config.by}" is in both sets: A has {_some(labels[0])}, B has {_some(labels[1])}; name '
            "another label with --by."
        )
    plans = [_plan(data, models, config) for data in sets]
    for plan in plans:
        run(plan, store, workers=workers, progress=progress)
    checkpoints = checkpoints or Checkpoints(None)
    first, second = (
        _side(name, plan, store, of, checkpoints) for name, plan, of in zip("AB", plans, labels, strict=True)
    )
    shared = len(set(first.clips.values()) & set(second.clips.values()))
    if shared == max(len(first.items), len(second.items)):
        raise DataError(f"A and B hold the same {shared} clips, so {SAME}")
    return Measured(store, first, second, shared)


def _check_different(first: Dataset, second: Dataset) -> None:
    """Raise for the same files in both, before they are embedded for nothing."""
    files, others = ({item.path.resolve() for item in data} for data in (first, second))
    if files == others:
        raise DataError(f"A and B are the same {len(files)} files, so {SAME}")


def _plan(data: Dataset, models: list[Encoder], config: FadConfig) -> Plan:
    return Plan(
        data,
        [DRY],
        models,
        layers=select_layers(models, config.layers),
        windows=None if config.window is None else Windows(config.window),
        pool=config.pool,
        start=None if config.seconds is not None and config.start is None else config.start or 0.0,
        seconds=config.seconds,
    )


def _side(name: str, plan: Plan, store: Store, labels: Mapping[str, str], checkpoints: Checkpoints) -> Side:
    found = usable(plan, store, DRY.effect.key)
    items = sorted(found.items, key=lambda item: item.id)
    silent = silent_items(items, [found.clips[item.id] for item in items], plan, checkpoints)
    kept = tuple(item for item in items if item.id not in silent)
    if not kept:
        raise DataError(f"{name} ({plan.dataset.name}) holds silence only; give clips that can be heard.")
    unheard = [
        {"item": item.id, "path": str(item.path), "stage": "select", "reason": f"{item.path}: is silent."}
        for item in items
        if item.id in silent
    ]
    failures = pd.concat([found.failures, pd.DataFrame(unheard, columns=found.failures.columns)], ignore_index=True)
    return Side(name, plan, kept, {item.id: found.clips[item.id] for item in kept}, labels, failures)


def _some(labels: Mapping[str, str]) -> str:
    names = sorted(set(labels.values()))
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "") if names else "none"
