"""The melody: a motif that is repeated, varied and answered, one statement a chord."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wetdry.datasets.sets.etudes.character import Character
from wetdry.datasets.sets.etudes.notes import TRIAD, Note, Span, Tonality

FORMS = ("AaBA", "AABa", "ABAB", "AAaB")
"""Order of motifs: A, its variant a, and the contrasting B."""

LENGTHS = np.array([2.0, 1.0, 0.5, 0.25])
"""Written lengths in beats."""


@dataclass(frozen=True)
class Tone:
    """A tone of a motif: start and length in beats from the motif's start, scale steps from its first tone."""

    start: float
    length: float
    step: int


Motif = tuple[Tone, ...]


def melody(
    character: Character, tonality: Tonality, spans: Sequence[Span], ending: Span, rng: np.random.Generator
) -> Iterator[Note]:
    """Notes of the melody over `spans` and the `ending`, in beats."""
    form = str(rng.choice(FORMS))
    first = _motif(character, spans[0].beats, rng)
    motifs = {"A": first, "a": _varied(first, rng), "B": _motif(character, spans[0].beats, rng)}
    level = character.velocity
    for i, span in enumerate(spans):
        home = tonality.step_near(span.root + int(rng.choice(TRIAD)), character.register)
        for tone in motifs[form[i % len(form)]]:
            step = home + tone.step
            if tone.start % 1.0 == 0:
                step = _in_chord(step, span.root)
            at, pitch = span.start + tone.start, tonality.pitch(step)
            yield Note(at, tone.length, pitch, level, "melody")
            if rng.random() < character.sweetness:
                yield Note(at, tone.length, tonality.pitch(step - 2), level - 10.0, "melody")
            if rng.random() < character.brilliance:
                yield Note(at, tone.length, pitch + 12, level - 6.0, "melody")
    yield Note(ending.start, ending.beats, tonality.near(0, character.register), level, "melody")


def _motif(character: Character, beats: float, rng: np.random.Generator) -> Motif:
    """A motif of `beats` beats; it tends to rise with valence and leaps more often with arousal."""
    rising = 0.5 + 0.25 * character.valence
    leaping = 0.2 + 0.15 * character.arousal
    resting = 0.06
    tones: list[Tone] = []
    step = 0
    for start, length in _rhythm(character.density, beats, rng):
        if tones and rng.random() < resting:
            continue
        tones.append(Tone(start, length, step))
        size = int(rng.integers(2, 5)) if rng.random() < leaping else 1
        # Beyond a fifth the line turns back.
        up = rng.random() < rising if abs(step) < 5 else step < 0
        step += size if up else -size
    return tuple(tones)


def _rhythm(density: float, beats: float, rng: np.random.Generator) -> Iterator[tuple[float, float]]:
    """Starts and lengths that fill `beats`; the denser, the shorter. Sixteenths come in pairs."""
    typical = 0.9 - 2.2 * density
    odds = np.exp(-2.0 * np.abs(np.log2(LENGTHS) - typical))
    start = 0.0
    while start < beats:
        length = float(rng.choice(LENGTHS, p=odds / odds.sum()))
        for _ in range(2 if length == 0.25 else 1):
            yield start, min(length, beats - start)
            start += length


def _varied(motif: Motif, rng: np.random.Generator) -> Motif:
    """The motif with another ending: its second half moved by one or two steps."""
    shift = int(rng.choice([-2, -1, 1, 2]))
    half = len(motif) // 2
    return motif[:half] + tuple(Tone(t.start, t.length, t.step + shift) for t in motif[half:])


def _in_chord(step: int, root: int) -> int:
    """The nearest step that belongs to the triad on `root`, the lower one of two."""
    return min((step + d for d in (0, -1, 1, -2, 2) if (step + d - root) % 7 in TRIAD), key=lambda s: abs(s - step))
