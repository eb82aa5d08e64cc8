"""`delay`: echoes."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wetdry.effects.base import effects, parameter
from wetdry.effects.board import BoardEffect
from wetdry.effects.ringing import feedback_tail
from wetdry.effects.scale import linear


@effects.register("delay")
@dataclass(frozen=True)
class Delay(BoardEffect):
    """Echoes at a fixed distance, each `feedback` times the one before.

    Levels: delay_seconds 0.05 + 0.027 L, feedback 0.1 + 0.05 L, mix 0.5 (published, emotion study).
    """

    name: ClassVar[str] = "delay"
    strength: ClassVar[str] = "delay_seconds"

    delay_seconds: float = parameter(0.5, "time from one echo to the next", unit="s", low=0, high=30)
    feedback: float = parameter(0.0, "size of each echo against the one before", low=0, high=1)
    mix: float = parameter(0.5, "share of the echoes: 0 is dry alone, 1 echoes alone", low=0, high=1)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(delay_seconds=linear(0.05, 0.027, level), feedback=linear(0.1, 0.05, level))

    def tail_seconds(self) -> float:
        return feedback_tail(self.delay_seconds, self.feedback) if self.mix else 0.0

    def plugin(self, sample_rate: int) -> Any:  # noqa: ARG002
        from pedalboard import Delay as Plugin

        return Plugin(delay_seconds=self.delay_seconds, feedback=self.feedback, mix=self.mix)
