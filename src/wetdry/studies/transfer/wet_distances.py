"""Whether an effect brings the two domains nearer: over the first alone, over the second alone, or over both.

A change is that of a Fréchet distance at the clips that there are. With fewer clips than dimensions both distances are
too large, by nearly the same, so that most of it falls out of their difference; but an effect that narrows a domain
narrows what is too large as well, and some of a fall is that. `config.project` takes few axes, along which the clips
suffice: those of the dry clips of both domains, as for the table `distances`, so that `dry` is the same number there.
What an effect moves across these axes is then not seen.

An effect at one level takes one core about 4 s in a layer of 384 dimensions, and 17 s in one of 768, of 1,000 clips a
domain in 6 classes. Singular values for the limits are most of it, and each is worked out once: those of the dry pair
serve all levels of an effect, and a version of the second domain is decomposed once for all that it is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.distance_change import DistanceChanges, Pair, distance_changes
from wetdry.analysis.frechet import FEWEST_CLIPS
from wetdry.analysis.pooled_components import pooled_components
from wetdry.analysis.statistics.units import Flags, Float64
from wetdry.effects import Step
from wetdry.extract.plan import View
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.deformations import DRY
from wetdry.studies.fad.distances import ALL
from wetdry.studies.jobs import Job
from wetdry.studies.resumable import resumable
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.distances import components, layer_follows_from
from wetdry.studies.transfer.measure import Measured, Texts

BOTH = "both"
"""What is wet where the effect goes over both domains."""

FOUND = ("wet", "label", "distance", "dry", "change", "low", "high", "clips_first", "clips_second")
"""Columns of `effect_distances` after those that name layer and effect."""


class Wetness(NamedTuple):
    """An effect as tables name it."""

    effect: str
    level: float
    key: str

    @classmethod
    def of(cls, step: Step) -> Wetness:
        """Its level is NaN where it has none."""
        return cls(step.family, np.nan if step.level is None else step.level, step.effect.key)


class Clips(NamedTuple):
    """Whose vectors there are (n,): of the first domain or not, group, class."""

    in_first: Flags
    group: Texts
    label: Texts

    def of(self, rows: Flags) -> Clips:
        """Some of them."""
        return Clips(self.in_first[rows], self.group[rows], self.label[rows])


def count(config: TransferConfig, measured: Measured) -> int:  # noqa: ARG001  (parts are counted alike)
    """How many parts there are: one an effect and layer of each encoder that is no baseline."""
    return len(_layers(measured)) * len(families(measured.steps))


def jobs(config: TransferConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """Calls that give parts of the table `effect_distances`, all levels of an effect at a time."""
    for view, layer, position in _layers(measured):
        for steps in families(measured.steps):
            follows_from = {
                "part": "wet distances",
                **layer_follows_from(measured, view, layer, position),
                "steps": [(*Wetness.of(step), step.effect.revision) for step in steps],
                "settings": [config.project, config.seed],
            }
            yield resumable(
                checkpoints, follows_from, partial(_prepared, config, measured, view, layer, position, steps)
            )


def families(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """The steps of each effect, which differ in their level."""
    names = dict.fromkeys(step.family for step in steps)
    return [tuple(step for step in steps if step.family == name) for name in names]


def versions(measured: Measured, view: View, layer: str, steps: Sequence[Step]) -> npt.NDArray[np.float32]:
    """Vectors (1 + step, n, dim) of all clips, dry and under each step; NaN for clips that an effect failed on."""
    return np.stack([measured.vectors(view, layer, step) for step in (DRY, *steps)])


def _layers(measured: Measured) -> list[tuple[View, str, int]]:
    return [each for each in measured.layers if each[0].encoder.spec.name not in measured.baselines]


def _prepared(
    config: TransferConfig, measured: Measured, view: View, layer: str, position: int, steps: Sequence[Step]
) -> Job:
    return partial(
        effect_distances,
        versions(measured, view, layer, steps),
        Clips(measured.domain == measured.domains.names[0], measured.groups, measured.labels),
        [Wetness.of(step) for step in steps],
        {"encoder": view.encoder.spec.name, "layer": layer, "position": position},
        names=measured.domains.names,
        project=config.project,
        seed=config.seed,
    )


def effect_distances(
    vectors: npt.ArrayLike,
    clips: Clips,
    effects: Sequence[Wetness],
    about: dict[str, Any],
    *,
    names: tuple[str, str],
    project: int | None,
    seed: int,
) -> Tables:
    """Distances of the domains with an effect over one of them or over both, and the change from both dry.

    Parameters
    ----------
    vectors
        Shape (1 + effect, n, dim), dry first. A clip that an effect failed on, NaN, is left out wet and dry.
    clips
        Whose they are.
    effects
        In the order of the vectors.
    about
        First columns of the table.
    names
        Of the domains.
    project
        Principal axes of the dry clips of both domains that are kept; None: all dimensions.
    seed
        Of the blocks of groups that are left out for the limits.

    Returns
    -------
    dict
        `effect_distances`: one row an effect, side that is wet and class, or all clips. The distances are NaN where a
        domain has fewer than 2 clips of the class; the limits also with fewer than 4 groups in a domain, and where
        fewer than 2 clips are left without some of them.
    """
    along = _along(np.asarray(vectors, dtype=np.float64), clips.in_first, project)
    rows: list[dict[str, Any]] = []
    for label in (ALL, *np.unique(clips.label)):
        own = np.ones(len(clips.label), dtype=bool) if label == ALL else clips.label == label
        vectors_known: Flags = np.asarray(np.isfinite(along[:, own]).all(axis=2))
        for known, places in _alike(vectors_known):
            heard = along[[0, *(1 + place for place in places)]][:, own][:, known]
            changes = _rows(heard, clips.of(own).of(known), [effects[place] for place in places], names, seed)
            rows += [{"label": str(label), **row} for row in changes]
    table = pd.DataFrame([{**about, **row} for row in rows], columns=[*about, *Wetness._fields, *FOUND])
    return {"effect_distances": in_order(table, effects)}


def in_order(table: pd.DataFrame, effects: Sequence[Wetness]) -> pd.DataFrame:
    """The rows of the first effect first, by their `key`, those of one effect as they were."""
    place = {key: number for number, (_, _, key) in enumerate(effects)}
    return table.sort_values("key", key=lambda keys: keys.map(place), kind="stable", ignore_index=True)


def _along(vectors: Float64, in_first: Flags, project: int | None) -> Float64:
    """Vectors (version, n, dim) along the axes that are kept (version, n, component)."""
    kept = components(project, vectors.shape[2], vectors.shape[1])
    if kept is None:
        return vectors
    found: Float64 = vectors @ pooled_components(vectors[0, in_first], vectors[0, ~in_first], kept).axes
    return found


def _alike(known: Flags) -> Iterator[tuple[Flags, list[int]]]:
    """Clips (n,) with a vector dry and wet, and the effects that have just these, of flags `known` (1 + effect, n)."""
    masks = known[1:] & known[0]
    for mask in np.unique(masks, axis=0)[::-1]:
        yield mask, np.flatnonzero((masks == mask).all(axis=1)).tolist()


def _rows(
    heard: Float64, clips: Clips, effects: Sequence[Wetness], names: tuple[str, str], seed: int
) -> Iterator[dict[str, Any]]:
    """Rows of effects that all these clips have a vector of: `heard` (1 + effect, n, dim)."""
    first, second = clips.in_first, ~clips.in_first
    sizes = {"clips_first": int(first.sum()), "clips_second": int(second.sum())}
    sides: list[tuple[Wetness, str, Pair]] = []
    for place, effect in enumerate(effects, start=1):
        sides += [(effect, names[0], (place, 0)), (effect, names[1], (0, place)), (effect, BOTH, (place, place))]
    pairs = [pair for _, _, pair in sides]
    if min(sizes.values()) >= FEWEST_CLIPS:
        groups = clips.group[first], clips.group[second]
        found = distance_changes(heard[:, first], heard[:, second], pairs, groups, seed=seed)
    else:
        unknown = np.full(len(pairs), np.nan)
        found = DistanceChanges(np.nan, unknown, unknown, unknown, unknown)
    for number, (effect, wet, _) in enumerate(sides):
        yield {
            **effect._asdict(),
            "wet": wet,
            "distance": found.distance[number],
            "dry": found.dry,
            "change": found.change[number],
            "low": found.low[number],
            "high": found.high[number],
            **sizes,
        }
