"""From a configuration to paired responses: extraction into a store, and reading it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from wetdry.analysis.displacement import displacement, spread
from wetdry.audio import Windows, load
from wetdry.datasets import Dataset, Item
from wetdry.effects import GainLike, Matched, Step, effect
from wetdry.encoders import Encoder, Vectors
from wetdry.errors import DataError
from wetdry.extract import Plan, Progress, run
from wetdry.store import Store, stacked
from wetdry.studies.estimators import DEFAULT_ENCODER, Estimator, ProbeEstimator, estimator
from wetdry.studies.probe import read_probe
from wetdry.studies.responses import Floats, Responses
from wetdry.studies.selection import select_audio, select_steps, with_controls
from wetdry.studies.shift.config import ShiftConfig
from wetdry.studies.shift.novelty import Novelty
from wetdry.studies.usable import usable

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
    estimator: Estimator
    windows: Windows
    responses: Responses
    novelty: Novelty | None
    """None where the estimator cannot tell."""
    floor: Floor
    items: tuple[Item, ...]
    """The items that could be measured."""
    failures: pd.DataFrame
    fingerprint: dict[str, str]
    """Item → clip hash."""

    @property
    def encoder(self) -> Encoder:
        return self.estimator.encoder


def measure(config: ShiftConfig, store: Store, *, workers: int | None, progress: Progress | None) -> Measurement:
    """Fill the store with what the configuration needs, and read it back as arrays."""
    estimates = open_estimator(config)
    model = estimates.encoder
    # What a probe reads is what is looked at; an encoder's own estimates are no embedding.
    embedding = estimates.layer if config.probe else model.spec.default_layer
    data = select_audio(config.audio)
    steps = select_steps(config.effects, config.chains, config.levels)
    controlled = with_controls(steps, [Matched, GainLike]) if config.match_loudness else steps
    plan = Plan(
        data,
        [DRY, RETEST, *controlled],
        [model],
        layers={model.spec.name: sorted({estimates.layer, embedding})},
        windows=choose_windows(config, data, estimates),
        start=config.start,
        seconds=config.seconds,
    )
    run(plan, store, workers=workers, progress=progress)
    found = usable(plan, store, DRY.effect.key)
    controls = CONTROLS if config.match_loudness else CONTROLS[:1]
    reader = _Reader(plan, store, estimates, embedding, controlled, controls * len(steps))
    responses = reader.read(found.items, found.clips)
    return Measurement(
        data,
        steps,
        estimates,
        reader.view.windows,
        responses,
        reader.novelty,
        reader.floor,
        found.items,
        found.failures,
        found.clips,
    )


def open_estimator(config: ShiftConfig) -> Estimator:
    """The encoder's own estimates, or the probe in place of them."""
    if config.probe is None:
        return estimator(config.encoder or DEFAULT_ENCODER)
    return ProbeEstimator.of(read_probe(config.probe), config.encoder)


def choose_windows(config: ShiftConfig, data: Dataset, estimates: Estimator) -> Windows:
    """Those of the probe, which are no choice; else those asked for, or what `choose_window` finds."""
    if config.probe is None:
        return Windows(config.window or choose_window(config, data))
    if config.window is not None and config.window != estimates.windows.seconds:
        seconds = estimates.windows.seconds
        own = "clips as a whole" if seconds is None else f"windows of {seconds:g} s"
        raise DataError(
            f"{config.probe}: learnt from {own}, not windows of {config.window:g} s; leave out the window, or train a "
            "probe with it."
        )
    return estimates.windows


def choose_window(config: ShiftConfig, data: Dataset) -> float:
    """5 s; for a single clip shorter than 50 s a tenth of it, but at least 1 s.

    Windows are the units of inference for a single clip, so a short one needs shorter ones.
    """
    if len(data) > 1:
        return LONGEST_WINDOW
    clip = load(data.items[0].path, start=config.start, seconds=config.seconds)
    return round(min(LONGEST_WINDOW, max(SHORTEST_WINDOW, clip.seconds / 10)), 1)


