"""The log-mel spectrogram of Whisper, for it and for the models that took its encoder over.

The original pads each window with zeros to the length of the encoder, 30 s. All columns of the spectrogram that
see nothing but those zeros are alike, so only the first of them is made here; the network repeats it or leaves it out.
"""

from __future__ import annotations

import numpy as np

from wetdry.audio import Samples
from wetdry.encoders.mel import Mel

RATE = 16_000
HOP = 160
STRIDE = 2
"""Columns of the spectrogram in one frame of the encoder, 20 ms."""
FRAME = HOP * STRIDE
BEYOND = 3
"""Columns kept behind the last frame: two that its samples reach into, and one of silence."""
FLOOR = np.float32(1e-10)
DECADES = np.float32(8.0)
NORMALISATION = "cells of the log-mel over 8 decades (80 dB) below the loudest of a window are raised to that floor"
"""What becomes of level: gain is heard, and so is what a gain lifts above the floor of 1e-10."""


def mel_of(bands: int) -> Mel:
    """The mel spectrogram that Whisper takes with 80 bands, or 128."""
    return Mel(RATE, n_fft=400, hop=HOP, bands=bands)


def frames_of(samples: int) -> int:
    """Frames of the encoder that hear a window of `samples` samples rather than what it is padded with.

    >>> frames_of(1), frames_of(320), frames_of(321), frames_of(480_000)
    (1, 1, 2, 1500)
    """
    return max(1, -(-samples // FRAME))


def frames_in(columns: int) -> int:
    """Frames that a spectrogram from `log_mel` is of."""
    return (columns - BEYOND) // STRIDE


def log_mel(windows: Samples, mel: Mel, positions: int, least: int = 1) -> Samples:
    """Spectrograms (window, band, 2 · frame + 3) of windows (window, n), about −1.5…1.5.

    Parameters
    ----------
    windows
        Mono signals at 16 kHz, none longer than the encoder takes.
    positions
        Frames that the encoder takes: a window is heard as if padded with zeros to that length.
    least
        A shorter window counts as one of so many frames, zeros making up what it lacks.

    >>> log_mel(np.zeros((2, 16_000), dtype=np.float32), mel_of(80), 1500).shape
    (2, 80, 103)
    """
    samples = windows.shape[1]
    columns = STRIDE * max(least, frames_of(samples)) + BEYOND
    # Long enough for the reflection at the end to reach no column that is kept, unless the original's does too.
    length = min(positions * FRAME, (columns + 2) * HOP)
    padded = np.pad(windows, ((0, 0), (0, length - samples)))
    return np.stack([_log_mel(window, mel, columns) for window in padded])


def _log_mel(signal: Samples, mel: Mel, columns: int) -> Samples:
    power = mel.one(signal)
    # The original leaves out the column that is centred on the end.
    power = power[:, : min(columns, signal.size // HOP)]
    levels: Samples = np.log10(np.maximum(FLOOR, power))
    # Samples far beyond full scale overflow; what comes of it is not finite, and refused as such.
    with np.errstate(invalid="ignore"):
        np.maximum(levels, levels.max() - DECADES, out=levels)
    levels += np.float32(4.0)
    levels /= np.float32(4.0)
    # Behind the end of a full window the encoder looks at nothing: these columns only keep the count.
    return np.pad(levels, ((0, 0), (0, columns - levels.shape[1])), mode="edge")
