"""`noise`, `crackle` and `wow`: what old media add to a recording. Deterministic, so that a sweep can be repeated."""

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from wetdry.audio import Samples
from wetdry.effects.base import Effect, effects, parameter
from wetdry.effects.scale import linear

CLICK_SECONDS = 0.0002


@effects.register("noise")
@dataclass(frozen=True)
class Noise(Effect):
    """Adds white noise, such as tape hiss; the same noise to every channel, clip and effect of one seed.

    Levels: -70 + 5 L dBFS (ours: from a good tape's hiss to a radio between stations, at -20 dBFS).
    """

    name: ClassVar[str] = "noise"
    strength: ClassVar[str] = "level_dbfs"

    level_dbfs: float = parameter(-40.0, "RMS level of the noise", unit="dBFS", low=-140, high=0)
    seed: int = parameter(0, "which noise", low=0, high=2**32 - 1)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(level_dbfs=linear(-70.0, 5.0, level))

    def process(self, channel: Samples, sample_rate: int) -> Samples:  # noqa: ARG002
        noise = np.random.default_rng(self.seed).standard_normal(channel.size, dtype=np.float32)
        return channel + noise * np.float32(10.0 ** (self.level_dbfs / 20.0))


@effects.register("crackle")
@dataclass(frozen=True)
class Crackle(Effect):
    """Adds the clicks of a worn record at random moments, the same in every channel.

    Levels: 3 L clicks a second (ours: a clean record has a few, thirty a second is an unbroken crackle).
    """

    name: ClassVar[str] = "crackle"
    strength: ClassVar[str] = "clicks_per_second"

    clicks_per_second: float = parameter(8.0, "clicks in a second, on average", unit="1/s", low=0, high=1000)
    level_dbfs: float = parameter(-26.0, "RMS size of the clicks", unit="dBFS", low=-140, high=0)
    seed: int = parameter(0, "which clicks", low=0, high=2**32 - 1)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(clicks_per_second=linear(0.0, 3.0, level))

    def process(self, channel: Samples, sample_rate: int) -> Samples:
        from scipy.signal import lfilter

        rng = np.random.default_rng(self.seed)
        clicking = rng.random(channel.size) < self.clicks_per_second / sample_rate
        sizes = rng.standard_normal(channel.size) * 10.0 ** (self.level_dbfs / 20.0)
        decay = math.exp(-1.0 / (CLICK_SECONDS * sample_rate))
        clicks: Samples = lfilter([1.0], [1.0, -decay], np.where(clicking, sizes, 0.0)).astype(np.float32)
        return channel + clicks


@effects.register("wow")
@dataclass(frozen=True)
class Wow(Effect):
    """Slow wobble of the pitch, as of an uneven turntable or tape drive.

    The clip is read through a delay of d(t) = depth / (2 pi rate) (1 - cos(2 pi rate t)), whose slope moves
    the pitch by +-depth; it starts at no delay and is interpolated by cubic splines.
    Levels: depth 0.2 L % (ours: 0.2 % is the limit of a good turntable, 2 % a broken one, a third of a semitone).
    """

    name: ClassVar[str] = "wow"
    strength: ClassVar[str] = "depth_percent"

    depth_percent: float = parameter(0.5, "largest change of pitch to either side", unit="%", low=0, high=10)
    rate_hz: float = parameter(
        0.5556, "wobbles a second: 0.5556 is a record of 33 1/3 rpm", unit="Hz", low=0.1, high=10
    )

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(depth_percent=linear(0.0, 0.2, level))

    @property
    def _swing_seconds(self) -> float:
        return self.depth_percent / 100.0 / (2.0 * math.pi * self.rate_hz)

    def tail_seconds(self) -> float:
        return 2.0 * self._swing_seconds

    def process(self, channel: Samples, sample_rate: int) -> Samples:
        from scipy.ndimage import map_coordinates

        if self.depth_percent == 0:
            return channel
        index = np.arange(channel.size)
        delay = self._swing_seconds * sample_rate * (1.0 - np.cos(2.0 * np.pi * self.rate_hz / sample_rate * index))
        # A long swing can point before the first sample: there is silence.
        wet: Samples = map_coordinates(channel, [index - delay], order=3, mode="constant", output=np.float32)
        return wet
