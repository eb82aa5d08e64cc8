"""Clips of the study as an adaptation hears them: decoded when they are asked for, some of them through an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wetdry.audio import Clip, load
from wetdry.effects import Effect, builtin_chains
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath
from wetdry.studies.deformations import DRY
from wetdry.studies.selection import select_steps
from wetdry.studies.transfer.config import TransferConfig

TRIAL_SECONDS = 1.0
"""Of a clip by which effects are tried."""


@dataclass(frozen=True, eq=False)
class Heard(Sequence[Clip]):
    """A sequence that holds no audio.

    Attributes
    ----------
    paths
        Files (n,).
    clips
        Hashes (n,) of the dry clips.
    effects
        What each clip (n,) goes through; None for nothing.
    start, seconds
        The part of each file that is used, as the study decodes it.
    """

    paths: tuple[AnyPath, ...]
    clips: tuple[str, ...]
    effects: tuple[Effect | None, ...]
    start: float | None = None
    seconds: float | None = None

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """What tells each clip (n,) apart: its hash, and what it goes through."""
        return tuple(
            clip if effect is None else f"{clip} {effect.key}@{effect.revision}"
            for clip, effect in zip(self.clips, self.effects, strict=True)
        )

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, place: Any) -> Any:
        dry = load(self.paths[place], start=self.start, seconds=self.seconds)
        effect = self.effects[place]
        return dry if effect is None else effect(dry)


def heard_in_training(config: TransferConfig) -> tuple[Effect, ...]:
    """The effects that an adaptation hears beside dry clips; none without `augment`."""
    return () if config.augment is None else _wet(config.augment, config.levels)


def unseen(config: TransferConfig) -> tuple[Effect, ...]:
    """The effects that it is only tested on: those named, or the chains that come with wetdry."""
    if config.augment is None:
        return ()
    named = tuple(builtin_chains().values()) if config.unseen is None else _wet(config.unseen, config.levels)
    known = {effect.key for effect in heard_in_training(config)}
    return tuple(effect for effect in named if effect.key not in known)


def check_named(config: TransferConfig) -> None:
    """Raise where effects are named that nothing would be trained with, or tested on, before anything is embedded."""
    if config.augment is None:
        if config.unseen is not None:
            raise DataError(
                "--unseen names what an adaptation is tested on that heard other effects in training: name those with "
                "--augment, or leave out --unseen."
            )
        return
    if not config.methods:
        raise DataError("--augment is of adaptation, and --methods none leaves that out: leave out one of them.")
    if not heard_in_training(config):
        raise DataError(f'--augment "{config.augment}" changes nothing: name an effect at a level above 0.')
    if config.unseen is not None and not unseen(config):
        raise DataError("No effect of --unseen is other than those of --augment: name one that is not heard there.")


def checked(effects: Sequence[Effect], file: AnyPath) -> None:
    """Raise what an effect says that does not work here, such as one whose codec is missing, before hours are spent."""
    if effects:
        clip = load(file, seconds=TRIAL_SECONDS)
        for effect in effects:
            effect(clip)


def drawn(effects: Sequence[Effect], clips: Sequence[str], seed: int) -> tuple[Effect, ...]:
    """One of the effects for each clip (n,), by its hash and the seed alone, so that it is the same in every split."""
    return tuple(effects[int(np.random.default_rng([seed, int(clip, 16)]).integers(len(effects)))] for clip in clips)


def _wet(text: str, levels: str) -> tuple[Effect, ...]:
    """Each effect once, but for the dry one: that of level 0, which a sweep begins with."""
    steps = [step for step in select_steps(text, None, levels) if step.level != 0.0]
    found = {step.effect.key: step.effect for step in steps if step.effect.key != DRY.effect.key}
    return tuple(found.values())
