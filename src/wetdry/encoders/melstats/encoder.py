"""`melstats`: the average spectrum of a clip and how far it swings, a baseline that learned nothing.

Whatever a probe reads from it, it reads from how much energy there is where: neither from the order in which things
happen nor from any training. An effect that moves an estimate here moves it as an equaliser or a fader would.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import Encoder, EncoderSpec, Layer, Prepared, Vectors
from wetdry.encoders.mel import Mel

MEL = Mel(22_050, n_fft=1024, hop=512, bands=64)
"""The rate of `handcrafted`, so that both baselines hear the same band, and the 64 bands of CLAP and PANNs: with more
of them on frames of 1024, neighbours at the bottom would read the same bins of the spectrum."""
FLOOR = np.float32(1e-10)
"""−100 dB, as CLAP and PANNs have it: below 16 bits, and the same for all clips, so that level is heard."""

STATISTICS = ("mean", "sd")
LABELS = tuple(f"mel_{band:02}_{statistic}" for statistic in STATISTICS for band in range(1, MEL.bands + 1))

SPEC = EncoderSpec(
    name="melstats",
    revision="1",
    sample_rate=MEL.sample_rate,
    windows=Windows(),
    layers=(
        Layer("mean", MEL.bands, "mean over frames of 64 log-mel bands, dB", LABELS[: MEL.bands]),
        Layer("mean+sd", 2 * MEL.bands, "the same, with their standard deviations over frames", LABELS),
    ),
    default_layer="mean+sd",
    licence="GPL-3.0-or-later",
    about="average spectrum: mean and standard deviation over time of 64 log-mel bands; it learned nothing",
    normalisation="none: 6 dB more are 6 dB more in every mean above the floor of −100 dB",
)


class MelStats(Encoder):
    """Two numbers a band; all of the work is in `prepare`, so it runs in worker threads."""

    @property
    def spec(self) -> EncoderSpec:
        return SPEC

    def ready(self) -> None:
        summary(np.zeros(MEL.n_fft, dtype=np.float32))

    def prepare(self, windows: Samples) -> Prepared:
        """Means and standard deviations (window, 128) in dB of windows (window, n) at 22,050 Hz."""
        return np.stack([summary(window) for window in windows])

    def forward(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        return {layer: prepared[:, : SPEC.layer(layer).dim] for layer in layers}


def summary(signal: Samples) -> Vectors:
    """Mean and standard deviation over frames of each log-mel band of a mono signal, dB, shape (128,).

    >>> summary(np.zeros(4096, dtype=np.float32))[[0, 63, 64, 127]].round(3).tolist()
    [-100.0, -100.0, 0.0, 0.0]
    """
    decibels = np.float32(10.0) * np.log10(np.maximum(FLOOR, MEL.one(signal)))
    statistics = decibels.mean(axis=1, dtype=np.float64), decibels.std(axis=1, dtype=np.float64)
    return np.concatenate(statistics).astype(np.float32)
