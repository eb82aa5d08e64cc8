"""`identity`: the null of every study, and level 0 of every effect."""

from dataclasses import dataclass
from typing import ClassVar

from wetdry.audio import Clip, Samples
from wetdry.effects.base import Effect, effects


@effects.register("identity")
@dataclass(frozen=True)
class Identity(Effect):
    """Leaves every sample as it is."""

    name: ClassVar[str] = "identity"

    def __call__(self, dry: Clip) -> Clip:
        return dry

    def process(self, channel: Samples, sample_rate: int) -> Samples:  # noqa: ARG002
        return channel
