"""The work on one effect of one clip: wet samples, the controls derived from them, their vectors.

Pure functions of their arguments: whoever calls them, in whatever order, gets the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from wetdry.audio import Clip, Samples
from wetdry.effects import Control, Effect
from wetdry.encoders.base import EncoderSpec
from wetdry.errors import WetdryError
from wetdry.extract.plan import View, Wanted
from wetdry.store import Embedded, VariantKey


@dataclass(frozen=True, eq=False)
class Task:
    """Variants of one clip that are made from the same wet samples."""

    dry: Clip
    base: Effect
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True)
class Trouble:
    """What went wrong with one variant: `stage` is `effect` or `encode`."""

    effect: str
    encoder: str
    stage: str
    reason: str


@dataclass
class Outcome:
    """What a task gave: the vectors of its `variants`, each of `seconds` of audio, and what is missing of them."""

    variants: int
    seconds: float
    parts: list[tuple[EncoderSpec, str, Embedded]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def audio_seconds(self) -> float:
        """How much audio was embedded."""
        return self.variants * self.seconds


def tasks(dry: Clip, wanted: Iterable[Wanted]) -> list[Task]:
    """Group what is wanted of a clip by the wet samples it needs."""
    groups: dict[tuple[str, str], tuple[Effect, list[Wanted]]] = {}
    for want in wanted:
        effect = want.step.effect
        base = effect.inner if isinstance(effect, Control) else effect
        groups.setdefault((base.key, base.revision), (base, []))[1].append(want)
    return [Task(dry, base, tuple(members)) for base, members in groups.values()]


def compute(task: Task) -> Outcome:
    """Everything a task asks for; what cannot be computed is in the outcome's troubles."""
    outcome = Outcome(len(task.wanted), task.dry.seconds)
    try:
        wet = task.base(task.dry)
    except (WetdryError, MemoryError) as error:
        outcome.troubles += [Trouble(w.step.effect.key, "", "effect", reason(error)) for w in task.wanted]
        return outcome
    for want in task.wanted:
        _compute_variant(task.dry, wet, want, outcome)
    return outcome


def _compute_variant(dry: Clip, wet: Clip, want: Wanted, outcome: Outcome) -> None:
    effect = want.step.effect
    gain_db: float | None = None
    try:
        if isinstance(effect, Control):
            wet, gain_db = effect.derive(dry, wet)
    except (WetdryError, MemoryError) as error:
        outcome.troubles.append(Trouble(effect.key, "", "effect", reason(error)))
        return
    heard: dict[int, Samples] = {}
    for view, layers in want.layers:
        try:
            outcome.parts += _embed(dry.id, wet, gain_db, want, view, layers, heard)
        except (WetdryError, MemoryError) as error:
            outcome.troubles.append(Trouble(effect.key, view.key, "encode", reason(error)))


def _embed(
    clip: str,
    wet: Clip,
    gain_db: float | None,
    want: Wanted,
    view: View,
    layers: tuple[str, ...],
    heard: dict[int, Samples],
) -> list[tuple[EncoderSpec, str, Embedded]]:
    """Vectors of one variant for one encoder; `heard` keeps the signal at each rate for the next one."""
    encoder, spec = view.encoder, view.encoder.spec
    rate = spec.sample_rate
    if rate not in heard:
        heard[rate] = encoder.heard(wet)
    signal = heard[rate]
    vectors = encoder.embed_signal(signal, layers, view.windows, view.pool or "none")
    starts = np.array(view.windows.starts(signal.size, rate), dtype=np.float64) / rate
    if view.pool is not None:
        starts = starts[:1]
    step = want.step
    key = VariantKey(step.effect.key, step.effect.revision, view.recipe)
    seconds = starts.astype(np.float32)
    return [
        (spec, layer, Embedded(clip, key, step.family, step.level, gain_db, seconds, vectors[layer]))
        for layer in layers
    ]


def reason(error: WetdryError | MemoryError) -> str:
    """One sentence for the failures table."""
    if isinstance(error, MemoryError):
        return "Not enough memory; use shorter excerpts or fewer workers."
    return str(error)
