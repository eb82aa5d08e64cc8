"""`lowpass`: the steep low-pass of the sensitivity study."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Self

import numpy as np

from wetdry.audio import Samples
from wetdry.effects.base import Effect, effects, parameter
from wetdry.effects.ringing import filter_tail
from wetdry.effects.scale import geometric

PASS_BAND_RIPPLE_DB = 3.0
STOP_BAND_DB = 80.0
EDGE = 1.1


@effects.register("lowpass")
@dataclass(frozen=True)
class Lowpass(Effect):
    """Chebyshev type II: 3 dB down at cutoff / 1.1, 80 dB down from 1.1 cutoff on.

    Levels: 18333 Hz down to 1600 Hz in equal ratios (ours, over the published grid of the sensitivity
    study, because hearing is logarithmic). Where the stop band would start at or above half the sample rate
    there is nothing to stop: the clip passes unchanged. For the gentle first-order filter see `lowpass1`.
    """

    name: ClassVar[str] = "lowpass"
    strength: ClassVar[str] = "cutoff_hz"

    cutoff_hz: float = parameter(5000.0, "middle of the slope", unit="Hz", low=20, high=96_000)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(cutoff_hz=geometric(18_333.0, 1600.0, level))

    def tail_seconds(self) -> float:
        # The poles nearest to the unit circle have a quality of about ten.
        return filter_tail(self.cutoff_hz, q=10.0)

    def process(self, channel: Samples, sample_rate: int) -> Samples:
        from scipy.signal import sosfilt

        if EDGE * self.cutoff_hz >= sample_rate / 2:
            return channel
        wet: Samples = sosfilt(_design(self.cutoff_hz, sample_rate), channel).astype(np.float32)
        return wet


@lru_cache(maxsize=256)
def _design(cutoff_hz: float, sample_rate: int) -> Any:
    """Second-order sections."""
    from scipy.signal import cheb2ord, cheby2

    order, edge = cheb2ord(cutoff_hz / EDGE, cutoff_hz * EDGE, PASS_BAND_RIPPLE_DB, STOP_BAND_DB, fs=sample_rate)
    return cheby2(order, STOP_BAND_DB, edge, output="sos", fs=sample_rate)
