"""What a network is trained on, checked before hours are spent on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Counts, Float64, blocks
from wetdry.errors import DataError
from wetdry.probes.networks.settings import BANDS, FRAMES
from wetdry.probes.scaling import STILL, Scaling
from wetdry.probes.task import CONSTANT, Task

Chunks = npt.NDArray[np.float32]


class Side(NamedTuple):
    """Songs of one kind, such as those for validation, and their chunks.

    Attributes
    ----------
    rows
        Chunks (k,), rising.
    song
        Place (k,) of each chunk's song among the songs.
    answers
        Values (song, target).
    """

    rows: Counts
    song: Counts
    answers: Float64

    def by_song(self, estimates: Float64) -> Float64:
        """Mean (song, target) over the estimates (k, target) of each song's chunks."""
        sums = np.zeros(self.answers.shape)
        np.add.at(sums, self.song, estimates)
        return sums / np.bincount(self.song, minlength=len(sums))[:, np.newaxis]

    def r_squared(self, estimates: Float64) -> Float64:
        """R² (target,) of the songs' mean estimates, from estimates (k, target) of the chunks."""
        missed = np.square(self.answers - self.by_song(estimates)).sum(axis=0)
        total = np.square(self.answers - self.answers.mean(axis=0)).sum(axis=0)
        return np.asarray(1.0 - missed / total)


@dataclass(frozen=True, eq=False)
class Material:
    """Chunks with the values of their songs, and which of these are learnt from.

    Attributes
    ----------
    chunks
        Shape (n, 128, 128), dB.
    task
        The targets.
    train, validation, watched
        Songs to learn from, to stop by, and to look on at.
    scaling
        Of all numbers of the training chunks alike, so of length 1.
    answer_scaling
        Of the training songs' values.
    """

    chunks: Chunks
    task: Task
    train: Side
    validation: Side
    watched: Side | None
    scaling: Scaling
    answer_scaling: Scaling

    @classmethod
    def of(
        cls,
        chunks: Chunks,
        song: npt.ArrayLike,
        answers: npt.ArrayLike,
        songs: Mapping[str, npt.ArrayLike],
        names: Sequence[str] | None,
    ) -> Self:
        """From the arguments of `train_network`; `songs` are those of each side by its name."""
        values = _values(answers)
        of_chunk = _songs_of_chunks(chunks, song, len(values))
        chosen = {name: _chosen(name, each, len(values)) for name, each in songs.items()}
        if shared := np.intersect1d(chosen["training"], chosen["validation"]).tolist():
            raise DataError(f"Song {shared[0]} is among both those for training and validation: put it on one side.")
        task = Task.of(values[chosen["training"]], names)
        learnt = task.answers(values[chosen["training"]])
        sides = {name: _side(name, each, of_chunk, values[each]) for name, each in chosen.items()}
        for name in sides.keys() - {"training"}:
            _check_held_out(name, sides[name], task, chunks)
        return cls(
            chunks=chunks,
            task=task,
            train=sides["training"],
            validation=sides["validation"],
            watched=sides.get("watched"),
            scaling=_scaling(chunks, sides["training"].rows),
            answer_scaling=Scaling.of(learnt),
        )

    def digest(self, recipe: Mapping[str, Any]) -> str:
        """Hash of a recipe and of what is learnt from; of the chunks, it looks at their number, mean and spread."""
        told = sha256(json.dumps([recipe, self.task.names, self.chunks.shape], sort_keys=True).encode())
        for side in (self.train, self.validation, self.watched):
            for each in side or ():
                told.update(np.ascontiguousarray(each).tobytes())
            told.update(b"|")
        told.update(self.scaling.mean.tobytes() + self.scaling.factor.tobytes())
        return told.hexdigest()


def _values(answers: npt.ArrayLike) -> Float64:
    given: npt.NDArray[Any] = np.asarray(answers)
    if given.dtype.kind not in "iuf" or given.ndim not in (1, 2):
        raise DataError(
            f"Values of shape {given.shape} and type {given.dtype} cannot be learnt: give numbers (song, target)."
        )
    return given.astype(np.float64).reshape(len(given), -1)


