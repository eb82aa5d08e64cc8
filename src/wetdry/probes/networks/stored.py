"""A trained network as a probe, which can be written to a file and used like any other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.conformal import group_quantile
from wetdry.analysis.statistics.units import Counts, Float64, blocks
from wetdry.probes.networks.material import Chunks
from wetdry.probes.networks.settings import BANDS, FRAMES
from wetdry.probes.networks.trained import TrainedNetwork, flattened
from wetdry.probes.novelty import Novelty
from wetdry.probes.probe import COVERED, Probe
from wetdry.probes.scoring import score
from wetdry.probes.splits import dealt

FOLDS = 3


def network_probe(
    trained: TrainedNetwork,
    chunks: Chunks,
    song: npt.ArrayLike,
    answers: npt.ArrayLike,
    groups: npt.ArrayLike | None,
    *,
    validation: npt.ArrayLike,
) -> Probe:
    """A probe on vectors (…, 16384), which are chunks flattened band by band.

    Its score and half widths are those of the validation songs, each estimated as the mean over its chunks; as
    training stopped by these, both flatter a little. How unlike a chunk is to the training chunks is told by the mean
    and standard deviation of each band, which nothing was learnt from.

    Parameters
    ----------
    trained
        What `train_network` made of the following.
    chunks, song, answers, validation
        As they were given to `train_network`.
    groups
        Label (song,) of each song, such as its album or game; each song is its own group if None.
    """
    values = np.asarray(answers, dtype=np.float64).reshape(len(np.asarray(answers)), -1)
    labels = np.arange(len(values)) if groups is None else np.asarray(groups)
    of_chunk, held_out = np.asarray(song), np.sort(np.asarray(validation))
    estimates = np.stack([trained.estimate(chunks[of_chunk == each]).mean(axis=0) for each in held_out])
    missed = np.abs(values[held_out] - estimates)
    fold = dealt(trained.task, values[trained.songs], labels[trained.songs], FOLDS, trained.seed)
    return Probe(
        task=trained.task,
        family=trained.name,
        settings=trained.settings.decisive,
        dim=BANDS * FRAMES,
        rows=len(trained.songs),
        groups=len(np.unique(labels[trained.songs])),
        folds=len(np.unique(fold)),
        seed=trained.seed,
        score=score(trained.task, values[held_out], estimates),
        temperature=1.0,
        half_width=np.array([group_quantile(each, labels[held_out], level=COVERED) for each in missed.T]),
        model=trained.model,
        familiar=_novelty(trained, chunks, of_chunk, fold),
    )


def _novelty(trained: TrainedNetwork, chunks: Chunks, song: Counts, fold: Counts) -> Novelty:
    """From the chunks of the training songs, which were dealt to folds (song,)."""
    rows = np.flatnonzero(np.isin(song, trained.songs))
    parts = [rows[part] for part in blocks(len(rows), BANDS * FRAMES)]
    summaries: Float64 = np.concatenate([trained.model.summary(flattened(chunks[part])) for part in parts])
    return Novelty.of(summaries, fold[np.searchsorted(trained.songs, song[rows])])
