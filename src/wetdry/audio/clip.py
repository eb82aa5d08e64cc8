"""`Clip`, the one shape in which audio moves through wetdry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from wetdry.errors import AudioError

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Clip:
    """A piece of audio: float32 samples of shape (channels, n) at `sample_rate` Hz.

    The samples are read-only. A one-dimensional array is taken as mono. Two clips with equal samples
    and rate have the same `id`, wherever they came from.

    >>> clip = Clip(np.zeros(8000, dtype=np.float32), 8000)
    >>> clip.channels, clip.seconds
    (1, 1.0)
    """

    samples: Samples
    sample_rate: int

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples, dtype=np.float32)
        if samples.ndim == 1:
            samples = samples[np.newaxis]
        if samples.ndim != 2:
            raise AudioError(f"A clip takes samples of shape (channels, n), not {samples.shape}.")
        if self.sample_rate <= 0:
            raise AudioError(f"A clip's sample rate must be positive, not {self.sample_rate}.")
        frozen = np.ascontiguousarray(samples).view()
        frozen.flags.writeable = False
        object.__setattr__(self, "samples", frozen)
        object.__setattr__(self, "sample_rate", int(self.sample_rate))

    @property
    def channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        """Samples per channel."""
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate

    @cached_property
    def id(self) -> str:
        """Content hash: 32 hex digits over rate, shape and the decoded samples."""
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{self.sample_rate}:{self.channels}:{self.frames}:".encode())
        digest.update(self.samples.data)
        return digest.hexdigest()

    @cached_property
    def mono(self) -> Samples:
        """Mean of the channels, shape (n,): the only downmix in wetdry."""
        if self.channels == 1:
            only: Samples = self.samples[0]
            return only
        mixed: Samples = self.samples.mean(axis=0, dtype=np.float32)
        mixed.flags.writeable = False
        return mixed

    def with_samples(self, samples: Samples) -> Clip:
        """A clip of the same rate with other samples."""
        return Clip(samples, self.sample_rate)

    def excerpt(self, start: float, seconds: float) -> Clip:
        """The part from `start` s on, at most `seconds` s long."""
        first = round(start * self.sample_rate)
        return self.with_samples(self.samples[:, first : first + round(seconds * self.sample_rate)])

    def scaled(self, gain_db: float) -> Clip:
        """The clip with `gain_db` dB of gain."""
        if gain_db == 0.0:
            return self
        return self.with_samples(self.samples * np.float32(10.0 ** (gain_db / 20.0)))
