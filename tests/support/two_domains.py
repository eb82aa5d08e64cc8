"""Tones whose emotion is told by pitch, as actors would speak (plain) and sing (with overtones), as a CSV data set."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile

RATE, SECONDS = 16_000, 0.5
PITCHES = {"calm": 220.0, "happy": 440.0, "angry": 880.0}


def two_domains(
    place: Path,
    *,
    actors: int = 6,
    takes: int = 2,
    emotions: Mapping[str, Sequence[str]] | None = None,
    extra: str = "",
    seed: int = 440,
) -> Path:
    """The table of a set with labels emotion and channel; `emotions` are those of each channel, all three if None."""
    rng = np.random.default_rng(seed)
    times = np.arange(int(RATE * SECONDS)) / RATE
    rows = ["path,emotion,channel,group"]
    for channel, of in (emotions or {"speech": tuple(PITCHES), "song": tuple(PITCHES)}).items():
        for actor in range(actors):
            for emotion in of:
                for take in range(takes):
                    pitch = PITCHES[emotion] * 2.0 ** rng.uniform(-0.2, 0.2)
                    tone = np.sin(2 * np.pi * pitch * times)
                    if channel == "song":
                        tone = 0.7 * tone + 0.3 * np.sin(4 * np.pi * pitch * times)
                    name = f"{channel}-{actor}-{emotion}-{take}.wav"
                    soundfile.write(place / name, 0.1 * tone + 0.01 * rng.standard_normal(len(times)), RATE)
                    rows.append(f"{name},{emotion},{channel},actor {actor}")
    table = place / "clips.csv"
    table.write_text("\n".join(rows) + "\n" + extra, encoding="utf-8")
    return table
