"""Songs as sequences of vectors, rated step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Flags, Float64
from wetdry.errors import DataError
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task
from wetdry.probes.validation import check_parts


@dataclass(frozen=True, eq=False)
class Songs:
    """Sequences and what is known of each of their steps.

    Attributes
    ----------
    vectors
        Of each song (t, dim).
    ratings
        Of each song (t, target).
    rated
        Steps (t,) of each song that have a rating of every target.
    """

    vectors: list[Float64]
    ratings: list[Float64]
    rated: list[Flags]

    @classmethod
    def of(cls, sequences: Sequence[npt.ArrayLike], ratings: Sequence[npt.ArrayLike], task: Task) -> Self:
        """Arguments of `fit_temporal`, checked."""
        if not len(sequences) or len(sequences) != len(ratings):
            raise DataError(f"{len(ratings)} curves of ratings do not fit {len(sequences)} songs: give one for each.")
        vectors = [checked_sequence(each) for each in sequences]
        curves = [np.asarray(each, dtype=np.float64) for each in ratings]
        for number, (rows, values) in enumerate(zip(vectors, curves, strict=True)):
            if values.shape != (len(rows), len(task.names)):
                raise DataError(
                    f"Song {number} has ratings of shape {values.shape} where its {len(rows)} steps and "
                    f"{len(task.names)} targets need {(len(rows), len(task.names))}: give (step, target)."
                )
            if rows.shape[1] != vectors[0].shape[1]:
                raise DataError(
                    f"Song {number} has vectors of {rows.shape[1]} dimensions, the first {vectors[0].shape[1]}: "
                    "take one layer of one encoder."
                )
            if np.isinf(values).any():
                raise DataError(f"Song {number} has an infinite rating: mark ratings that are missing with NaN.")
        return cls(vectors, curves, [np.asarray(~np.isnan(values).any(axis=1)) for values in curves])

    def where(self, chosen: Flags) -> Songs:
        """Some of the songs."""
        kept = np.flatnonzero(chosen).tolist()
        return Songs([self.vectors[i] for i in kept], [self.ratings[i] for i in kept], [self.rated[i] for i in kept])

    def known(self) -> Float64:
        """Ratings (step, target) of all songs, where they have one."""
        return np.concatenate([values[rated] for values, rated in zip(self.ratings, self.rated, strict=True)])

    def varied(self) -> Float64:
        """Sum of squares (target,) of the known ratings about their mean."""
        known = self.known()
        return np.asarray(np.square(known - known.mean(axis=0)).sum(axis=0))

    def standardised(self, scaling: Scaling, answer_scaling: Scaling) -> Songs:
        return Songs(
            [scaling.applied(rows) for rows in self.vectors],
            [answer_scaling.applied(values) for values in self.ratings],
            self.rated,
        )

    def explained(self, outputs: Callable[[Float64], Float64]) -> Float64:
        """R² (…, target) over all rated steps of `outputs`, which makes (…, t, target) of a song's vectors."""
        missed = sum(
            np.square(outputs(rows)[..., rated, :] - values[rated]).sum(axis=-2)
            for rows, values, rated in zip(self.vectors, self.ratings, self.rated, strict=True)
        )
        return np.asarray(1.0 - missed / self.varied())


def split(songs: Songs, validation: npt.ArrayLike, task: Task) -> tuple[Songs, Songs]:
    """The songs to learn from and those held out, both with ratings that move."""
    held_out = np.asarray(validation, dtype=bool)
    if held_out.shape != (len(songs.vectors),):
        raise DataError(
            f"{held_out.size} marks of validation do not fit {len(songs.vectors)} songs: give one for each."
        )
    steps = [np.full(int(rated.sum()), out) for rated, out in zip(songs.rated, held_out, strict=True)]
    check_parts(task, songs.known(), np.concatenate(steps))
    return songs.where(~held_out), songs.where(held_out)


def checked_sequence(given: npt.ArrayLike, dim: int | None = None) -> Float64:
    """Vectors (t, dim) of one song as finite float64."""
    vectors = np.asarray(given, dtype=np.float64)
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise DataError(f"A song's vectors of shape {vectors.shape} are no sequence: give (step, dim), 1 step or more.")
    if dim is not None and vectors.shape[1] != dim:
        raise DataError(
            f"Vectors of {vectors.shape[1]} dimensions do not fit a probe of {dim}: "
            "take the encoder and layer that it was trained on."
        )
    if not np.isfinite(vectors).all():
        raise DataError("A song has vectors that are not finite: leave that song out.")
    return vectors
