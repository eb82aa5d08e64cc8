"""From a configuration to the vectors of both domains in every layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.audio import Windows
from wetdry.datasets import Item
from wetdry.effects import Step
from wetdry.encoders import Encoder, Vectors
from wetdry.errors import DataError
from wetdry.extract import Plan, Progress, run
from wetdry.extract.plan import View
from wetdry.remote.object_path import AnyPath
from wetdry.store import Store
from wetdry.studies.baselines import with_baselines
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.deformations import DRY, POOL
from wetdry.studies.fad.silence import silent_items
from wetdry.studies.layers import select_layers
from wetdry.studies.matrix import matrix
from wetdry.studies.selection import select_steps
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.domains import FEWEST_GROUPS, Domain, Domains, open_domains
from wetdry.studies.transfer.folds import Folds, folds
from wetdry.studies.usable import Usable, usable

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Measured:
    """Everything that is known of the clips of one study.

    Attributes
    ----------
    domains
        Both, with the classes that they share.
    clips
        A row a clip that every encoder hears: domain, item, path, clip (hash), group, label; those of the first domain
        first, in order of their ids.
    views
        How each encoder saw them, baselines last.
    baselines
        Names of the encoders that are baselines.
    steps
        The effects under which all is asked again, without the dry one.
    folds
        Which clips are held out together.
    failures
        What could not be used, with its reason and domain.
    remarks
        What a reader must know of the choice of clips and encoders.
    """

    domains: Domains
    clips: pd.DataFrame
    views: tuple[View, ...]
    baselines: frozenset[str]
    steps: tuple[Step, ...]
    folds: Folds
    store: Store
    failures: pd.DataFrame
    remarks: tuple[str, ...]

    @cached_property
    def elsewhere(self) -> dict[str, AnyPath]:
        """Of clips that are not on this machine: path, as it is told → file."""
        files = (item.path for domain in self.domains for item in domain.dataset)
        return {str(file): file for file in files if not isinstance(file, Path)}

    @property
    def classes(self) -> tuple[str, ...]:
        return self.domains.classes

    @cached_property
    def domain(self) -> Texts:
        """Name of the domain of each clip (n,)."""
        return self.clips["domain"].to_numpy(str)

    @cached_property
    def groups(self) -> Texts:
        """What each clip (n,) is held out together with: a group of one name in both domains is one."""
        return self.clips["group"].to_numpy(str)

    @cached_property
    def labels(self) -> Texts:
        """Class of each clip (n,)."""
        return self.clips["label"].to_numpy(str)

    @property
    def layers(self) -> list[tuple[View, str, int]]:
        """Each encoder's view with each of its layers and their place in it, in order."""
        return [(view, layer, place) for view in self.views for place, layer in enumerate(view.layers)]

    def view(self, name: str) -> View:
        """How an encoder, by its name, saw the clips."""
        return next(view for view in self.views if view.encoder.spec.name == name)

    def vectors(self, view: View, layer: str, step: Step = DRY) -> Vectors:
        """One vector a clip (n, dim) of a layer, float32; NaN for clips that an effect failed on."""
        found: Vectors = matrix(self.store, view, layer, list(self.clips["clip"]), [step]).vectors[:, 0]
        return found


