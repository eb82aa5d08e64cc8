"""What every evaluated clip goes through: sweeps and chains with their loudness controls, and the parts of chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from wetdry.effects import Chain, Effect, GainLike, Matched, Step
from wetdry.errors import EffectError
from wetdry.studies.emotion.config import BUILTIN, NO_CHAINS, EmotionConfig
from wetdry.studies.selection import select_steps, with_controls

CONTROLS = ("raw", "matched", "gain")
"""Of each step in turn, as `with_controls` makes them."""

DRY_CLIPS = "dry"
"""What tables call clips without an effect."""

FEWEST_LEVELS = 3
"""A trend over two levels cannot fail."""


@dataclass(frozen=True)
class Steps:
    """Everything that is done to a clip.

    Attributes
    ----------
    controlled
        Sweeps from level 0 on and chains, each raw, at the loudness of the dry clip, and as a gain alone.
    parts
        The effects of the chains, each by itself.
    """

    controlled: tuple[Step, ...]
    parts: tuple[Step, ...]

    @property
    def variants(self) -> pd.DataFrame:
        """A row for each of `controlled`: family, level (NaN for chains), control and effect (key)."""
        return pd.DataFrame(
            {
                "family": [step.family for step in self.controlled],
                "level": pd.array([step.level for step in self.controlled], dtype="Float64").to_numpy(
                    dtype="float64", na_value=float("nan")
                ),
                "control": [CONTROLS[number % len(CONTROLS)] for number in range(len(self.controlled))],
                "effect": [step.effect.key for step in self.controlled],
            }
        )

    @property
    def sweeps(self) -> list[str]:
        """Names of the effects that have levels."""
        return list(dict.fromkeys(step.family for step in self.controlled if step.level is not None))

    @property
    def others(self) -> tuple[int, int]:
        """How many chains there are, and how many single effects without levels."""
        raw = [step for step in self.controlled[:: len(CONTROLS)] if step.level is None]
        chains = sum(isinstance(step.effect, Chain) for step in raw)
        return chains, len(raw) - chains

    @property
    def chains(self) -> dict[str, list[int]]:
        """Chains of several effects → the places of their parts in `parts`."""
        place = {step.effect.key: number for number, step in enumerate(self.parts)}
        raw = self.controlled[:: len(CONTROLS)]
        return {step.family: [place[part.key] for part in _parts(step)] for step in raw if _parts(step)}


def steps_of(config: EmotionConfig) -> Steps:
    """The steps that a configuration asks for."""
    if config.chains not in (BUILTIN, NO_CHAINS) and not config.chains.strip():
        raise EffectError("No file of chains was named; give one with --chains, or 'builtin' or 'none'.")
    chosen = select_steps(config.effects, None if config.chains == NO_CHAINS else config.chains, config.levels)
    _check_names(chosen)
    _check_levels(chosen, config.levels)
    parts = {part.key: Step(part.key, None, part) for step in chosen for part in _parts(step)}
    return Steps(with_controls(chosen, [Matched, GainLike]), tuple(parts.values()))


def _parts(step: Step) -> Sequence[Effect]:
    """The effects of a chain that has several; none otherwise."""
    effects = step.effect.effects if isinstance(step.effect, Chain) else ()
    return effects if len(effects) > 1 else ()


def _check_names(chosen: Sequence[Step]) -> None:
    single = [step.family for step in chosen if step.level is None]
    for name in single:
        if name == DRY_CLIPS:
            raise EffectError(f'A chain or effect is called "{name}", which is what tables call clips without one.')
        if single.count(name) > 1:
            raise EffectError(f'Two different chains are called "{name}": give one of them another name.')


def _check_levels(chosen: Sequence[Step], levels: str) -> None:
    swept: dict[str, set[str]] = {}
    for step in chosen:
        if step.level is not None:
            swept.setdefault(step.family, set()).update({step.effect.key} if step.level else ())
    for family, settings in swept.items():
        if len(settings) < FEWEST_LEVELS:
            raise EffectError(
                f"{family}: levels {levels} are {len(settings)} different settings, and a trend over so few cannot "
                f"fail; give at least {FEWEST_LEVELS}, such as 1-10."
            )
