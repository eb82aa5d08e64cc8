"""What one analysis looks at: a deformation in the unit of the study, for all clips and for those of each class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from wetdry.studies.deformations import Deformation, Floats
from wetdry.studies.sensitivity.config import Scale

ALL = "all"
"""The label of rows that speak of all clips together."""

LEAST_SPREAD = 1e-7
"""Share of the largest dry number below which a dimension's spread is the rounding of float32, and no unit."""


@dataclass(frozen=True, eq=False)
class Subject:
    """Clips of one class, or all, under one effect.

    Attributes
    ----------
    label
        The class, or `all`.
    dry, wet
        Vectors (clip, dim) and (clip, strength, dim), float64, in the unit of the study.
    strengths
        Shape (strength,).
    groups
        What each clip (clip,) is kept together with.
    """

    label: str
    dry: Floats
    wet: Floats
    strengths: Floats
    groups: npt.NDArray[np.str_]

    @cached_property
    def group_count(self) -> int:
        """How many groups there are."""
        return len(np.unique(self.groups))

    @property
    def facts(self) -> dict[str, str | int]:
        """Label and sizes, as columns of tables."""
        clips, strengths, dim = self.wet.shape
        return {"label": self.label, "clips": clips, "groups": self.group_count, "strengths": strengths, "dim": dim}

    def noise(self, seed: int) -> Floats:
        """Independent normal numbers of the shape of `wet`: what any method must find nothing in."""
        return np.random.default_rng(seed).standard_normal(self.wet.shape)


def subjects(found: Deformation, scale: Scale) -> Iterator[Subject]:
    """All clips together, then those of each class, in order of the classes."""
    unit = Unit.of(found.dry, scale)
    dry, wet = unit.scale(found.dry), unit.scale(found.wet)
    labels, groups = found.clips["label"].to_numpy(str), found.clips["group"].to_numpy(str)
    yield Subject(ALL, dry, wet, found.strengths, groups)
    classes = [label for label in np.unique(labels) if label]
    for label in classes if len(classes) > 1 else ():
        which = labels == label
        yield Subject(str(label), dry[which], wet[which], found.strengths, groups[which])


@dataclass(frozen=True, eq=False)
class Unit:
    """Origin and size of each dimension (dim,): vectors are measured from the mean of the dry ones.

    >>> unit = Unit.of([[0.0, 4.0], [2.0, 4.0]], "dry")
    >>> unit.scale([[3.0, 4.0]]).tolist()
    [[2.0, 0.0]]
    """

    origin: Floats
    size: Floats

    @classmethod
    def of(cls, dry: npt.ArrayLike, scale: Scale) -> Unit:
        """The dry spread of each dimension (`dry`), or one for all (`none`)."""
        before = np.asarray(dry, dtype=np.float64)
        origin = before.mean(axis=0)
        if scale == "none":
            return cls(origin, np.ones_like(origin))
        spread = before.std(axis=0)
        return cls(origin, np.where(spread > LEAST_SPREAD * np.abs(before).max(), spread, 1.0))

    def scale(self, vectors: npt.ArrayLike) -> Floats:
        """Vectors (…, dim) as float64 in this unit."""
        scaled: Floats = (np.asarray(vectors, dtype=np.float64) - self.origin) / self.size
        return scaled
