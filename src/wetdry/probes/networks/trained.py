"""A trained network: what it estimates, what it attends to, and how it got there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.statistics.units import Counts, Float64, blocks
from wetdry.errors import DataError
from wetdry.probes.networks.family import NetworkFamily
from wetdry.probes.networks.settings import BANDS, FRAMES, NetworkSettings
from wetdry.probes.parts import Tensors
from wetdry.probes.task import Task


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """One of the four networks after its best epoch.

    Attributes
    ----------
    name
        As in `NETWORKS`.
    task
        The targets.
    settings, seed
        How it was trained.
    songs
        Those (k,) it learnt from, as rows of the values.
    model
        Its weights; estimates are computed on the CPU in fp32.
    curve
        One row an epoch: `epoch` from 1 on, `loss` of standardised targets, `r2` of the validation songs, the mean over
        targets, `watched_TARGET` where songs were looked on at, and `kept`, true of the best epoch alone.
    seconds
        Spent on training and validation.
    """

    name: str
    task: Task
    settings: NetworkSettings
    seed: int
    songs: Counts
    model: NetworkFamily
    curve: pd.DataFrame
    seconds: float

    def estimate(self, chunks: npt.ArrayLike) -> Float64:
        """Values (m, target) of chunks (m, 128, 128) in dB."""
        return np.concatenate([self.model.outputs(part) for part in _parts(chunks)])

    def attention(self, chunks: npt.ArrayLike) -> Float64 | None:
        """Weights (m, 16) over time of chunks (m, 128, 128), adding to 1; None of a network without attention."""
        found = [self.model.attention(part) for part in _parts(chunks)]
        return None if found[0] is None else np.concatenate([each for each in found if each is not None])

    @property
    def parameters(self) -> int:
        """Numbers learnt by descent."""
        return self.model.parameters

    def tensors(self) -> Tensors:
        """All numbers that were learnt."""
        return self.model.tensors()

    def description(self) -> dict[str, Any]:
        """What is known of it besides, as JSON takes it."""
        kept = self.curve[self.curve["kept"]].iloc[0]
        return {
            "network": self.name,
            "names": list(self.task.names),
            "settings": self.settings.decisive,
            "seed": self.seed,
            "songs": len(self.songs),
            "epochs": len(self.curve),
            "kept": int(kept["epoch"]),
            "r2": float(kept["r2"]),
            "parameters": self.parameters,
            "seconds": self.seconds,
        }


def _parts(chunks: npt.ArrayLike) -> Iterator[Float64]:
    """Chunks as vectors, some at a time: those of a memory map may be more than memory holds."""
    given: npt.NDArray[Any] = np.asarray(chunks)
    if given.ndim != 3 or not len(given):
        raise _misshapen(given)
    return (flattened(given[part]) for part in blocks(len(given), BANDS * FRAMES))


def flattened(chunks: npt.NDArray[Any]) -> Float64:
    """Chunks (m, 128, 128) as finite vectors (m, 16384), band by band."""
    if chunks.shape[1:] != (BANDS, FRAMES):
        raise _misshapen(chunks)
    vectors: Float64 = chunks.reshape(len(chunks), -1).astype(np.float64)
    if not np.isfinite(vectors).all():
        raise DataError("Some of the chunks hold numbers that are not finite: leave these out.")
    return vectors


def _misshapen(chunks: npt.NDArray[Any]) -> DataError:
    return DataError(f"Chunks of shape {chunks.shape} do not fit the networks: give (m, {BANDS}, {FRAMES}).")
