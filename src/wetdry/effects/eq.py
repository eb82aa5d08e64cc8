"""`eq`: the peak-normalised band-pass of the emotion study."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from wetdry.audio import Clip, Samples
from wetdry.effects.base import WholeClipEffect, effects, parameter
from wetdry.effects.nyquist import below_nyquist
from wetdry.effects.ringing import filter_tail
from wetdry.effects.scale import linear


@effects.register("eq")
@dataclass(frozen=True)
class Eq(WholeClipEffect):
    """A first-order high-pass, then a first-order low-pass, then normalised to a peak of 1.

    Levels: high-pass at 100 + 400 L Hz, low-pass 600 L Hz below half the sample rate (published, emotion
    study). The low-pass edge therefore depends on the rate; it is held between the high-pass edge and 0.499
    of the rate. One gain normalises all channels of a clip, so that their balance stays.
    """

    name: ClassVar[str] = "eq"
    strength: ClassVar[str] = "low_hz"

    low_hz: float = parameter(500.0, "lower edge of the band", unit="Hz", low=1, high=96_000)
    trim_hz: float = parameter(
        600.0, "distance of the band's upper edge from half the sample rate", unit="Hz", low=0, high=96_000
    )

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(low_hz=linear(100.0, 400.0, level), trim_hz=linear(0.0, 600.0, level))

    def tail_seconds(self) -> float:
        return filter_tail(self.low_hz)

    def edges(self, sample_rate: int) -> tuple[float, float]:
        """Lower and upper edge of the band in Hz at a sample rate."""
        low = below_nyquist(self.low_hz, sample_rate)
        return low, below_nyquist(max(low, sample_rate / 2 - self.trim_hz), sample_rate)

    def render(self, dry: Clip) -> Samples:
        from pedalboard import HighpassFilter, LowpassFilter

        low, high = self.edges(dry.sample_rate)
        wet = np.empty_like(dry.samples)
        for channel, filtered in zip(dry.samples, wet, strict=True):
            above = HighpassFilter(cutoff_frequency_hz=low).process(channel, dry.sample_rate)
            filtered[:] = LowpassFilter(cutoff_frequency_hz=high).process(above, dry.sample_rate)
        peak = np.abs(wet).max(initial=0.0)
        return wet / peak if peak > np.finfo(np.float32).tiny else wet
