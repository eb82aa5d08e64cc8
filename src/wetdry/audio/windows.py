"""The deterministic window grid on which encoders look at a clip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from wetdry.audio.clip import Samples
from wetdry.errors import AudioError


@dataclass(frozen=True)
class Windows:
    """Windows of `seconds` every `hop` seconds (default: side by side) from the clip's start.

    All windows of a clip are full. What remains at the end makes one more window, moved back so
    that it ends with the clip, if it is at least half a window long; a shorter rest is left out.
    A clip shorter than one window is one window of its own length. `seconds=None` takes the whole
    clip as one window. Nothing is random: the grid depends on the clip's length alone.
    """

    seconds: float | None = None
    hop: float | None = None

    def __post_init__(self) -> None:
        for value in (self.seconds, self.hop):
            if value is not None and not 0 < value < float("inf"):
                raise AudioError(f"A window and its hop must be longer than 0 s, not {value}.")
        if self.seconds is None and self.hop is not None:
            raise AudioError("A hop needs a window length.")

    @property
    def key(self) -> str:
        """Canonical text: `whole`, `10s`, or `10s/5s` where the hop differs from the length."""
        if self.seconds is None:
            return "whole"
        if self.hop is None or self.hop == self.seconds:
            return f"{self.seconds:.15g}s"
        return f"{self.seconds:.15g}s/{self.hop:.15g}s"

    def length(self, frames: int, sample_rate: int) -> int:
        """Samples in each window of a clip of `frames` samples."""
        if self.seconds is None:
            return frames
        return min(frames, max(1, round(self.seconds * sample_rate)))

    def starts(self, frames: int, sample_rate: int) -> list[int]:
        """First sample of each window."""
        length = self.length(frames, sample_rate)
        if length == frames or self.seconds is None:
            return [0]
        hop = max(1, round((self.hop or self.seconds) * sample_rate))
        starts = list(range(0, frames - length + 1, hop))
        rest = frames - (starts[-1] + length)
        if 2 * rest >= length:
            starts.append(frames - length)
        return starts

    def cut(self, signal: Samples, sample_rate: int) -> Samples:
        """Cut a mono `signal` (n,) into windows (count, length)."""
        return next(self.batches(signal, sample_rate, signal.size + 1))

    def batches(self, signal: Samples, sample_rate: int, size: int) -> Iterator[Samples]:
        """The windows of `cut`, `size` at a time."""
        length = self.length(signal.size, sample_rate)
        starts = self.starts(signal.size, sample_rate)
        for first in range(0, len(starts), size):
            yield np.stack([signal[start : start + length] for start in starts[first : first + size]])
