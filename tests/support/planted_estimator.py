"""An estimator whose estimates are known functions of the signal, so that the best answer is known too."""

from __future__ import annotations

import numpy as np

from wetdry.audio import Windows
from wetdry.encoders.base import Encoder, EncoderSpec, Layer, Prepared, Vectors
from wetdry.studies.estimators import Estimator

RATE = 16_000
SPLIT_HZ = 2000.0
FULL_SCALE_DB = 60.0
"""Level from 0 to 1 on the estimator's scale of energy by level."""


class Signal(Encoder):
    """Two numbers a window: the share of its power above 2 kHz, and its level from −60 dB (0) to 0 dB (1)."""

    def __init__(self) -> None:
        self.windows_seen = 0

    @property
    def spec(self) -> EncoderSpec:
        layer = Layer("signal", 2, labels=("brightness", "level"))
        return EncoderSpec("signal", "1", RATE, Windows(1.0), (layer,), "signal", "GPL-3.0-or-later", "for tests")

    def forward(self, prepared: Prepared, layers) -> dict[str, Vectors]:
        self.windows_seen += len(prepared)
        power = np.square(np.abs(np.fft.rfft(prepared, axis=1)))
        above = np.fft.rfftfreq(prepared.shape[1], 1 / RATE) > SPLIT_HZ
        brightness = power[:, above].sum(axis=1) / power.sum(axis=1)
        level = 1.0 + 10.0 * np.log10(np.square(prepared).mean(axis=1)) / FULL_SCALE_DB
        return dict.fromkeys(layers, np.stack([brightness, level], axis=1).astype(np.float32))


class Planted(Estimator):
    """Valence is the brightness, energy the brightness or the level, each as it is."""

    def __init__(self, energy: str = "brightness", scale: float = 1.0) -> None:
        self.name, self.layer, self.targets = "planted", "signal", ("energy", "valence")
        self.encoder, self.windows = Signal(), Windows(1.0)
        self._columns = [("brightness", "level").index(energy), 0]
        self._scale = scale

    def estimate(self, vectors):
        return self._scale * np.asarray(vectors, dtype=np.float64)[:, self._columns]

    @property
    def scales(self):
        return ((0.0, self._scale),) * 2
