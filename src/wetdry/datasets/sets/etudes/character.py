"""From an emotion to the musical cues that express it.

Arousal and valence each drive several cues. All but the mode, which follows the sign of valence, are
also moved a little at random, so that none of them is the label itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Sign of valence and of arousal.
QUADRANTS = {"Q1": (1, 1), "Q2": (-1, 1), "Q3": (-1, -1), "Q4": (1, -1)}
MILDEST = 0.3
"""Least distance from neutral, so that every piece belongs clearly to its quadrant."""

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}
MODES = {
    "Q1": ("major", "major", "mixolydian"),
    "Q2": ("phrygian", "phrygian", "harmonic minor"),
    "Q3": ("minor", "minor", "harmonic minor"),
    "Q4": ("major", "major", "lydian"),
}
# Roots of four chords as steps of the scale, 0 the tonic.
PROGRESSIONS = {
    "Q1": ((0, 4, 5, 3), (0, 3, 4, 0), (0, 3, 0, 4), (0, 5, 3, 4)),
    "Q2": ((0, 1, 0, 4), (0, 5, 1, 4), (0, 3, 1, 0), (0, 0, 1, 1)),
    "Q3": ((0, 5, 3, 4), (0, 3, 0, 4), (0, 6, 5, 4), (0, 2, 5, 3)),
    "Q4": ((0, 2, 3, 0), (0, 3, 0, 3), (0, 5, 1, 4), (0, 4, 3, 0)),
}


@dataclass(frozen=True)
class Character:
    """An emotion and the cues chosen for it."""

    quadrant: str
    valence: float
    """-1 (negative) to 1 (positive)."""
    arousal: float
    """-1 (calm) to 1 (excited)."""
    tempo: float
    """Beats a minute."""
    mode: str
    progression: tuple[int, ...]
    register: float
    """Centre of the melody as a MIDI key (60 is middle C)."""
    density: float
    """0 (long notes) to 1 (short notes)."""
    articulation: float
    """Sounding part of a note's written length: 1 is legato, 0.4 staccato."""
    velocity: float
    """Mean MIDI velocity of the melody."""
    accent: float
    """Velocity by which a strong beat stands out."""
    dissonance: float
    """Probability that a chord holds a note foreign to it."""
    sweetness: float
    """Probability that a tone of the melody is doubled a third below."""
    brilliance: float
    """Probability that a tone of the melody is doubled an octave above."""


def draw_character(quadrant: str, rng: np.random.Generator) -> Character:
    """Draw an emotion in `quadrant` and the cues that express it.

    >>> c = draw_character("Q3", np.random.default_rng(0))
    >>> c.valence < 0 and c.arousal < 0 and c.tempo < 90
    True
    """
    sign_v, sign_a = QUADRANTS[quadrant]
    valence = sign_v * float(rng.uniform(MILDEST, 1.0))
    arousal = sign_a * float(rng.uniform(MILDEST, 1.0))
    negative = max(0.0, -valence)

    def cue(value: float, spread: float) -> float:
        return value + float(rng.normal(0.0, spread))

    return Character(
        quadrant=quadrant,
        valence=round(valence, 4),
        arousal=round(arousal, 4),
        tempo=float(np.clip(cue(100.0 * 1.6**arousal, 5.0), 50.0, 176.0)),
        mode=str(rng.choice(MODES[quadrant])),
        progression=PROGRESSIONS[quadrant][int(rng.integers(len(PROGRESSIONS[quadrant])))],
        register=cue(67.0 + 3.0 * arousal + 7.0 * valence, 1.5),
        density=float(np.clip(cue(0.5 + 0.4 * arousal, 0.07), 0.0, 1.0)),
        articulation=float(np.clip(cue(0.75 - 0.25 * arousal, 0.05), 0.4, 1.0)),
        velocity=float(np.clip(cue(80.0 + 28.0 * arousal, 4.0), 40.0, 116.0)),
        accent=float(max(2.0, cue(8.0 + 6.0 * arousal + 6.0 * negative * (arousal > 0), 1.5))),
        dissonance=float(np.clip(cue(negative * (0.7 + 0.3 * arousal), 0.05), 0.0, 0.95)),
        sweetness=float(np.clip(cue(0.7 * max(0.0, valence), 0.05), 0.0, 0.9)),
        brilliance=float(np.clip(cue(0.8 * max(0.0, arousal), 0.05), 0.0, 0.9)),
    )
