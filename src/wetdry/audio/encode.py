"""Writing audio: FLAC files for generated corpora, MP3 bytes for the players of a report."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from wetdry.audio.clip import Clip
from wetdry.audio.resample import resample

PLAYER_RATE = 44_100


def to_flac(clip: Clip) -> bytes:
    """Encode `clip` as a 16-bit FLAC file; samples beyond full scale are an error of the caller."""
    import soundfile

    if np.abs(clip.samples).max(initial=0.0) > 1.0:
        raise ValueError("Samples beyond full scale would clip")
    encoded = io.BytesIO()
    soundfile.write(encoded, clip.samples.T, clip.sample_rate, format="FLAC", subtype="PCM_16")
    return encoded.getvalue()


def write_flac(path: Path, clip: Clip) -> None:
    """Write `clip` as 16-bit FLAC."""
    # Encoded in memory: on a full disk libsndfile can end without an error, Python raises an OSError.
    path.write_bytes(to_flac(clip))


def to_mp3(clip: Clip, quality: float = 0.6) -> bytes:
    """Encode `clip` as a mono or stereo MP3 file for listening, scaled down if it would clip.

    `quality` runs from 0 (small) to 1 (best). More than two channels are mixed to mono.
    """
    import soundfile

    samples = clip.samples if clip.channels <= 2 else clip.mono[np.newaxis]
    heard = resample(samples, clip.sample_rate, PLAYER_RATE)
    heard = heard / max(1.0, float(np.abs(heard).max(initial=0.0)) / 0.98)
    buffer = io.BytesIO()
    soundfile.write(
        buffer,
        heard.T,
        PLAYER_RATE,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=1.0 - quality,
        bitrate_mode="VARIABLE",
    )
    return buffer.getvalue()
