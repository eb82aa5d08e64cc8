"""`low_shelf`, `high_shelf` and `peak`: the three bands of a mixing desk."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wetdry.effects.base import effects, parameter
from wetdry.effects.board import BoardEffect
from wetdry.effects.nyquist import below_nyquist
from wetdry.effects.ringing import filter_tail
from wetdry.effects.scale import linear

DB_PER_LEVEL = 1.5
BUTTERWORTH_Q = round(math.sqrt(0.5), 7)


@dataclass(frozen=True)
class Band(BoardEffect):
    """A second-order band that is boosted or cut; a subclass says which.

    Levels: a boost of 1.5 L dB (ours, because +-15 dB is the range of a mixing desk's band). No boost is
    neutral. The frequency is held below 0.499 of the sample rate.
    """

    strength: ClassVar[str] = "gain_db"
    filter_class: ClassVar[str]

    cutoff_hz: float = parameter(1000.0, "frequency of the band", unit="Hz", low=1, high=96_000)
    gain_db: float = parameter(6.0, "boost, or cut if negative", unit="dB", low=-40, high=40)
    q: float = parameter(BUTTERWORTH_Q, "quality: a larger one is narrower", low=0.1, high=100)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(gain_db=linear(0.0, DB_PER_LEVEL, level))

    def tail_seconds(self) -> float:
        if self.gain_db == 0:
            return 0.0
        # A boost makes the poles that much sharper.
        return filter_tail(self.cutoff_hz, self.q * max(1.0, 10.0 ** (self.gain_db / 40.0)))

    def plugin(self, sample_rate: int) -> Any:
        import pedalboard

        return getattr(pedalboard, self.filter_class)(
            cutoff_frequency_hz=below_nyquist(self.cutoff_hz, sample_rate), gain_db=self.gain_db, q=self.q
        )


@effects.register("low_shelf")
@dataclass(frozen=True)
class LowShelf(Band):
    """Boosts or cuts everything below a frequency. Levels: +1.5 L dB below 200 Hz (ours: a desk's bass control)."""

    name: ClassVar[str] = "low_shelf"
    filter_class: ClassVar[str] = "LowShelfFilter"

    cutoff_hz: float = parameter(200.0, "frequency below which it works", unit="Hz", low=1, high=96_000)


@effects.register("high_shelf")
@dataclass(frozen=True)
class HighShelf(Band):
    """Boosts or cuts everything above a frequency. Levels: +1.5 L dB above 4 kHz (ours: a desk's treble control)."""

    name: ClassVar[str] = "high_shelf"
    filter_class: ClassVar[str] = "HighShelfFilter"

    cutoff_hz: float = parameter(4000.0, "frequency above which it works", unit="Hz", low=1, high=96_000)


@effects.register("peak")
@dataclass(frozen=True)
class Peak(Band):
    """Boosts or cuts a band around a frequency. Levels: +1.5 L dB at 1 kHz (ours: a desk's middle control)."""

    name: ClassVar[str] = "peak"
    filter_class: ClassVar[str] = "PeakFilter"