class _Reader:
    """Reads vectors clip by clip, so that only a few clips' embeddings are in memory at once."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        estimates: Estimator,
        embedding: str,
        steps: Sequence[Step],
        controls: Sequence[str],
    ) -> None:
        self.plan, self.store, self.estimator, self.embedding, self.steps = plan, store, estimates, embedding, steps
        self.view = plan.views[0]
        self.floor = Floor()
        self.novelty: Novelty | None = None
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
            answers, embeddings = self._answers(hashes), self._embeddings(hashes)
            parts += [self._clip(item, clips[item.id], answers, embeddings) for item in some]
        self.floor = Floor(max(part.floor.shift for part in parts), max(part.floor.distance for part in parts))
        known = [part.novelty for part in parts if part.novelty is not None]
        if known:
            self.novelty = Novelty(
                np.concatenate([each.dry for each in known]), np.concatenate([each.wet for each in known])
            )
        return Responses(
            self.estimator.targets,
            self.variants,
            pd.concat([part.units for part in parts], ignore_index=True),
            np.concatenate([part.dry for part in parts]),
            np.concatenate([part.wet for part in parts]),
            np.concatenate([part.distance for part in parts]),
            np.concatenate([part.gain_db for part in parts]),
        )

    def _rows(self, layer: str, hashes: set[str]) -> tuple[pa.Table, Mapping[_Variant, npt.NDArray[np.intp]]]:
        """The windows of some clips in one layer, and which of them are of each variant, in order of their starts."""
        table = self.store.vectors(self.view.key, layer, clips=hashes, recipe=self.view.recipe)
        keys = table.select(["clip", "effect", "effect_revision"]).to_pandas().astype(str)
        return table, keys.groupby(list(keys), sort=False).indices

    def _embeddings(self, hashes: set[str]) -> Mapping[_Variant, Vectors]:
        table, spans = self._rows(self.embedding, hashes)
        vectors = stacked(table)
        return {key: vectors[rows] for key, rows in spans.items()}

    def _answers(self, hashes: set[str]) -> Mapping[_Variant, _Answers]:
        table, spans = self._rows(self.estimator.layer, hashes)
        starts, gains = table["start"].to_numpy(), table["gain_db"].to_numpy()
        vectors = stacked(table)
        said, novelty = self.estimator.estimate(vectors), self.estimator.novelty(vectors)
        return {
            key: _Answers(starts[rows], gains[rows], said[rows], None if novelty is None else novelty[rows])
            for key, rows in spans.items()
        }

    def _clip(
        self, item: Item, clip: str, answers: Mapping[_Variant, _Answers], embeddings: Mapping[_Variant, Vectors]
    ) -> _ClipResponses:
        identity = (clip, DRY.effect.key, DRY.effect.revision)
        dry, origin = answers[identity], embeddings[identity]
        unit = spread(origin)
        count = len(dry.said)
        wet = np.full((count, len(self.steps), len(self.estimator.targets)), np.nan)
        distance, gain, strange = np.full((3, count, len(self.steps)), np.nan)
        for j, step in enumerate(self.steps):
            key = (clip, step.effect.key, step.effect.revision)
            if key not in answers or key not in embeddings:
                continue
            answer = answers[key]
            # An effect that rings on has windows that no dry window starts with; they have no partner.
            _, at, partner = np.intersect1d(dry.starts, answer.starts, return_indices=True)
            wet[at, j] = answer.said[partner]
            gain[at, j] = answer.gain_db[partner]
            distance[at, j] = _moved(embeddings[key][partner], origin[at], unit)
            if answer.novelty is not None:
                strange[at, j] = answer.novelty[partner]
        novelty = None if dry.novelty is None else Novelty(dry.novelty, strange)
        units = pd.DataFrame({"clip": item.id, "group": item.group, "segment": np.arange(count), "start": dry.starts})
        floor = self._floor(clip, answers, embeddings)
        return _ClipResponses(units, dry.said, wet, distance, gain, novelty, floor)

    def _floor(self, clip: str, answers: Mapping[_Variant, _Answers], embeddings: Mapping[_Variant, Vectors]) -> Floor:
        first, second = ((clip, step.effect.key, step.effect.revision) for step in (DRY, RETEST))
        if second not in answers or second not in embeddings:
            return Floor()
        moved = _moved(embeddings[second], embeddings[first], spread(embeddings[first]))
        return Floor(float(np.abs(answers[second].said - answers[first].said).max()), float(np.fmax(moved, 0.0).max()))


def _moved(wet: Vectors, dry: Vectors, unit: npt.ArrayLike) -> Floats:
    """How far each window's embedding moved, in dry spreads."""
    relative: Floats = displacement(wet[:, np.newaxis], dry[:, np.newaxis], dry_spread=unit).relative
    return relative


_Variant = tuple[str, str, str]
"""Clip, effect and its revision."""


@dataclass(frozen=True, eq=False)
class _Answers:
    """What the estimator says of the windows of one variant of one clip."""

    starts: Floats
    gain_db: Floats
    said: Floats
    novelty: Floats | None


@dataclass(frozen=True, eq=False)
class _ClipResponses:
    """One clip's share of `Responses`."""

    units: pd.DataFrame
    dry: Floats
    wet: Floats
    distance: Floats
    gain_db: Floats
    novelty: Novelty | None
    floor: Floor
