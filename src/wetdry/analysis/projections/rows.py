"""What a desensitiser learns from: vectors of wet and dry clips, row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.blocks import parts_of
from wetdry.analysis.directions import centred_ranks
from wetdry.analysis.statistics.units import ROUNDING, Counts, Flags, Float64, membership
from wetdry.errors import DataError


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """Vectors with the strength and the clip of each.

    Attributes
    ----------
    vectors
        Shape (n, dim).
    strengths
        Strength of the effect on each row, shape (n,), in any unit that rises or falls with the effect;
        `neutral` marks a dry row. Dry rows have no place among the strengths: none of the methods ranks them.
    clips
        Number of the clip that each row is a version of, shape (n,).
    neutral
        The mark of dry rows.
    """

    vectors: Float64
    strengths: Float64
    clips: Counts
    neutral: float = 0.0

    @property
    def dry(self) -> Flags:
        """Which rows are dry, shape (n,)."""
        flags: Flags = self.strengths == self.neutral
        return flags

    @property
    def wet_vectors(self) -> Float64:
        """Wet rows (w, dim), of which there are some."""
        if self.dry.all():
            raise DataError(
                f"All {len(self.dry)} rows have the strength {self.neutral:g}, which marks dry ones: add wet rows, "
                "or set `neutral` to another mark."
            )
        return self.vectors[~self.dry]

    @property
    def dry_vectors(self) -> Float64:
        """Dry rows (n − w, dim), of which there are some."""
        if not self.dry.any():
            raise DataError(f"No row is dry: add the clips without the effect, with the strength {self.neutral:g}.")
        return self.vectors[self.dry]

    def displacements(self) -> tuple[Float64, Counts]:
        """Wet rows minus the mean dry row of the same clip (w, dim), and the clip of each (w,)."""
        moves, dry, clips = self.wet_vectors, self.dry_vectors, self.clips[~self.dry]
        count = int(self.clips.max()) + 1
        versions = np.bincount(self.clips[self.dry], minlength=count)
        if lonely := np.count_nonzero(versions[np.unique(clips)] == 0):
            raise DataError(
                f"{lonely} of {len(np.unique(clips))} wet clips have no dry row to be displaced from: "
                "add their dry vectors or leave those clips out."
            )
        origins = np.zeros((count, dry.shape[1]))
        np.add.at(origins, self.clips[self.dry], dry)
        origins /= np.maximum(versions, 1)[:, np.newaxis]
        largest = _largest(moves)
        for part in parts_of(moves):
            # They are a copy of the rows already.
            moves[part] -= origins[clips[part]]
        if _largest(moves) <= ROUNDING * largest:
            raise DataError("No wet row differs from its dry one: take an effect that changes the embedding.")
        return moves, clips


def training_rows(
    wet: npt.ArrayLike, dry: npt.ArrayLike, strengths: npt.ArrayLike, *, neutral: float = 0.0
) -> TrainingRows:
    """Rows of clips that were all measured at the same strengths.

    Parameters
    ----------
    wet
        Shape (clips, strengths, dim).
    dry
        Shape (clips, dim).
    strengths
        Shape (strengths,), without the mark of dry rows.
    neutral
        The mark of dry rows.

    Returns
    -------
    TrainingRows
        Dry rows first, then the wet ones clip by clip.
    """
    after, before = np.asarray(wet, dtype=np.float64), np.asarray(dry, dtype=np.float64)
    grid = np.asarray(strengths, dtype=np.float64)
    if after.ndim != 3 or before.shape != after[:, 0].shape or grid.shape != after.shape[1:2]:
        raise DataError(
            f"Wet vectors {after.shape}, dry vectors {before.shape} and strengths {grid.shape} do not fit: "
            "give (clips, strengths, dim), (clips, dim) and (strengths,)."
        )
    if (grid == neutral).any():
        raise DataError(f"The strength {neutral:g} marks dry rows: leave it out of the grid or set another `neutral`.")
    count = len(before)
    return checked_rows(
        np.concatenate([before, after.reshape(-1, after.shape[-1])]),
        np.concatenate([np.full(count, neutral), np.tile(grid, count)]),
        np.concatenate([np.arange(count), np.repeat(np.arange(count), len(grid))]),
        neutral,
    )


def checked_rows(
    vectors: npt.ArrayLike, strengths: npt.ArrayLike, clips: npt.ArrayLike, neutral: float
) -> TrainingRows:
    """`TrainingRows` of arrays that fit each other, are finite, and are not all the same vector."""
    array = checked_vectors(vectors)
    doses = np.asarray(strengths, dtype=np.float64)
    if doses.shape != array.shape[:1]:
        raise DataError(f"Strengths of shape {doses.shape} do not fit {len(array)} rows: give one for each row.")
    if np.isnan(doses).any():
        raise DataError(f"Strengths must not be NaN: mark dry rows with {neutral:g}.")
    member, _ = membership(clips, len(array))
    if are_alike(array):
        raise DataError("All vectors are the same, so no direction can be learnt: check the encoder and its input.")
    return TrainingRows(array, doses, member, neutral)


def checked_vectors(values: npt.ArrayLike) -> Float64:
    """`values` as finite float64 of shape (n, dim)."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or 0 in array.shape:
        raise DataError(f"Vectors need the shape (rows, dim), not {array.shape}.")
    if not np.isfinite(array).all():
        raise DataError("Vectors must be finite: leave out clips that could not be embedded.")
    return array


def checked_ranks(strengths: Float64) -> Float64:
    """`centred_ranks` of the strengths (…, n) of wet rows, which differ."""
    if (strengths.min(axis=-1) == strengths.max(axis=-1)).any():
        raise DataError("All wet rows have one strength, which has no direction: give at least two strengths.")
    return centred_ranks(strengths)


def is_still(differences: Float64, vectors: Float64) -> bool:
    """Whether differences of `vectors` are nothing but rounding."""
    return _largest(differences) <= ROUNDING * _largest(vectors)


def are_alike(vectors: Float64) -> bool:
    """Whether vectors (n, dim) differ from their mean by nothing but rounding."""
    mean, largest = vectors.mean(axis=0), _largest(vectors)
    return all(_largest(vectors[part] - mean) <= ROUNDING * largest for part in parts_of(vectors))


def _largest(values: Float64) -> float:
    """The largest absolute value, without a copy of all."""
    return float(max(values.max(), -values.min()))
