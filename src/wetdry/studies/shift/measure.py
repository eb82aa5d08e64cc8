"""From a configuration to paired responses: extraction into a store, and reading it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.displacement import displacement, spread
from wetdry.audio import Windows, load
from wetdry.datasets import Dataset, Item
from wetdry.effects import GainLike, Matched, Step, effect
from wetdry.encoders import Encoder, Layer, Vectors, encoder
from wetdry.errors import EncoderError
from wetdry.extract import Plan, Progress, run
from wetdry.store import Store, stacked
from wetdry.studies.selection import select_audio, select_steps, with_controls
from wetdry.studies.shift.config import ShiftConfig
from wetdry.studies.shift.responses import Floats, Responses
from wetdry.studies.usable import usable

TARGETS = ("energy", "valence")
DRY = Step("identity", None, effect("identity"))
RETEST = Step("identity", None, Matched(effect("identity")))
"""The unprocessed clip a second time through everything: what moves here, the way itself moves."""
LONGEST_WINDOW, SHORTEST_WINDOW = 5.0, 1.0
"""Seconds. Between them the agreement of energy with listeners' arousal hardly differs (r = 0.67 at 1 s, 0.71 at 5 s);
that of valence with joy falls from 0.51 to 0.41."""
CONTROLS = ("raw", "matched", "gain")
"""Of each step in turn, as `with_controls` makes them; what a user gives is raw even if it is a control itself."""
CLIPS_AT_ONCE = 8
"""Clips whose embeddings are held in memory together while distances are computed."""


@dataclass(frozen=True)
class Floor:
    """The most by which a second pass of an unprocessed window differs from the first."""

    shift: float = 0.0
    """In any target."""
    distance: float = 0.0
    """Of the embedding, in dry spreads."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """Everything `measure` found, before statistics."""

    dataset: Dataset
    steps: tuple[Step, ...]
    encoder: Encoder
    windows: Windows
    responses: Responses
    floor: Floor
    items: tuple[Item, ...]
    """The items that could be measured."""
    failures: pd.DataFrame
    fingerprint: dict[str, str]
    """Item → clip hash."""


def measure(config: ShiftConfig, store: Store, *, workers: int | None, progress: Progress | None) -> Measurement:
    """Fill the store with what the configuration needs, and read it back as arrays."""
    model = encoder(config.encoder)
    estimates = estimating_layer(model)
    data = select_audio(config.audio)
    steps = select_steps(config.effects, config.chains, config.levels)
    controlled = with_controls(steps, [Matched, GainLike]) if config.match_loudness else steps
    plan = Plan(
        data,
        [DRY, RETEST, *controlled],
        [model],
        layers={model.spec.name: sorted({estimates.name, model.spec.default_layer})},
        windows=Windows(config.window or choose_window(config, data)),
        start=config.start,
        seconds=config.seconds,
    )
    run(plan, store, workers=workers, progress=progress)
    found = usable(plan, store, DRY.effect.key)
    controls = CONTROLS if config.match_loudness else CONTROLS[:1]
    reader = _Reader(plan, store, estimates, controlled, controls * len(steps))
    responses = reader.read(found.items, found.clips)
    return Measurement(
        data, steps, model, reader.view.windows, responses, reader.floor, found.items, found.failures, found.clips
    )


def choose_window(config: ShiftConfig, data: Dataset) -> float:
    """5 s; for a single clip shorter than 50 s a tenth of it, but at least 1 s.

    Windows are the units of inference for a single clip, so a short one needs shorter ones.
    """
    if len(data) > 1:
        return LONGEST_WINDOW
    clip = load(data.items[0].path, start=config.start, seconds=config.seconds)
    return round(min(LONGEST_WINDOW, max(SHORTEST_WINDOW, clip.seconds / 10)), 1)


def estimating_layer(model: Encoder) -> Layer:
    """The layer whose outputs are named after the targets."""
    for layer in model.spec.layers:
        if set(TARGETS) <= set(layer.labels):
            return layer
    raise EncoderError(
        f"{model.spec.name} estimates no {' or '.join(TARGETS)}: use one that does, such as vibenet, "
        "or `wetdry embed` for its embeddings."
    )


class _Reader:
    """Reads vectors clip by clip, so that only a few clips' embeddings are in memory at once."""

    def __init__(
        self, plan: Plan, store: Store, estimates: Layer, steps: Sequence[Step], controls: Sequence[str]
    ) -> None:
        self.plan, self.store, self.estimates, self.steps = plan, store, estimates, steps
        self.view = plan.views[0]
        self.floor = Floor()
        self.variants = pd.DataFrame(
            {
                "family": [step.family for step in steps],
                "level": [np.nan if step.level is None else step.level for step in steps],
                "control": list(controls),
                "effect": [step.effect.key for step in steps],
            }
        )

    def read(self, items: Sequence[Item], clips: dict[str, str]) -> Responses:
        parts: list[_ClipResponses] = []
        for first in range(0, len(items), CLIPS_AT_ONCE):
            some = items[first : first + CLIPS_AT_ONCE]
            hashes = {clips[item.id] for item in some}
            estimates = self._vectors(self.estimates.name, hashes)
            embeddings = self._vectors(self.view.encoder.spec.default_layer, hashes)
            parts += [self._clip(item, clips[item.id], estimates, embeddings) for item in some]
        self.floor = Floor(max(part.floor.shift for part in parts), max(part.floor.distance for part in parts))
        return Responses(
            TARGETS,
            self.variants,
            pd.concat([part.units for part in parts], ignore_index=True),
            np.concatenate([part.dry for part in parts]),
            np.concatenate([part.wet for part in parts]),
            np.concatenate([part.distance for part in parts]),
            np.concatenate([part.gain_db for part in parts]),
        )

    def _vectors(self, layer: str, hashes: set[str]) -> dict[tuple[str, str, str], _Rows]:
        """(clip, effect, revision) → its rows, in order of their windows."""
        table = self.store.vectors(self.view.key, layer, clips=hashes, recipe=self.view.recipe)
        keys = table.select(["clip", "effect", "effect_revision"]).to_pandas().astype(str)
        starts, gains = table["start"].to_numpy(), table["gain_db"].to_numpy()
        vectors = stacked(table)
        spans = keys.groupby(list(keys), sort=False).indices
        return {key: _Rows(starts[rows], gains[rows], vectors[rows]) for key, rows in spans.items()}

    def _clip(self, item: Item, clip: str, estimates: _ByVariant, embeddings: _ByVariant) -> _ClipResponses:
        columns = [self.estimates.labels.index(target) for target in TARGETS]
        identity = (clip, DRY.effect.key, DRY.effect.revision)
        retest = (clip, RETEST.effect.key, RETEST.effect.revision)
        dry, origin = estimates[identity], embeddings[identity].vectors
        unit = spread(origin)
        count = len(dry.vectors)
        before = dry.vectors[:, columns].astype(np.float64)
        wet = np.full((count, len(self.steps), len(TARGETS)), np.nan)
        distance = np.full((count, len(self.steps)), np.nan)
        gain = np.full((count, len(self.steps)), np.nan)
        for j, step in enumerate(self.steps):
            key = (clip, step.effect.key, step.effect.revision)
            if key not in estimates or key not in embeddings:
                continue
            # An effect that rings on has windows that no dry window starts with; they have no partner.
            _, at, partner = np.intersect1d(dry.starts, estimates[key].starts, return_indices=True)
            wet[at, j] = estimates[key].vectors[partner][:, columns]
            gain[at, j] = estimates[key].gain_db[partner]
            distance[at, j] = _moved(embeddings[key].vectors[partner], origin[at], unit)
        floor = Floor()
        if retest in estimates and retest in embeddings:
            floor = Floor(
                float(np.abs(estimates[retest].vectors[:, columns] - before).max()),
                float(np.fmax(_moved(embeddings[retest].vectors, origin, unit), 0.0).max()),
            )
        units = pd.DataFrame({"clip": item.id, "group": item.group, "segment": np.arange(count), "start": dry.starts})
        return _ClipResponses(units, before, wet, distance, gain, floor)


def _moved(wet: Vectors, dry: Vectors, unit: npt.ArrayLike) -> Floats:
    """How far each window's embedding moved, in dry spreads."""
    relative: Floats = displacement(wet[:, np.newaxis], dry[:, np.newaxis], dry_spread=unit).relative
    return relative


@dataclass(frozen=True, eq=False)
class _Rows:
    """The windows of one variant of one clip in one layer."""

    starts: Floats
    gain_db: Floats
    vectors: Vectors


_ByVariant = Mapping[tuple[str, str, str], _Rows]


@dataclass(frozen=True, eq=False)
class _ClipResponses:
    """One clip's share of `Responses`."""

    units: pd.DataFrame
    dry: Floats
    wet: Floats
    distance: Floats
    gain_db: Floats
    floor: Floor