def measure(
    config: TransferConfig,
    store: Store,
    checkpoints: Checkpoints | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Measured:
    """Embed what the store lacks of both domains, and say what of them can be used."""
    checkpoints = checkpoints or Checkpoints(None)
    domains = open_domains(config)
    models, baselines, missing = with_baselines(
        config.encoders, wanted=config.baselines, device=config.device, dtype=config.dtype
    )
    steps = _steps(config)
    plans = [_plan(config, domain, models, steps) for domain in domains]
    tables, failures = [], []
    for domain, plan in zip(domains, plans, strict=True):
        run(plan, store, workers=workers, progress=progress)
        found = usable(plan, store, DRY.effect.key)
        items, silent = _audible(found, plan, checkpoints)
        tables.append(
            pd.DataFrame(
                {
                    "domain": domain.name,
                    "item": [item.id for item in items],
                    "path": [str(item.path) for item in items],
                    "clip": [found.clips[item.id] for item in items],
                    "group": [item.group for item in items],
                    "label": [domain.labels[item.id] for item in items],
                }
            )
        )
        failures += [found.failures.assign(domain=domain.name), silent.assign(domain=domain.name)]
    clips, twice = _once(pd.concat(tables, ignore_index=True))
    clips, without = _with_vectors(clips, store, plans[0].views)
    _check_left(clips, domains)
    return Measured(
        domains=domains,
        clips=clips,
        views=plans[0].views,
        baselines=frozenset(baselines),
        steps=steps,
        folds=folds(clips, config),
        store=store,
        failures=pd.concat([*failures, twice, without], ignore_index=True),
        remarks=(*domains.remarks, *missing),
    )


def _steps(config: TransferConfig) -> tuple[Step, ...]:
    """What is asked of wet clips: every effect at every level but 0."""
    if config.effects is None:
        return ()
    wet = {
        step.effect.key: step
        for step in select_steps(config.effects, None, config.levels)
        if step.level != 0.0 and step.effect.key != DRY.effect.key
    }
    return tuple(wet.values())


def _plan(config: TransferConfig, domain: Domain, models: Sequence[Encoder], steps: Sequence[Step]) -> Plan:
    wanted = select_layers(models, config.layers)
    return Plan(
        domain.dataset,
        [DRY, *steps],
        models,
        layers={model.spec.name: wanted.get(model.spec.name, [model.spec.default_layer]) for model in models},
        windows=None if config.window is None else Windows(config.window),
        pool=POOL,
        start=config.start,
        seconds=config.seconds,
    )


def _audible(found: Usable, plan: Plan, checkpoints: Checkpoints) -> tuple[list[Item], pd.DataFrame]:
    """The items that can be heard, in order of their ids, and a row for each of the others: nobody speaks there."""
    items = sorted(found.items, key=lambda item: item.id)
    silent = silent_items(items, [found.clips[item.id] for item in items], plan, checkpoints)
    rows = [
        {"item": item.id, "path": str(item.path), "stage": "select", "reason": f"{item.path}: is silent."}
        for item in items
        if item.id in silent
    ]
    return [item for item in items if item.id not in silent], pd.DataFrame(rows)


def _once(clips: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The clips without audio that the first domain has too, which would be its own neighbour."""
    repeated = clips["clip"].duplicated()
    rows = clips.loc[repeated, ["domain", "item", "path"]]
    why = rows["path"] + ": holds the same audio as a clip of the other domain, which is counted once."
    rows = rows.assign(stage="select", reason=why)
    return clips[~repeated].reset_index(drop=True), rows


def _with_vectors(clips: pd.DataFrame, store: Store, views: Sequence[View]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The clips of which every layer has a finite vector, and why the others have none."""
    known, failures = np.ones(len(clips), dtype=bool), []
    for view in views:
        for layer in view.layers:
            vectors = matrix(store, view, layer, list(clips["clip"]), [DRY]).vectors[:, 0]
            without = known & ~np.isfinite(vectors).all(axis=1)
            reason = f"{view.encoder.spec.name} {layer} gave a vector that is no number, or none."
            failures.append(clips.loc[without, ["domain", "item", "path"]].assign(stage="select", reason=reason))
            known &= ~without
    return clips[known].reset_index(drop=True), pd.concat(failures, ignore_index=True)


def _check_left(clips: pd.DataFrame, domains: Domains) -> None:
    """Raise where what could be decoded and embedded lacks a class in one of the domains."""
    for domain in domains:
        own = clips[clips["domain"] == domain.name]
        for name in domains.classes:
            if own.loc[own["label"] == name, "group"].nunique() < FEWEST_GROUPS:
                raise DataError(
                    f"Of “{name}” in {domain.name} fewer than {FEWEST_GROUPS} groups of clips can be used: see that "
                    "the files can be read, and give clips of more groups or draw more with --per-class."
                )
