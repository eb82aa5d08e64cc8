"""Whether ratings in valence and arousal agree with others of the same songs, or are swapped, all or in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from wetdry.datasets.auditing.findings import Finding, Verdict
from wetdry.datasets.reading.ratings import AXES

Ratings = Mapping[str, Mapping[str, float]]
Pairs = NDArray[np.float64]
"""Valence and arousal of songs: (song, 2)."""

FEWEST_SONGS = 20
SONGS_IN_A_BLOCK = 50


def agreement(name: str, ratings: Ratings, reference: Ratings) -> Iterator[Finding]:
    """Correlations with other ratings of the same songs, by name and crosswise, of all songs and in blocks."""
    songs = [song for song in ratings if song in reference]
    if len(songs) < FEWEST_SONGS:
        yield Finding(name, Verdict.NOTE, f"{len(songs)} shared songs are too few to compare")
        return
    own, other = pairs_of(ratings, songs), pairs_of(reference, songs)
    swapped = _is_swapped(own, other)
    said = f"{len(songs)} shared songs: {_correlations(own, other)}"
    yield Finding(
        name,
        Verdict.PROBLEM if swapped else Verdict.FINE,
        f"{said}: valence and arousal are swapped" if swapped else said,
    )
    blocks = np.array_split(np.arange(len(songs)), max(1, len(songs) // SONGS_IN_A_BLOCK))
    odd = [_is_swapped(own[block], other[block]) != swapped for block in blocks]
    for first, last in _runs(odd):
        block = np.concatenate(blocks[first : last + 1])
        yield Finding(
            name,
            Verdict.SUSPICIOUS,
            f"songs {songs[block[0]]} to {songs[block[-1]]} are {'not ' if swapped else ''}swapped, unlike the others:"
            f" {_correlations(own[block], other[block])}",
        )


def pairs_of(ratings: Ratings, songs: Sequence[str]) -> Pairs:
    """Valence and arousal of the songs named."""
    return np.array([[ratings[song][axis] for axis in AXES] for song in songs])


def _correlation_matrix(own: Pairs, other: Pairs) -> NDArray[np.float64]:
    """Of the own axes (rows) with the others (columns); 0 where one does not vary."""
    a, b = own - own.mean(axis=0), other - other.mean(axis=0)
    norms = np.sqrt(np.outer((a**2).sum(axis=0), (b**2).sum(axis=0)))
    correlations: NDArray[np.float64] = np.divide(a.T @ b, norms, out=np.zeros((2, 2)), where=norms > 0)
    return correlations


def _is_swapped(own: Pairs, other: Pairs) -> bool:
    r = _correlation_matrix(own, other)
    return bool(r[0, 1] > r[0, 0] and r[1, 0] > r[1, 1])


def _correlations(own: Pairs, other: Pairs) -> str:
    r = _correlation_matrix(own, other)
    return (
        f"valence with valence r = {r[0, 0]:.2f}, with arousal {r[0, 1]:.2f};"
        f" arousal with arousal r = {r[1, 1]:.2f}, with valence {r[1, 0]:.2f}"
    )


def _runs(marks: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last position of each run of marks that are set."""
    edges = np.flatnonzero(np.diff([0, *map(int, marks), 0]))
    yield from zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)
