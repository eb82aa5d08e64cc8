"""`bitcrush`: coarse amplitude steps."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wetdry.effects.base import effects, parameter
from wetdry.effects.board import BoardEffect
from wetdry.effects.scale import linear


@effects.register("bitcrush")
@dataclass(frozen=True)
class Bitcrush(BoardEffect):
    """Rounds samples to multiples of 2^-bits, without dither.

    Levels: 15 - 1.1 L bits (ours, because the published grid runs from 15 down to 4 bits, and each bit
    less adds 6 dB of noise: equal steps in bits are equal steps in dB).
    """

    name: ClassVar[str] = "bitcrush"
    strength: ClassVar[str] = "bits"

    bits: float = parameter(8.0, "bits between 0 and full scale", unit="bit", low=1, high=24)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(bits=linear(15.0, -1.1, level))

    def plugin(self, sample_rate: int) -> Any:  # noqa: ARG002
        from pedalboard import Bitcrush as Plugin

        return Plugin(bit_depth=self.bits)
