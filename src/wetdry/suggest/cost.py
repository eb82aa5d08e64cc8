"""How audible a change is: log-spectral distance in decibels, or how far the embedding moves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from wetdry.analysis.displacement import displacement, spread
from wetdry.audio import Clip
from wetdry.encoders import Vectors
from wetdry.errors import DataError

Floats = npt.NDArray[np.float64]
CostName = Literal["spectral", "embedding"]

FRAME_SECONDS = 0.046
BANDS = 32
LOWEST_HZ, HIGHEST_HZ = 50.0, 16_000.0
FLOOR_DB = -60.0
"""Below the loudest band of any dry frame; what lies lower counts as being there."""
FRAMES_AT_ONCE = 1024


class Cost(ABC):
    """What a wet version of one song costs; 0 for the song itself."""

    about: str
    """What a cost of 1 means, in words."""
    layers: tuple[str, ...] = ()
    """Layers of the encoder whose vectors `of` looks at."""

    @abstractmethod
    def of(self, wet: Clip, vectors: Mapping[str, Vectors]) -> float:
        """Cost of a wet clip, whose windows have the vectors (window, dim) by layer."""


class SpectralCost(Cost):
    """Log-spectral distance: over frames, the mean of the root-mean-square difference of band levels, dB.

    Frames of 46 ms, Hann, every 23 ms; power of all channels; 32 bands of equal width on the ERB-rate scale between
    50 Hz and 16 kHz, or as far as the clip goes; levels below a floor, 60 dB under the loudest dry band, count as the
    floor. A gain of 3 dB costs 3 where nothing lies near the floor.
    """

    about = "dB of log-spectral distance"

    def __init__(self, dry: Clip) -> None:
        self._frame = max(16, round(FRAME_SECONDS * dry.sample_rate))
        self._bands = _band_matrix(self._frame, dry.sample_rate)
        power = self._powers(dry)
        self._floor = power.max() * 10.0 ** (FLOOR_DB / 10.0)
        self._dry = self._levels(power)

    def of(self, wet: Clip, vectors: Mapping[str, Vectors]) -> float:  # noqa: ARG002
        difference = self._levels(self._powers(wet)) - self._dry
        return float(np.sqrt(np.square(difference).mean(axis=1)).mean())

    def _levels(self, power: Floats) -> Floats:
        levels: Floats = 10.0 * np.log10(np.maximum(power, self._floor))
        return levels

    def _powers(self, clip: Clip) -> Floats:
        """Power (frame, band), summed over channels."""
        from scipy.fft import rfft

        window = np.hanning(self._frame + 1)[:-1].astype(np.float32)
        missing = max(0, self._frame - clip.frames)
        samples = np.pad(clip.samples, ((0, 0), (0, missing))) if missing else clip.samples
        frames = np.lib.stride_tricks.sliding_window_view(samples, self._frame, axis=1)[:, :: self._frame // 2]
        parts = []
        for first in range(0, frames.shape[1], FRAMES_AT_ONCE):
            spectrum = rfft(frames[:, first : first + FRAMES_AT_ONCE] * window, axis=-1)
            parts.append((np.square(np.abs(spectrum)).sum(axis=0) @ self._bands).astype(np.float64))
        return np.concatenate(parts)


class EmbeddingCost(Cost):
    """How far the mean vector over windows moves, in units of the spread between the song's own dry windows."""

    about = "spreads between the dry windows"

    def __init__(self, dry: Vectors, layer: str) -> None:
        self._dry, self._layer = dry, layer
        self._spread = float(spread(dry))
        if not self._spread > 0:
            raise DataError(
                "The song's windows do not differ in the embedding, so there is no unit to measure a displacement in; "
                "give a longer part, or --cost spectral."
            )
        self.layers = (layer,)

    def of(self, wet: Clip, vectors: Mapping[str, Vectors]) -> float:  # noqa: ARG002
        return float(displacement(vectors[self._layer], self._dry, dry_spread=self._spread).relative)


def _band_matrix(frame: int, sample_rate: int) -> npt.NDArray[np.float32]:
    """Which bins of a spectrum belong to which band: ones and zeros (bin, band), without empty bands."""
    frequencies = np.fft.rfftfreq(frame, 1.0 / sample_rate)
    highest = min(HIGHEST_HZ, sample_rate / 2)
    rate = _erb_rate(np.clip(frequencies, LOWEST_HZ, highest))
    edges = np.linspace(_erb_rate(np.array(LOWEST_HZ)), _erb_rate(np.array(highest)), BANDS + 1)
    band = np.clip(np.searchsorted(edges, rate, side="right") - 1, 0, BANDS - 1)
    inside = (frequencies >= LOWEST_HZ) & (frequencies <= highest)
    matrix = (band[:, np.newaxis] == np.arange(BANDS)) & inside[:, np.newaxis]
    return np.asarray(matrix[:, matrix.any(axis=0)], dtype=np.float32)


def _erb_rate(hertz: Floats) -> Floats:
    """Number of equivalent rectangular bandwidths below a frequency (Glasberg and Moore, 1990)."""
    return np.asarray(21.4 * np.log10(1.0 + 0.00437 * hertz))
