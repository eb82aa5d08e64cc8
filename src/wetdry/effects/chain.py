"""`Chain`: effects one after another, itself an effect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from wetdry.audio import Clip, Samples
from wetdry.effects.base import Effect, WholeClipEffect
from wetdry.errors import EffectError

SEPARATOR = " | "


@dataclass(frozen=True)
class Chain(WholeClipEffect):
    """Effects in the order in which the sound goes through them.

    A chain within a chain is dissolved into its effects. `label` is a name to show in tables and `reason` says
    what the chain stands for; neither is part of the key or of equality.

    >>> from wetdry.effects import effect
    >>> chain = effect("highpass(cutoff_hz=300)|gsm")
    >>> chain.key
    'highpass(cutoff_hz=300) | gsm'
    >>> len(chain.effects)
    2
    """

    name: ClassVar[str] = "chain"

    effects: tuple[Effect, ...]
    label: str = field(default="", compare=False)
    reason: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        flat: list[Effect] = []
        for effect in self.effects:
            flat.extend(effect.effects if isinstance(effect, Chain) else [effect])
        object.__setattr__(self, "effects", tuple(flat))
        super().__post_init__()

    def validate(self) -> None:
        if not self.effects:
            raise EffectError("A chain takes at least one effect.")

    @property
    def key(self) -> str:
        return SEPARATOR.join(effect.key for effect in self.effects)

    @property
    def revision(self) -> str:
        return SEPARATOR.join(effect.revision for effect in self.effects)

    def tail_seconds(self) -> float:
        return sum(effect.tail_seconds() for effect in self.effects)

    def render(self, dry: Clip) -> Samples:
        wet = dry
        for effect in self.effects:
            wet = effect(wet)
        return wet.samples
