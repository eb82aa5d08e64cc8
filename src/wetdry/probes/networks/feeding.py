"""Chunks on their way from a file to a network."""

from __future__ import annotations

import numpy as np
import torch

from wetdry.analysis.statistics.units import Counts
from wetdry.probes.networks.material import Chunks
from wetdry.probes.networks.settings import BANDS, FRAMES
from wetdry.probes.scaling import Scaling


class Feeder:
    """Batches of standardised chunks, each copied once, into the same memory.

    A batch is good until the next one is asked for.
    """

    def __init__(self, chunks: Chunks, scaling: Scaling, device: torch.device, largest: int) -> None:
        self._chunks = chunks
        self._mean, self._factor = np.float32(scaling.mean[0]), np.float32(scaling.factor[0])
        self._device = device
        self._room = torch.empty((largest, BANDS, FRAMES), pin_memory=device.type == "cuda")

    def batch(self, rows: Counts) -> torch.Tensor:
        """Chunks (k, band, frame) of those rows (k,), in that order."""
        room = self._room[: len(rows)]
        values = room.numpy()
        # Any mode but this one would copy by way of further memory; rows are known to be in range.
        np.take(self._chunks, rows, axis=0, out=values, mode="clip")
        values -= self._mean
        values *= self._factor
        return room.to(self._device)
