"""The constant-Q transform behind librosa's `chroma_cqt`, with everything that can be kept kept.

`librosa.cqt` builds its filters anew in each call, and seven times in it: once an octave. But an octave
down the signal is halved in rate, so all octaves have the same filters, which depend on the tuning
alone; and librosa's tuning is a multiple of a hundredth of a bin. The numbers are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.audio import Samples

HOP = 512
BINS_PER_OCTAVE = 36
OCTAVES = 7
BINS = BINS_PER_OCTAVE * OCTAVES
SPARSITY = 0.01
"""Share of each filter's magnitude that is left out, smallest cells first."""

FRAMES_AT_ONCE = 1024
TUNINGS_KEPT = 128


@dataclass(frozen=True)
class OctaveFilters:
    """The filters of the top octave, which serve every octave.

    `spectra`: sparse (36, n_fft // 2 + 1). `gains`: (252,), what brings each bin to librosa's scale.
    """

    spectra: Any
    n_fft: int
    gains: Samples


@lru_cache(TUNINGS_KEPT)
def octave_filters(rate: int, tuning: float) -> OctaveFilters:
    """Filters at `rate` Hz from C1 up, shifted by `tuning` bins."""
    import librosa
    from scipy.fft import fft
    from scipy.sparse import csr_array

    frequencies = librosa.cqt_frequencies(
        BINS, fmin=float(librosa.note_to_hz("C1")), bins_per_octave=BINS_PER_OCTAVE, tuning=tuning
    )
    lengths, _ = librosa.filters.wavelet_lengths(freqs=frequencies, sr=rate)
    top = frequencies[-BINS_PER_OCTAVE:]
    wavelets, top_lengths = librosa.filters.wavelet(freqs=top, sr=rate, pad_fft=True, norm=1)
    n_fft = wavelets.shape[1]
    spectra = fft(wavelets * (top_lengths[:, np.newaxis] / n_fft), axis=1)[:, : n_fft // 2 + 1]
    sparse = librosa.util.sparsify_rows(spectra, quantile=SPARSITY, dtype=np.complex64)
    downsampling = 2.0 ** (OCTAVES - 1 - np.arange(BINS) // BINS_PER_OCTAVE)
    return OctaveFilters(csr_array(sparse), n_fft, np.sqrt(downsampling / lengths).astype(np.float32))


def constant_q_magnitudes(signal: Samples, rate: int, tuning: float) -> Samples:
    """Magnitudes (252, frame) of `librosa.cqt(signal, sr=rate, n_bins=252, bins_per_octave=36, tuning=tuning)`.

    Parameters
    ----------
    signal
        Mono, shape (n,), n ≥ 1; gives 1 + n // 512 frames.
    tuning
        Deviation from A440 in thirds of a semitone, -0.5 to 0.5.
    """
    import soxr

    filters = octave_filters(rate, tuning)
    frames = 1 + signal.size // HOP
    magnitudes = np.empty((BINS, frames), dtype=np.float32)
    octave, hop = signal, HOP
    for last in range(BINS, 0, -BINS_PER_OCTAVE):
        if last < BINS:
            octave, hop = _halved(octave, soxr.resample), hop // 2
        _respond(octave, hop, filters, out=magnitudes[last - BINS_PER_OCTAVE : last])
    magnitudes *= filters.gains[:, np.newaxis]
    return magnitudes


def _halved(signal: Samples, resample: Any) -> Samples:
    """`signal` at half its rate, with its energy; of ⌈n / 2⌉ samples."""
    size = -(-signal.size // 2)
    half: Samples = resample(signal, 2, 1, quality="HQ")[:size]
    half = np.pad(half, (0, size - half.size))
    half *= np.float32(np.sqrt(2.0))
    return half


def _respond(signal: Samples, hop: int, filters: OctaveFilters, out: npt.NDArray[np.float32]) -> None:
    """Write the magnitudes (36, frame) of the filters' responses every `hop` samples into `out`."""
    from scipy.fft import rfft

    half = filters.n_fft // 2
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(signal, half), filters.n_fft)[::hop]
    for start in range(0, out.shape[1], FRAMES_AT_ONCE):
        part = slice(start, min(start + FRAMES_AT_ONCE, out.shape[1]))
        spectra = rfft(windows[part].T, axis=0, workers=1)
        np.abs(filters.spectra @ spectra, out=out[:, part])
