"""Tones over noise, on which random networks settle.

A batch normalisation works with means and variances that training gathers. Without them a deep network is not the
one that training starts from: activations of dozens of layers fade to nothing or grow without bound, and the
offset of a spectrogram in decibels drowns what tells clips apart. So they are gathered once, as the first batch of a
training would, but on synthetic sounds: no recording has a part in an untrained network.

The sounds differ in all that music differs in. After a batch that is more uniform than music, every normalisation
stretches music a little, and the many of a deep network stretch it a thousandfold: after sixteen bursts of noise,
vibenet's activations on real songs grow from 0.3 to 200 on the way through, after these they stay between
0.2 and 2.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from wetdry.audio import Samples

SOUNDS = 32
SECONDS = 2.0
TONES = 4
"""At most, in one sound."""
PARTIALS = 8
LOWEST_HZ, OCTAVES = 55.0, 5.0
"""Where fundamentals begin, and how far they reach."""
STEEPEST_DB = -15.0
"""Per octave: noises are between white and darker than any music."""
NOISE_DB = (-40.0, 10.0)
"""Level of the noise relative to the tones."""
LEVELS_DB = (-70.0, -3.0)
"""Root mean square of a sound relative to full scale; recordings are seldom louder or softer."""

Signal = npt.NDArray[np.float64]


@cache
def synthetic_sounds(sample_rate: int, longest: float | None = None) -> Samples:
    """Mono sounds (32, n) of two seconds, or of the longest window in seconds if that is less; always the same.

    >>> synthetic_sounds(8000, longest=1.0).shape
    (32, 8000)
    """
    rng = np.random.default_rng(0)
    time = np.arange(round(min(SECONDS, longest or SECONDS) * sample_rate)) / sample_rate
    sounds = []
    for _ in range(SOUNDS):
        tones = np.sum([_tone(rng, time, sample_rate) for _ in range(rng.integers(1, TONES + 1))], axis=0)
        sound = _at_unit_level(tones) + _ratio(rng.uniform(*NOISE_DB)) * _at_unit_level(_noise(rng, time, sample_rate))
        sounds.append(_ratio(rng.uniform(*LEVELS_DB)) * _at_unit_level(sound))
    heard = np.stack(sounds).astype(np.float32)
    heard.flags.writeable = False
    return heard


def _tone(rng: np.random.Generator, time: Signal, sample_rate: int) -> Signal:
    """A harmonic tone that sets in before or within the sound and dies away, slowly or at once."""
    pitch = LOWEST_HZ * 2.0 ** rng.uniform(0.0, OCTAVES)
    onset, decay = time[-1] * rng.uniform(-0.3, 0.9), 10.0 ** rng.uniform(-1.5, 0.5)
    partials = np.arange(1, rng.integers(1, PARTIALS) + 1)
    partials = partials[partials * pitch < sample_rate / 2]
    amplitudes = partials ** -rng.uniform(0.5, 2.0)
    phases = rng.uniform(0.0, 2 * np.pi, partials.size)
    tone: Signal = amplitudes @ np.sin(2 * np.pi * pitch * np.outer(partials, time) + phases[:, np.newaxis])
    envelope = np.exp(-np.maximum(time - onset, 0.0) / decay) * (time > onset)
    loud: Signal = 10.0 ** rng.uniform(-1.0, 0.0) * envelope * tone
    return loud


def _noise(rng: np.random.Generator, time: Signal, sample_rate: int) -> Signal:
    """Noise that falls off by a slope over the octaves above 1 Hz."""
    octaves = np.log2(np.maximum(1.0, np.fft.rfftfreq(time.size, 1 / sample_rate)))
    spectrum = np.fft.rfft(rng.standard_normal(time.size)) * _ratio(rng.uniform(STEEPEST_DB, 0.0) * octaves)
    noise: Signal = np.fft.irfft(spectrum, n=time.size)
    return noise


def _ratio(decibels: float | Signal) -> Signal:
    return np.asarray(10.0 ** (np.asarray(decibels) / 20.0))


def _at_unit_level(signal: Signal) -> Signal:
    """The signal with a root mean square of 1; what lies at −90 dB or below stays low."""
    scaled: Signal = signal / np.sqrt(np.mean(np.square(signal)) + 1e-9)
    return scaled
