"""The ten General MIDI instruments of the corpus."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instrument:
    """A General MIDI program, its range in MIDI keys, the program of its bass, and its gain in dB.

    The gains make the instruments about equally loud: the soundfont's piano is 13 dB softer than its flute.
    """

    name: str
    program: int
    low: int
    high: int
    bass_program: int
    gain_db: float


ACOUSTIC_BASS, FINGERED_BASS = 32, 33

INSTRUMENTS = (
    Instrument("piano", 0, 28, 100, 0, 8.0),
    Instrument("strings", 48, 36, 96, 48, 2.5),
    Instrument("guitar", 24, 40, 84, ACOUSTIC_BASS, -2.0),
    Instrument("flute", 73, 55, 96, ACOUSTIC_BASS, -5.0),
    Instrument("organ", 19, 36, 96, 19, 4.0),
    Instrument("vibraphone", 11, 53, 89, ACOUSTIC_BASS, -3.0),
    Instrument("electric piano", 4, 33, 96, FINGERED_BASS, 0.0),
    Instrument("clarinet", 71, 50, 91, ACOUSTIC_BASS, -1.5),
    Instrument("trumpet", 56, 52, 86, ACOUSTIC_BASS, -3.5),
    Instrument("synth", 81, 36, 96, 81, 1.5),
)
