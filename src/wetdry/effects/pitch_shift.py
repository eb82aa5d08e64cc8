"""`pitch_shift`: higher or lower at the same tempo."""

from dataclasses import dataclass
from typing import ClassVar, Self

from wetdry.audio import Samples
from wetdry.effects.base import Effect, effects, parameter
from wetdry.effects.length import fit
from wetdry.effects.scale import linear


@effects.register("pitch_shift")
@dataclass(frozen=True)
class PitchShift(Effect):
    """Moves all pitches by semitones and keeps the tempo; formants move along.

    Rubber Band in its offline mode, pedalboard's `time_stretch`: it is exact to a hundredth of a semitone, where
    pedalboard's `PitchShift` plug-in, which works in real time, misses by up to a whole one. Sounds keep
    their moment to about 3 ms. By far the slowest effect of the catalogue.
    Levels: +1.2 L semitones (ours: level 10 is one octave up, the last shift that still sounds like music).
    """

    name: ClassVar[str] = "pitch_shift"
    strength: ClassVar[str] = "semitones"

    semitones: float = parameter(2.0, "shift, downwards if negative", unit="semitone", low=-24, high=24)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(semitones=linear(0.0, 1.2, level))

    def process(self, channel: Samples, sample_rate: int) -> Samples:
        from pedalboard import time_stretch

        if self.semitones == 0:
            return channel
        # Rubber Band gives nothing at all for a few samples.
        enough = fit(channel, max(channel.size, sample_rate // 10))
        shifted = time_stretch(enough, sample_rate, pitch_shift_in_semitones=self.semitones, preserve_formants=False)
        return fit(shifted[0], channel.size)
