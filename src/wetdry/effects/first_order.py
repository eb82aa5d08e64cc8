"""`highpass` and `lowpass1`: gentle filters of 6 dB an octave."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wetdry.effects.base import effects, parameter
from wetdry.effects.board import BoardEffect
from wetdry.effects.nyquist import below_nyquist
from wetdry.effects.ringing import filter_tail
from wetdry.effects.scale import geometric


@effects.register("highpass")
@dataclass(frozen=True)
class Highpass(BoardEffect):
    """First-order high-pass: -3 dB at the cut-off, 6 dB less for each octave below.

    Levels: eight octaves up from 20 Hz to 5120 Hz in equal ratios (ours: from below hearing to where
    little but consonants and cymbals is left). The cut-off is held below 0.499 of the sample rate.
    """

    name: ClassVar[str] = "highpass"
    strength: ClassVar[str] = "cutoff_hz"

    cutoff_hz: float = parameter(50.0, "cut-off frequency", unit="Hz", low=1, high=96_000)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(cutoff_hz=geometric(20.0, 5120.0, level))

    def tail_seconds(self) -> float:
        return filter_tail(self.cutoff_hz)

    def plugin(self, sample_rate: int) -> Any:
        from pedalboard import HighpassFilter

        return HighpassFilter(cutoff_frequency_hz=below_nyquist(self.cutoff_hz, sample_rate))


@effects.register("lowpass1")
@dataclass(frozen=True)
class Lowpass1(BoardEffect):
    """First-order low-pass: -3 dB at the cut-off, 6 dB less for each octave above.

    Levels: six octaves down from 20 kHz to 312.5 Hz in equal ratios (ours: from above hearing to a muffled
    rest). The cut-off is held below 0.499 of the sample rate. For the steep filter see `lowpass`.
    """

    name: ClassVar[str] = "lowpass1"
    strength: ClassVar[str] = "cutoff_hz"

    cutoff_hz: float = parameter(5000.0, "cut-off frequency", unit="Hz", low=1, high=96_000)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(cutoff_hz=geometric(20_000.0, 312.5, level))

    def tail_seconds(self) -> float:
        return filter_tail(self.cutoff_hz)

    def plugin(self, sample_rate: int) -> Any:
        from pedalboard import LowpassFilter

        return LowpassFilter(cutoff_frequency_hz=below_nyquist(self.cutoff_hz, sample_rate))
