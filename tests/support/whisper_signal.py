"""The signal that CTranslate2 and the tests both hear."""

from __future__ import annotations

import numpy as np

EVERY = 50
SPEECH = "speech/Actor_01/03-01-05-02-01-01-01.ogg"


def signal(seconds=5.03, rate=16_000):
    """A gliding tone with overtones, in syllables, over faint noise: mono, float32, not a whole number of frames."""
    time = np.arange(round(seconds * rate)) / rate
    pitch = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * np.pi * 0.7 * time)) / rate
    voice = sum(np.sin(k * pitch) / k for k in range(1, 20))
    noise = np.random.default_rng(16).standard_normal(time.size)
    return (0.1 * voice * np.sin(np.pi * 2.3 * time) ** 2 + 0.003 * noise).astype(np.float32)
