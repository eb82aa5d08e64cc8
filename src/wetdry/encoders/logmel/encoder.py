"""`logmel`: the log-mel spectrogram of three seconds as one long vector, what networks trained from nothing look at.

It learned nothing and leaves out what a mel spectrogram leaves out: phase, and detail within a band. Three seconds have
130 frames; the last two, which share most of their samples with those before, are left out too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import Encoder, EncoderSpec, Layer, Prepared, Vectors
from wetdry.encoders.mel import Mel

MEL = Mel(22_050, n_fft=2048, hop=512, bands=128)
"""Rate and frames of librosa's defaults, in which most published networks of this kind are stated."""
FRAMES = 128
SHAPE = (MEL.bands, FRAMES)
SECONDS = 3.0
FLOOR = np.float32(1e-10)
"""−100 dB, as CLAP and PANNs have it: below 16 bits, and the same for all clips, so that level is heard."""
FLOOR_DB = np.float32(-100.0)

SPEC = EncoderSpec(
    name="logmel",
    revision="1",
    sample_rate=MEL.sample_rate,
    windows=Windows(SECONDS),
    layers=(Layer("spectrogram", MEL.bands * FRAMES, "128 mel bands of 128 frames each, dB, band by band"),),
    default_layer="spectrogram",
    licence="GPL-3.0-or-later",
    about="log-mel spectrogram of 3 s, 128 bands by 128 frames; a shorter window is followed by frames of −100 dB",
    normalisation="none: 6 dB more are 6 dB more in every cell above the floor of −100 dB",
    longest_window=SECONDS,
)


class LogMel(Encoder):
    """All of the work is in `prepare`, so it runs in worker threads."""

    @property
    def spec(self) -> EncoderSpec:
        return SPEC

    def ready(self) -> None:
        spectrogram(np.zeros(MEL.n_fft, dtype=np.float32))

    def prepare(self, windows: Samples) -> Prepared:
        """Spectrograms (window, band, frame) in dB of windows (window, n) at 22,050 Hz, float32."""
        return np.stack([spectrogram(window) for window in windows])

    def forward(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        return {layer: prepared.reshape(len(prepared), -1) for layer in layers}


def spectrogram(signal: Samples) -> Vectors:
    """The first 128 frames (band, frame) of a mono signal (n,), dB; −100 where there are fewer.

    Those of librosa's `melspectrogram` and `power_to_db`, in the precision of float32: within 0.001 dB down to 50 dB
    below the loudest cell of a frame, and below that by hundredths of a dB.

    >>> spectrogram(np.ones(513, dtype=np.float32)).shape, spectrogram(np.ones(513, dtype=np.float32))[0, :3].round(1)
    ((128, 128), array([  36.3,   36.3, -100. ], dtype=float32))
    """
    powers = MEL.one(signal)[:, :FRAMES]
    decibels = np.full(SHAPE, FLOOR_DB, dtype=np.float32)
    decibels[:, : powers.shape[1]] = np.float32(10.0) * np.log10(np.maximum(FLOOR, powers))
    return decibels
