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
    reference = layer.second.at_most(config.rows, config.seed).vectors
    songs = [(item, windows) for item, windows in _songs(layer.first) if len(windows) >= FEWEST_CLIPS]
    if not songs:
        raise DataError(
            f"No file of A has two windows or more in {layer.encoder} {layer.layer}, so none has a Gaussian of its "
            "own; give a shorter --window, or longer files."
        )
    distances = distances_to([windows for _, windows in songs], reference)
    own = list(_own(layer.second, config))
    known = np.sort([row["distance"] for row in own])
    centre = reference.mean(axis=0)
    rows = [
        {
            "set": "A",
            "item": item,
            "windows": len(windows),
            "distance": float(distance),
            "from_means": float(np.square(windows.mean(axis=0) - centre).sum()),
            "nearer": float(np.searchsorted(known, distance) / len(known)) if len(known) else np.nan,
        }
        for (item, windows), distance in zip(songs, distances, strict=True)
    ]
    ordered = sorted(rows, key=lambda row: (row["distance"], row["item"]))
    return [{**row, "rank": rank} for rank, row in enumerate(ordered, 1)] + [{**row, "rank": 0} for row in own]


def _songs(rows: Rows) -> list[tuple[str, Float64]]:
    """Items and their windows, in order."""
    begins = np.flatnonzero(np.concatenate([[True], rows.item[1:] != rows.item[:-1]]))
    return list(zip(map(str, rows.item[begins]), np.split(rows.vectors, begins[1:]), strict=True))


def _own(rows: Rows, config: FadConfig) -> Iterator[dict[str, Any]]:
    """Files of B against the rest of B, which has no other file of their group."""
    names = [item for item, windows in _songs(rows) if len(windows) >= FEWEST_CLIPS]
    drawn = sorted(np.random.default_rng(config.seed).permutation(names)[:OWN])
    for item in drawn:
        song = rows.of(rows.item == item)
        rest = rows.of(rows.group != song.group[0]).at_most(config.rows, config.seed).vectors
        if len(rest) < FEWEST_CLIPS:
            continue
        yield {
            "set": "B",
            "item": str(item),
            "windows": len(song),
            "distance": frechet_distance(song.vectors, rest),
            "from_means": float(np.square(song.vectors.mean(axis=0) - rest.mean(axis=0)).sum()),
            "nearer": np.nan,
        }
