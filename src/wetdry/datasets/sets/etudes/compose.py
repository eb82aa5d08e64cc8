"""A piece: its plan (emotion, instrument) and its notes, composed by rule from a seed.

A piece is a row of equally long spans, one chord each, over which a motif is repeated, varied and
answered; a longer tonic chord ends it. Melody, harmony, bass and sometimes percussion are written one
after the other, on the beat, and then played as a person would: not quite on time, not quite evenly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wetdry.datasets.sets.etudes.character import QUADRANTS, SCALES, Character, draw_character
from wetdry.datasets.sets.etudes.instruments import INSTRUMENTS, Instrument
from wetdry.datasets.sets.etudes.melody import melody
from wetdry.datasets.sets.etudes.notes import Note, Span, Tonality

CORPUS_VERSION = 1
"""Raised whenever the same options would give other samples."""

ENDING_SECONDS = 1.3
"""Left for the last chord."""

KICK, SIDE_STICK, SNARE, CLOSED_HAT, RIDE = 36, 37, 38, 42, 51


@dataclass(frozen=True)
class Plan:
    """What piece `index` of the corpus with `seed` is to be."""

    seed: int
    index: int
    instrument: Instrument
    character: Character

    @property
    def id(self) -> str:
        return f"{self.index:04d}-{self.character.quadrant}-{self.instrument.name.replace(' ', '-')}"


def plan(index: int, *, seed: int) -> Plan:
    """Plan piece `index`: quadrants take turns, and every four pieces the instrument changes.

    >>> [plan(k, seed=0).id for k in (0, 1, 4)]
    ['0000-Q1-piano', '0001-Q2-piano', '0004-Q1-strings']
    """
    quadrant = tuple(QUADRANTS)[index % len(QUADRANTS)]
    instrument = INSTRUMENTS[index // len(QUADRANTS) % len(INSTRUMENTS)]
    rng = np.random.default_rng([CORPUS_VERSION, seed, index, 0])
    return Plan(seed, index, instrument, draw_character(quadrant, rng))


def compose(piece: Plan, seconds: float) -> list[Note]:
    """The notes of a piece that fills `seconds`, as they are to be played."""
    return _Composer(piece, seconds).notes()


class _Composer:
    def __init__(self, piece: Plan, seconds: float) -> None:
        self.character = piece.character
        self.instrument = piece.instrument
        self.rng = np.random.default_rng([CORPUS_VERSION, piece.seed, piece.index, 1])
        self.tonality = Tonality(int(self.rng.integers(12)), SCALES[self.character.mode])
        self.seconds = seconds
        self.beats = 4 if self.character.tempo >= 100.0 else 2
        if self.rng.random() < 0.2:
            self.beats = 3
        # The tempo is bent so that a whole number of spans fits.
        wanted = self.beats * 60.0 / self.character.tempo
        self.count = max(1, round((seconds - ENDING_SECONDS) / wanted))
        self.beat_seconds = (seconds - ENDING_SECONDS) / (self.count * self.beats)

    @cached_property
    def spans(self) -> list[Span]:
        roots = self.character.progression
        return [Span(i * self.beats, self.beats, roots[i % len(roots)]) for i in range(self.count)]

    @cached_property
    def ending(self) -> Span:
        return Span(self.count * self.beats, (ENDING_SECONDS - 0.35) / self.beat_seconds, 0)

    def notes(self) -> list[Note]:
        written = [*self._melody(), *self._harmony(), *self._bass(), *self._percussion()]
        return [self._played(note) for note in sorted(written)]

    def _melody(self) -> Iterator[Note]:
        yield from melody(self.character, self.tonality, self.spans, self.ending, self.rng)

    def _harmony(self) -> Iterator[Note]:
        """Chords under the melody: held, repeated or broken, one way throughout a piece."""
        lively = (self.character.arousal + 1.0) / 2.0
        odds = np.array([0.5 * (1.0 - lively), 0.1 + 0.5 * lively, 0.4])
        texture = str(self.rng.choice(["held", "repeated", "broken"], p=odds / odds.sum()))
        step = 0.5 if self.character.density > 0.5 else 1.0
        centre = self.character.register - 12.0
        level = self.character.velocity - 14.0
        for span in [*self.spans, self.ending]:
            chord = self.tonality.chord(span.root, centre) + self._foreign(span, centre)
            if texture == "held" or span is self.ending:
                yield from (Note(span.start, span.beats, pitch, level, "harmony") for pitch in chord)
            elif texture == "repeated":
                for beat in np.arange(0.0, span.beats, step):
                    yield from (Note(span.start + float(beat), step, pitch, level, "harmony") for pitch in chord)
            else:
                rising = sorted(chord)
                pattern = rising + rising[-2:0:-1]
                for k, beat in enumerate(np.arange(0.0, span.beats, step)):
                    yield Note(span.start + float(beat), step, pattern[k % len(pattern)], level, "harmony")

    def _foreign(self, span: Span, centre: float) -> list[int]:
        """A minor second, tritone or major seventh over the root, as often as the character is dissonant."""
        if span is self.ending or self.rng.random() >= self.character.dissonance:
            return []
        root = self.tonality.chord(span.root, centre)[0]
        return [root + int(self.rng.choice([1, 6, 11]))]

    def _bass(self) -> Iterator[Note]:
        level = 0.78 * self.character.velocity
        for span in [*self.spans, self.ending]:
            root = self.tonality.near(span.root, 42.0 + 5.0 * self.character.valence)
            fifth = self.tonality.near(span.root + 4, root + 4.0)
            step = span.beats
            if self.character.density > 0.5 and span is not self.ending:
                step = 1.0 if self.character.density < 0.8 else 0.5
            for k, beat in enumerate(np.arange(0.0, span.beats, step)):
                yield Note(span.start + float(beat), step, fifth if k % 4 == 3 else root, level, "bass")

    def _percussion(self) -> Iterator[Note]:
        """Drums in half of the lively pieces; a soft stick and ride in a few of the calm ones."""
        lively = self.character.arousal > 0
        if self.rng.random() >= (0.5 if lively else 0.2):
            return
        level = self.character.velocity - 12.0
        for span in self.spans:
            for k, beat in enumerate(np.arange(0.0, span.beats, 0.5 if lively else 1.0)):
                at = span.start + float(beat)
                yield Note(at, 0.25, CLOSED_HAT if lively else RIDE, level - 10.0, "percussion")
                if lively and k % 2 == 0:
                    yield Note(at, 0.25, SNARE if k % 4 else KICK, level, "percussion")
                elif not lively and k % 2:
                    yield Note(at, 0.25, SIDE_STICK, level - 6.0, "percussion")
        if lively:
            yield Note(self.ending.start, 0.5, KICK, level, "percussion")

    def _played(self, note: Note) -> Note:
        """From beats to seconds, with human timing and dynamics, in the range of what plays it."""
        haste = 0.006 + 0.006 * (1.0 - self.character.arousal)
        start = max(0.0, note.start * self.beat_seconds + float(self.rng.normal(0.0, haste)))
        accent = self.character.accent * (1.0 if note.start % self.beats == 0 else -0.3)
        velocity = note.velocity + accent + float(self.rng.normal(0.0, 3.5))
        sounding = 1.0 if note.part == "bass" or note.start >= self.ending.start else self.character.articulation
        pitch = note.pitch
        if note.part in {"melody", "harmony"}:
            pitch = _folded(pitch, self.instrument.low, self.instrument.high)
        return Note(
            start, note.length * self.beat_seconds * sounding, pitch, float(np.clip(velocity, 1.0, 127.0)), note.part
        )


def _folded(pitch: int, low: int, high: int) -> int:
    """`pitch` moved by octaves into `low` to `high` (more than an octave apart)."""
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch
