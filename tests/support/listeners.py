"""Simulated listeners: what they send back follows a planted truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wetdry.listening.key import Key, Sound

CHOICES = {(True, True): "Excitement", (False, True): "Anger", (False, False): "Sadness", (True, False): "Calmness"}

Truth = Callable[[Sound], tuple[float, float]]
"""Valence and arousal of a sound, as a listener without bias and noise would rate it."""


def word(valence: float, arousal: float) -> str:
    """The quadrant in which a rating lies."""
    return CHOICES[valence >= 0, arousal >= 0]


def answered(
    key: Key, participant: str, truth: Truth, rng: np.random.Generator, *, bias: float = 0.0, noise: float = 0.0
) -> dict[str, Any]:
    """One listener's finished result, as the page writes it."""
    answers = []
    for index in rng.permutation(len(key.sounds)):
        sound = key.sounds[index]
        valence, arousal = np.clip(np.array(truth(sound)) + bias + noise * rng.standard_normal(2), -1, 1).round(2)
        answers.append(
            {
                "sound": sound.id,
                "valence": float(valence),
                "arousal": float(arousal),
                "quadrant": word(valence, arousal),
                "plays": 1,
                "heard_seconds": key.config.seconds,
                "seconds": 12.5,
            }
        )
    return {
        "format": "wetdry listening results 1",
        "test": key.test,
        "participant": participant,
        "seed": 7,
        "finished": True,
        "resumed": 0,
        "seconds": 12.5 * len(answers),
        "answers": answers,
    }


def planted(key: Key, shifts: dict[tuple[str, float | None], tuple[float, float]]) -> Truth:
    """Every clip with a mood of its own, and the shift of its family and level on top: of what is not named, none."""
    clips: Sequence[str] = sorted({sound.clip for sound in key.sounds})
    moods = {clip: (0.4 * np.cos(2.0 * k), 0.4 * np.sin(2.0 * k)) for k, clip in enumerate(clips)}

    def truth(sound: Sound) -> tuple[float, float]:
        mood, moved = moods[sound.clip], shifts.get((sound.family, sound.level), (0.0, 0.0))
        return mood[0] + moved[0], mood[1] + moved[1]

    return truth
