"""`gain`: louder or softer, and nothing else."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from wetdry.audio import Samples
from wetdry.effects.base import Effect, effects, parameter
from wetdry.effects.scale import linear


@effects.register("gain")
@dataclass(frozen=True)
class Gain(Effect):
    """Multiplies every sample. Nothing clips: samples are floats, and may exceed full scale.

    Levels: -4 L dB (ours: attenuation, because the published grid runs from +5 down to -40 dB, and its
    far end is level 10; boosts would depend on how an encoder takes samples beyond full scale).
    """

    name: ClassVar[str] = "gain"
    strength: ClassVar[str] = "gain_db"

    gain_db: float = parameter(-6.0, "gain", unit="dB", low=-120, high=60)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(gain_db=linear(0.0, -4.0, level))

    def process(self, channel: Samples, sample_rate: int) -> Samples:  # noqa: ARG002
        return channel * np.float32(10.0 ** (self.gain_db / 20.0))
