"""`distortion`: soft clipping."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wetdry.effects.base import effects, parameter
from wetdry.effects.board import BoardEffect
from wetdry.effects.scale import linear


@effects.register("distortion")
@dataclass(frozen=True)
class Distortion(BoardEffect):
    """Gain into a hyperbolic tangent: tanh(10^(drive/20) x).

    Levels: drive 5 + 1.8 L dB (published, emotion study). It makes quiet music much louder: compare it
    with its `matched` and `gain_like` controls. Even at 0 dB the tangent bends loud samples, so no drive is neutral.
    """

    name: ClassVar[str] = "distortion"
    strength: ClassVar[str] = "drive_db"

    drive_db: float = parameter(25.0, "gain before the clipping", unit="dB", low=0, high=100)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(drive_db=linear(5.0, 1.8, level))

    def plugin(self, sample_rate: int) -> Any:  # noqa: ARG002
        from pedalboard import Distortion as Plugin

        return Plugin(drive_db=self.drive_db)
