"""The 193 classic features of every frame, as librosa defines them with its defaults, from one spectrogram.

Called one by one, librosa's functions transform the signal four times over and estimate its tuning
twice, each time interpolating the whole spectrogram for the sake of its few peaks. Here the transform
is done once, and peaks are found before they are interpolated. The definitions are untouched.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np

from wetdry.audio import Samples
from wetdry.encoders.handcrafted.constant_q import BINS_PER_OCTAVE, TUNINGS_KEPT, constant_q_magnitudes

N_FFT = 2048
MFCC = 40
PITCH_CLASSES = 12

PITCH_RANGE_HZ = (150.0, 4000.0)
PITCH_THRESHOLD = 0.1


def frame_features(signal: Samples, rate: int) -> dict[str, Samples]:
    """Features of each frame of a mono signal (n,) at `rate` Hz, each group of shape (dim, frame).

    `mfcc` 40, `chroma` 12, `mel` 128, `contrast` 7, `tonnetz` 6. Frames are centred, every 512 samples;
    a signal shorter than one frame of 2048 is padded with zeros to one.
    """
    import librosa

    signal = np.pad(signal, (0, max(0, N_FFT - signal.size)))
    magnitude = np.abs(librosa.stft(signal, n_fft=N_FFT))
    power = np.square(magnitude, order="C")
    mel = mel_bank(rate) @ power
    chroma = chroma_bank(rate, estimate_tuning(power, rate, PITCH_CLASSES)) @ power
    constant_q = constant_q_magnitudes(signal, rate, estimate_tuning(magnitude, rate, BINS_PER_OCTAVE))
    constant_q_chroma = librosa.feature.chroma_cqt(C=constant_q, sr=rate, bins_per_octave=BINS_PER_OCTAVE)
    return {
        "mfcc": librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=MFCC),
        "chroma": librosa.util.normalize(chroma, axis=0),
        "mel": mel,
        "contrast": librosa.feature.spectral_contrast(S=magnitude, sr=rate),
        "tonnetz": librosa.feature.tonnetz(chroma=constant_q_chroma),
    }


@cache
def mel_bank(rate: int) -> Any:
    """Slaney mel filters, sparse (128, 1025)."""
    import librosa
    from scipy.sparse import csr_array

    return csr_array(librosa.filters.mel(sr=rate, n_fft=N_FFT))


@lru_cache(TUNINGS_KEPT)
def chroma_bank(rate: int, tuning: float) -> Samples:
    """Pitch-class filters (12, 1025) for a tuning in semitones."""
    import librosa

    bank: Samples = librosa.filters.chroma(sr=rate, n_fft=N_FFT, tuning=tuning, n_chroma=PITCH_CLASSES)
    return bank


def estimate_tuning(spectrogram: Samples, rate: int, bins_per_octave: int) -> float:
    """Deviation from A440 in bins, `librosa.estimate_tuning(S=spectrogram, sr=rate, …)`; 0 where nothing sounds."""
    import librosa

    frequencies, heights = spectral_peaks(spectrogram, rate)
    if not frequencies.size:
        return 0.0
    strong = frequencies[heights >= np.median(heights)]
    return float(librosa.pitch_tuning(strong, bins_per_octave=bins_per_octave))


def spectral_peaks(spectrogram: Samples, rate: int) -> tuple[Samples, Samples]:
    """Frequencies (Hz) and heights of all peaks of a spectrogram (1025, frame), by parabolic interpolation.

    A peak is a local maximum between 150 and 4000 Hz above a tenth of its frame's maximum. The values
    are those of `librosa.piptrack` to the last bit, so that the tuning falls into the same bin.
    """
    import librosa

    low, high = np.searchsorted(librosa.fft_frequencies(sr=rate, n_fft=N_FFT), PITCH_RANGE_HZ)
    here, below, above = (spectrogram[low + shift : high + shift] for shift in (0, -1, 1))
    floor = PITCH_THRESHOLD * spectrogram.max(axis=0)
    at = np.nonzero((here > below) & (here >= above) & (here > floor))
    here, below, above = here[at], below[at], above[at]
    curvature = (above + below).astype(np.float64) - 2.0 * here
    slope = (above - below).astype(np.float64) / 2.0
    inside = np.abs(slope) < np.abs(curvature)
    shift = np.divide(-slope, curvature, out=np.zeros_like(slope), where=inside).astype(np.float32)
    frequencies = ((at[0] + low + shift) * float(rate) / N_FFT).astype(np.float32)
    heights = here + np.float32(0.5) * ((above - below) / np.float32(2.0)) * shift
    return frequencies, heights
