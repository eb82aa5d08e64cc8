"""Generated music, so that a benchmark needs no data: chords, a bass, an arpeggio and drums."""

from pathlib import Path

import numpy as np

from wetdry.audio import Clip, write_flac
from wetdry.datasets.base import Dataset, Item

RATE = 44_100
TEMPERAMENT = 2.0 ** (1.0 / 12.0)


def song(seed: int, seconds: float) -> Clip:
    """A song of its own for every seed: stereo at 44.1 kHz, peaks below full scale."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    beat = 60.0 / rng.uniform(80, 150)
    roots = 110.0 * TEMPERAMENT ** rng.choice([0, 3, 5, 7, 8, 10], size=int(seconds / (4 * beat)) + 1)
    root = roots[(time // (4 * beat)).astype(int)]
    phase = 2 * np.pi * np.cumsum(root) / RATE
    chord = sum(np.sin(phase * 2 * ratio) for ratio in (1.0, 1.25, 1.5))
    bass = np.tanh(2.0 * np.sin(phase / 2))
    notes = rng.choice([2.0, 2.5, 3.0, 4.0], size=int(seconds / (beat / 2)) + 1)
    since = time % (beat / 2)
    arpeggio = np.sin(phase * notes[(time // (beat / 2)).astype(int)]) * np.exp(-8 * since)
    drums = rng.standard_normal(time.size) * np.exp(-30 * (time % beat))
    left = 0.06 * chord + 0.12 * bass + 0.15 * arpeggio + 0.10 * drums
    right = 0.08 * chord + 0.12 * bass + 0.07 * arpeggio + 0.10 * np.roll(drums, 200)
    return Clip(np.clip(np.stack([left, right]), -0.99, 0.99).astype(np.float32), RATE)


def generated(folder: Path, count: int, seconds: float) -> Dataset:
    """`count` songs as FLAC files in `folder`."""
    folder.mkdir(parents=True)
    items = []
    for index in range(count):
        path = folder / f"song{index:05}.flac"
        write_flac(path, song(440 + index, seconds))
        items.append(Item(path.stem, path))
    return Dataset("generated", tuple(items), synthetic=True)
