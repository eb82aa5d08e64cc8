"""How unlike the clips that a probe was trained on a new clip is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple, Self

import numpy as np

from wetdry.analysis.neighbourhood import Neighbourhood, neighbourhood
from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.probes.parts import LARGEST, Parts, Tensors
from wetdry.probes.scaling import Scaling


class Familiar(NamedTuple):
    """A Gaussian around the clips of all folds but one, standardised, and the rising distances (m,) of that one's."""

    scaling: Scaling
    around: Neighbourhood
    usual: Float64

    def nearer(self, vectors: Float64) -> Counts:
        """How many of the clips held out lie nearer to the others than each of the vectors (n, dim)."""
        return np.searchsorted(self.usual, self.around.distance(self.scaling.applied(vectors)))


@dataclass(frozen=True, eq=False)
class Novelty:
    """Ranks new clips among the training clips, each of which lies as far off as it did when it was held out.

    A clip held out and a new one are compared by the same Gaussian, which neither shaped. A single one around all
    training clips would lie nearer to new clips than the Gaussians of the folds did to theirs.

    The Gaussians are fitted when they are first asked for: of most probes, as those refitted to see what depends on the
    clips at hand, nobody asks what they know.

    References
    ----------
    Vovk (2015), Cross-conformal predictors.
    """

    known: Callable[[], tuple[Familiar, ...]]

    @cached_property
    def folds(self) -> tuple[Familiar, ...]:
        """What is known of the clips of each fold."""
        return self.known()

    @classmethod
    def of(cls, vectors: Float64, fold: Counts) -> Self:
        """From training vectors (n, dim), held out with their fold (n,)."""
        return cls(partial(_of_folds, vectors, fold))

    def share(self, vectors: Float64) -> Float64:
        """Share (n,) of the training clips that lie nearer to those of the other folds than vectors (n, dim) do."""
        nearer = np.sum([each.nearer(vectors) for each in self.folds], axis=0)
        return np.asarray(nearer / sum(len(each.usual) for each in self.folds))

    def tensors(self) -> Tensors:
        """All of it as arrays."""
        return {
            "novelty.mean": np.stack([each.scaling.mean for each in self.folds]),
            "novelty.factor": np.stack([each.scaling.factor for each in self.folds]),
            "novelty.axes": np.stack([each.around.axes for each in self.folds]),
            "novelty.variances": np.stack([each.around.variances for each in self.folds]),
            "novelty.rest": np.array([each.around.rest for each in self.folds]),
            "novelty.usual": np.concatenate([each.usual for each in self.folds]),
            "novelty.clips": np.array([len(each.usual) for each in self.folds], dtype=np.int32),
        }

    @classmethod
    def restored(cls, parts: Parts, dim: int, folds: int) -> Self:
        """What `tensors` gave, checked."""
        axes = parts.take("novelty.axes", (folds, None, dim))
        variances = parts.take("novelty.variances", axes.shape[:2])
        rest = parts.take("novelty.rest", (folds,))
        mean, factor = (parts.take(f"novelty.{name}", (folds, dim)) for name in ("mean", "factor"))
        clips, usual = parts.take("novelty.clips", (folds,), np.int32), parts.take("novelty.usual", (None,))
        for name, positive in (("variances", variances), ("rest", rest), ("factor", factor[factor != 0])):
            parts.check(f"novelty.{name}", bool((positive >= 1 / LARGEST).all()))
        parts.check("novelty.clips", bool((clips > 0).all()) and int(clips.sum(dtype=np.int64)) == len(usual))
        by_fold = np.split(usual, np.cumsum(clips)[:-1])
        parts.check("novelty.usual", all(each[0] >= 0 and (np.diff(each) >= 0).all() for each in by_fold))
        scalings = [Scaling(*each) for each in zip(mean, factor, strict=True)]
        gaussians = [
            Neighbourhood(np.zeros(dim), *each[:2], float(each[2])) for each in zip(axes, variances, rest, strict=True)
        ]
        found = tuple(Familiar(*each) for each in zip(scalings, gaussians, by_fold, strict=True))
        return cls(partial(tuple, found))


def _of_folds(vectors: Float64, fold: Counts) -> tuple[Familiar, ...]:
    return tuple(_familiar(vectors[fold != number], vectors[fold == number]) for number in np.unique(fold))


def _familiar(vectors: Float64, held_out: Float64) -> Familiar:
    scaling = Scaling.of(vectors)
    rows = scaling.applied(vectors)
    around = neighbourhood(np.zeros(rows.shape[1]), rows.T @ rows / len(rows))
    return Familiar(scaling, around, np.sort(around.distance(scaling.applied(held_out))))
