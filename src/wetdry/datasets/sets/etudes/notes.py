"""What music is made of here: notes, spans of one chord, and a tonality that turns scale steps into keys."""

from __future__ import annotations

from dataclasses import dataclass

TRIAD = (0, 2, 4)


@dataclass(frozen=True, order=True)
class Note:
    """A note: start and length (beats while written, seconds once played), MIDI key, velocity 1 to 127, part."""

    start: float
    length: float
    pitch: int
    velocity: float
    part: str


@dataclass(frozen=True)
class Span:
    """A stretch of `beats` beats from beat `start` on, under one chord; `root` counts scale steps from the tonic."""

    start: float
    beats: float
    root: int


@dataclass(frozen=True)
class Tonality:
    """A tonic (0 is C) and the seven semitone offsets of its scale."""

    tonic: int
    scale: tuple[int, ...]

    def pitch(self, step: int) -> int:
        """The MIDI key of a scale step; step 0 is the tonic just above key 0.

        >>> Tonality(0, (0, 2, 4, 5, 7, 9, 11)).pitch(36)
        62
        """
        octave, within = divmod(step, 7)
        return self.tonic + 12 * octave + self.scale[within]

    def step_near(self, step: int, centre: float) -> int:
        """The octave of `step` whose key lies nearest to `centre`."""
        octaves = range(12)
        return min((step % 7 + 7 * octave for octave in octaves), key=lambda s: abs(self.pitch(s) - centre))

    def near(self, step: int, centre: float) -> int:
        """The key of `step` in the octave nearest to `centre`."""
        return self.pitch(self.step_near(step, centre))

    def chord(self, root: int, centre: float) -> list[int]:
        """Keys of the triad on `root`, the root first, each near `centre` (close position).

        >>> Tonality(0, (0, 2, 4, 5, 7, 9, 11)).chord(0, 60)
        [60, 64, 55]
        """
        return [self.near(root + third, centre) for third in TRIAD]
