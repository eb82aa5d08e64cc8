"""Each file of A by itself against all of B, and beside it the files of B against the rest of B."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from wetdry.analysis.frechet import FEWEST_CLIPS, distances_to, frechet_distance
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.rows import Layer, Rows

OWN = 100
"""Files of B, at most, that are held against the rest of B."""


def song_rows(layer: Layer, config: FadConfig) -> list[dict[str, Any]]:
    """One row a file of A, nearest first, then those of B's own files that were drawn.

    A file's distance is that of the Gaussian of its own windows to the one of B's windows. `from_means` is the part of
    it that is the squared distance of the means, the only part that few windows tell well; `nearer` is the share of B's
    own files that are nearer to the rest of B.
    """
    reference = layer.second.at_most(config.rows, config.seed).array
    centre = reference.mean(axis=0)
    songs = [
        (item, len(windows), float(np.square(windows.mean(axis=0) - centre).sum()))
        for item, windows in _of_two_or_more(layer.first)
    ]
    if not songs:
        raise DataError(
            f"No file of A has two windows or more in {layer.encoder} {layer.layer}, so none has a Gaussian of its "
            "own; give a shorter --window, or longer files."
        )
    distances = distances_to((windows for _, windows in _of_two_or_more(layer.first)), reference)
    own = list(_own(layer.second, config))
    known = np.sort([row["distance"] for row in own])
    rows = [
        {
            "set": "A",
            "item": item,
            "windows": windows,
            "distance": float(distance),
            "from_means": from_means,
            "nearer": float(np.searchsorted(known, distance) / len(known)) if len(known) else np.nan,
        }
        for (item, windows, from_means), distance in zip(songs, distances, strict=True)
    ]
    ordered = sorted(rows, key=lambda row: (row["distance"], row["item"]))
    return [{**row, "rank": rank} for rank, row in enumerate(ordered, 1)] + [{**row, "rank": 0} for row in own]


def _of_two_or_more(rows: Rows) -> Iterator[tuple[str, Float64]]:
    """Items that have a covariance, and their windows."""
    return ((item, windows) for item, windows in rows.songs() if len(windows) >= FEWEST_CLIPS)


def _own(rows: Rows, config: FadConfig) -> Iterator[dict[str, Any]]:
    """Files of B against the rest of B, which has no other file of their group."""
    names, windows = np.unique(rows.item, return_counts=True)
    names = names[windows >= FEWEST_CLIPS]
    drawn = sorted(np.random.default_rng(config.seed).permutation(names)[:OWN])
    for item in drawn:
        own = rows.of(rows.item == item)
        song = own.array
        rest = rows.of(rows.group != own.group[0]).at_most(config.rows, config.seed).array
        if len(rest) < FEWEST_CLIPS:
            continue
        yield {
            "set": "B",
            "item": str(item),
            "windows": len(song),
            "distance": frechet_distance(song, rest),
            "from_means": float(np.square(song.mean(axis=0) - rest.mean(axis=0)).sum()),
            "nearer": np.nan,
        }
