"""Tones whose valence is told by pitch and whose arousal by loudness, in songs of two clips, as a CSV data set."""

from pathlib import Path

import numpy as np
import soundfile

RATE, SECONDS = 16_000, 0.5


def rated_tones(place: Path, *, songs: int = 14, clips: int = 2, extra: str = "", seed: int = 440) -> Path:
    """The table of a set with labels valence and arousal from −1 to 1; `extra` lines are put below its rows."""
    rng = np.random.default_rng(seed)
    times = np.arange(int(RATE * SECONDS)) / RATE
    rows = ["path,valence,arousal,group"]
    for song in range(songs):
        for clip in range(clips):
            valence, arousal = rng.uniform(-1.0, 1.0, 2)
            tone = np.sin(2 * np.pi * 440.0 * 2.0**valence * times)
            name = f"s{song:02d}-{clip}.wav"
            sound = 0.1 * 10.0 ** (arousal / 1.5) * tone + 0.002 * rng.standard_normal(len(times))
            soundfile.write(place / name, sound, RATE)
            noise = 0.1 * rng.standard_normal(2)
            rows.append(f"{name},{valence + noise[0]:.3f},{arousal + noise[1]:.3f},s{song:02d}")
    table = place / "clips.csv"
    table.write_text("\n".join(rows) + "\n" + extra, encoding="utf-8")
    return table
