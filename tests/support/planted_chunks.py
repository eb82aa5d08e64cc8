"""Chunks of log-mel spectrograms of which the songs' values are known by construction."""

from typing import NamedTuple

import numpy as np


class Planted(NamedTuple):
    """Chunks (n, 128, 128), the song (n,) of each, and the values (song, 2) by which two ranges of bands are loud."""

    chunks: np.ndarray
    song: np.ndarray
    answers: np.ndarray


def planted_chunks(rng, songs=10, each=2):
    answers = rng.uniform(1.0, 9.0, (songs, 2))
    song = np.tile(np.arange(songs), each)
    chunks = rng.normal(-50.0, 8.0, (len(song), 128, 128)).astype(np.float32)
    chunks[:, 20:50] += 4.0 * answers[song, 0][:, None, None].astype(np.float32)
    chunks[:, 70:100] += 4.0 * answers[song, 1][:, None, None].astype(np.float32)
    return Planted(chunks, song, answers)
