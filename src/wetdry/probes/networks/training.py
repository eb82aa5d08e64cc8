"""Training a network on chunks of songs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.extras import require
from wetdry.probes.networks.family import FAMILIES
from wetdry.probes.networks.material import Chunks, Material
from wetdry.probes.networks.settings import NetworkSettings, check_name
from wetdry.probes.networks.trained import TrainedNetwork


def train_network(
    name: str,
    chunks: Chunks,
    song: npt.ArrayLike,
    answers: npt.ArrayLike,
    train: npt.ArrayLike,
    validation: npt.ArrayLike,
    *,
    names: Sequence[str] | None,
    settings: NetworkSettings | None = None,
    seed: int = 0,
    watched: npt.ArrayLike | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> TrainedNetwork:
    """Train a network until the R² of the validation songs gets no better, and go back to its best epoch.

    Every chunk learns the values of its song; the estimate of a song is the mean over its chunks. On a CPU, the same
    seed and number of threads give the same weights to the last digit, however often training was broken off.

    Parameters
    ----------
    name
        One of `NETWORKS`.
    chunks
        Shape (n, 128, 128), float32, dB: bands by frames. It may be a memory map, of which no more than a batch is
        copied at a time.
    song
        Song (n,) of each chunk, as a row of `answers`.
    answers
        Values (song, target) in their own units.
    train, validation
        Rows of `answers`: the songs to learn from, and those to stop by.
    names
        Of the targets.
    settings
        The usual ones if None.
    seed
        Of the weights to begin with, the order of chunks, and dropout.
    watched
        Songs whose R² after each epoch is recorded and of no consequence.
    checkpoint
        A file that is replaced after each epoch, and from which training goes on if it is there.
    progress
        Told the number of each epoch, from 1 on, when it is done and in the checkpoint.

    Raises
    ------
    DataError
        For songs without chunk, values that are constant or missing, chunks that are not finite, a loss that becomes
        so, and a checkpoint of another training.
    MissingPackageError
        Without torch.
    """
    chosen = settings or NetworkSettings()
    songs = {"training": train, "validation": validation} | ({} if watched is None else {"watched": watched})
    material = Material.of(chunks, song, answers, songs, names)
    require("torch", needed_by=f'The "{check_name(name)}" network')
    from wetdry.probes.networks.loop import Training

    training = Training(name, material, chosen, seed)
    training.run(checkpoint, progress)
    curve = pd.DataFrame(training.curve)
    curve.insert(0, "epoch", np.arange(1, len(curve) + 1))
    curve["kept"] = np.arange(len(curve)) == training.kept
    return TrainedNetwork(
        name=name,
        task=material.task,
        settings=chosen,
        seed=seed,
        songs=np.sort(np.asarray(train, dtype=np.int64)),
        model=FAMILIES[name].of(chosen, material.task, material.scaling, material.answer_scaling, training.best),
        curve=curve,
        seconds=training.seconds,
    )
