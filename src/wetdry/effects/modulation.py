"""`chorus` and `phaser`: delays and all-passes moved by a slow oscillator.

The oscillator starts at the same phase in every clip, so what is measured holds for that phase.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wetdry.effects.base import effects, parameter
from wetdry.effects.board import BoardEffect
from wetdry.effects.nyquist import below_nyquist
from wetdry.effects.ringing import feedback_tail
from wetdry.effects.scale import linear

# How far full depth moves the delay of the chorus to either side.
CHORUS_SWING_SECONDS = 0.010
# The delay of the phaser's six all-passes at the bottom of its sweep, near 100 Hz: measured.
PHASER_RING_SECONDS = 0.08


@effects.register("chorus")
@dataclass(frozen=True)
class Chorus(BoardEffect):
    """The sound with a copy whose delay swings.

    Levels: rate 0.5 + 0.2 L Hz, depth 0.1 + 0.09 L, feedback 0.1 + 0.02 L, mix 0.5 (published, emotion study).
    """

    name: ClassVar[str] = "chorus"
    strength: ClassVar[str] = "depth"

    rate_hz: float = parameter(1.0, "swings a second", unit="Hz", low=0, high=100)
    depth: float = parameter(0.25, "how far the delay swings", low=0, high=1)
    centre_delay_ms: float = parameter(7.0, "delay around which it swings", unit="ms", low=1, high=100)
    feedback: float = parameter(0.0, "share of the copy that is fed back", low=-0.99, high=0.99)
    mix: float = parameter(0.5, "share of the copy: 0 is dry alone, 1 the copy alone", low=0, high=1)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(rate_hz=linear(0.5, 0.2, level), depth=linear(0.1, 0.09, level), feedback=linear(0.1, 0.02, level))

    def tail_seconds(self) -> float:
        longest = self.centre_delay_ms / 1000.0 + CHORUS_SWING_SECONDS * self.depth
        return feedback_tail(longest, self.feedback) if self.mix else 0.0

    def plugin(self, sample_rate: int) -> Any:  # noqa: ARG002
        from pedalboard import Chorus as Plugin

        return Plugin(
            rate_hz=self.rate_hz,
            depth=self.depth,
            centre_delay_ms=self.centre_delay_ms,
            feedback=self.feedback,
            mix=self.mix,
        )


@effects.register("phaser")
@dataclass(frozen=True)
class Phaser(BoardEffect):
    """Six all-passes whose frequency sweeps: moving notches.

    Levels: rate 0.2 + 0.1 L Hz, depth 0.2 + 0.14 L, feedback 0.1 + 0.03 L, mix 1 (published, emotion study).
    The formula takes depth to 1.6, so that is the top of its range here; beyond 1 the sweep runs into its
    lowest and highest frequency and stays there for a while.
    """

    name: ClassVar[str] = "phaser"
    strength: ClassVar[str] = "depth"

    rate_hz: float = parameter(1.0, "sweeps a second", unit="Hz", low=0, high=100)
    depth: float = parameter(0.5, "how far the notches sweep", low=0, high=1.6)
    centre_frequency_hz: float = parameter(1300.0, "middle of the sweep", unit="Hz", low=20, high=20_000)
    feedback: float = parameter(0.0, "share of the swept sound that is fed back", low=-0.99, high=0.99)
    mix: float = parameter(0.5, "share of the swept sound: 0 is dry alone, 1 swept alone", low=0, high=1)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(
            rate_hz=linear(0.2, 0.1, level),
            depth=linear(0.2, 0.14, level),
            feedback=linear(0.1, 0.03, level),
            mix=1.0,
        )

    def tail_seconds(self) -> float:
        return feedback_tail(PHASER_RING_SECONDS, self.feedback) if self.mix else 0.0

    def plugin(self, sample_rate: int) -> Any:
        from pedalboard import Phaser as Plugin

        return Plugin(
            rate_hz=self.rate_hz,
            depth=self.depth,
            centre_frequency_hz=below_nyquist(self.centre_frequency_hz, sample_rate),
            feedback=self.feedback,
            mix=self.mix,
        )