def _songs_of_chunks(chunks: Chunks, song: npt.ArrayLike, songs: int) -> Counts:
    if chunks.ndim != 3 or chunks.shape[1:] != (BANDS, FRAMES) or chunks.dtype != np.float32:
        raise DataError(
            f"Chunks of shape {chunks.shape} and type {chunks.dtype} do not fit the networks: "
            f"give float32 of shape (n, {BANDS}, {FRAMES})."
        )
    given: npt.NDArray[Any] = np.asarray(song)
    if given.shape != (len(chunks),) or given.dtype.kind not in "iu":
        raise DataError(f"Songs of shape {given.shape} do not fit {len(chunks)} chunks: give one number for each.")
    if len(given) and not 0 <= given.min() <= given.max() < songs:
        raise DataError(f"Chunks are of songs up to number {given.max()}, but there are values of {songs} songs.")
    return given.astype(np.int64)


def _chosen(name: str, songs: npt.ArrayLike, count: int) -> Counts:
    given: npt.NDArray[Any] = np.asarray(songs)
    if given.ndim != 1 or given.dtype.kind not in "iu" or len(np.unique(given)) != len(given):
        raise DataError(f"The songs for {name} are no list of different numbers: give the rows of their values.")
    if len(given) < 2:
        raise DataError(f"{len(given)} song for {name} has no R²: give 2 or more with different values.")
    if not 0 <= given.min() <= given.max() < count:
        raise DataError(f"A song for {name} has a number beyond the values of {count} songs: give rows of these.")
    return np.sort(given.astype(np.int64))


def _side(name: str, songs: Counts, of_chunk: Counts, answers: Float64) -> Side:
    rows = np.flatnonzero(np.isin(of_chunk, songs))
    place = np.searchsorted(songs, of_chunk[rows])
    if silent := np.setdiff1d(np.arange(len(songs)), place).tolist():
        raise DataError(
            f"{len(silent)} of {len(songs)} songs for {name} have no chunk, the first of them number "
            f"{songs[silent[0]]}: leave out what is shorter than a chunk."
        )
    return Side(rows, place, answers)


def _check_held_out(name: str, side: Side, task: Task, chunks: Chunks) -> None:
    answers = side.answers
    if not np.isfinite(answers).all():
        raise DataError(f"A song for {name} has a value that is no number: leave that song out.")
    still = np.ptp(answers, axis=0) <= CONSTANT * np.abs(answers).max(axis=0)
    if still.any():
        raise DataError(
            f"All songs for {name} have the same {task.names[int(still.argmax())]!r}, of which there is no R²: "
            "take others, or leave that target out."
        )
    for part in _parts(side.rows):
        _check_finite(chunks[part], part)


def _scaling(chunks: Chunks, rows: Counts) -> Scaling:
    """Of all numbers of some of the chunks alike."""
    sums, squares, largest = 0.0, 0.0, 0.0
    for part in _parts(rows):
        values = _check_finite(chunks[part], part).astype(np.float64)
        sums += float(values.sum())
        squares += float(np.square(values).sum())
        largest = max(largest, float(np.abs(values).max()))
    count = len(rows) * BANDS * FRAMES
    mean = sums / count
    spread = float(np.sqrt(max(squares / count - mean**2, 0.0)))
    if spread <= STILL * largest:
        raise DataError("All training chunks hold one and the same number, so nothing tells songs: check their audio.")
    return Scaling(np.array([mean]), np.array([1.0 / spread]))


def _parts(rows: Counts) -> list[Counts]:
    return [rows[part] for part in blocks(len(rows), BANDS * FRAMES)]


def _check_finite(values: Chunks, rows: Counts) -> Chunks:
    broken = ~np.isfinite(values).all(axis=(1, 2))
    if broken.any():
        raise DataError(
            f"Chunk {rows[int(broken.argmax())]} holds numbers that are not finite: leave it out, or make it again."
        )
    return values
