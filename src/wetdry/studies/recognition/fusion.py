"""A kernel probe on several blocks of features at once, each of which counts alike however many dimensions it has."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Float64
from wetdry.probes import Task
from wetdry.probes.family import Settings
from wetdry.probes.kernel import KernelProbe
from wetdry.probes.material import Material
from wetdry.probes.search import searched
from wetdry.probes.splits import dealt


class FusedProbe(KernelProbe):
    """`KernelProbe` whose standardised dimensions are divided by the square root of how many their block has.

    Parameters
    ----------
    penalty, bandwidth
        See `KernelProbe`.
    blocks
        Dimensions of each block, in order.
    """

    def __init__(self, penalty: float = 1.0, bandwidth: float = 1.0, blocks: tuple[int, ...] = ()) -> None:
        super().__init__(penalty, bandwidth)
        self.blocks = blocks

    def _learn(self, rows: Float64, answers: Float64) -> None:
        super()._learn(self._evened(rows), answers)

    def _outputs(self, rows: Float64) -> Float64:
        return super()._outputs(self._evened(rows))

    def _outputs_at(
        self, candidates: Sequence[Settings], task: Task, rows: Float64, answers: Float64, held: Float64
    ) -> Float64:
        return super()._outputs_at(candidates, task, self._evened(rows), answers, self._evened(held))

    def _evened(self, rows: Float64) -> Float64:
        evened: Float64 = rows / np.sqrt(np.repeat(self.blocks, self.blocks))
        return evened


class Fused(NamedTuple):
    """A fitted probe, its settings, and their cross-validated mean R² over targets."""

    probe: FusedProbe
    settings: dict[str, Any]
    score: float


def fit_fused(
    vectors: Float64,
    blocks: tuple[int, ...],
    answers: Float64,
    groups: npt.NDArray[np.str_],
    *,
    names: Sequence[str],
    folds: int,
    seed: int,
    search: str,
) -> Fused:
    """A probe of vectors (n, dim) of several blocks side by side, with answers (n, target).

    Settings are chosen as those of any probe: see `fit_probe`.
    """
    material = Material.of(vectors, answers, groups, names)
    model = FusedProbe(blocks=blocks)
    candidates = [dict(zip(model.GRID, values, strict=True)) for values in product(*model.GRID.values())]
    fold = dealt(material.task, material.answers, groups, folds, seed)
    chosen = searched(search, material, fold, candidates, model)
    settings = candidates[chosen.number]
    probe = FusedProbe(blocks=blocks, **settings).learn(material.vectors, material.task, material.answers)
    return Fused(probe, settings, chosen.score)
