"""A learned sum of an encoder's layers with a linear head: its weights tell which layers know of emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Flags, Float64
from wetdry.errors import DataError
from wetdry.extras import require
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task
from wetdry.probes.validation import check_parts


@dataclass(frozen=True, eq=False)
class LayerSum:
    """Values that are linear in a weighted sum of standardised layers.

    Attributes
    ----------
    task
        The targets.
    weights
        Of the layers (layer,), positive and adding to 1. Every dimension of every layer is standardised first, so that
        a weight is not that of a layer's units, and counts no further than `scaling.FARTHEST` from its mean.
    head
        Coefficients (dim, target) of the sum, in standard deviations of the targets.
    constant
        Added (target,).
    scaling
        Of the layers, as rows of layer · dim numbers.
    answer_scaling
        Of the targets.
    penalty
        Of the head that did best on the validation rows.
    epochs
        After which it did.
    validation_r2
        What it reached there, mean over targets; it was chosen by it.
    """

    task: Task
    weights: Float64
    head: Float64
    constant: Float64
    scaling: Scaling
    answer_scaling: Scaling
    penalty: float
    epochs: int
    validation_r2: float

    @property
    def parameters(self) -> int:
        """Numbers that were learnt."""
        return self.weights.size + self.head.size + self.constant.size

    def estimate(self, stack: npt.ArrayLike) -> Float64:
        """Values (n, target) for the layers (n, layer, dim) of clips."""
        layers = checked_stack(stack)
        expected = (len(self.weights), len(self.head))
        if layers.shape[1:] != expected:
            raise DataError(
                f"Layers of shape {layers.shape[1:]} do not fit a sum of {expected[0]} layers of {expected[1]} "
                "dimensions: take the encoder that it was trained on."
            )
        rows = self.scaling.bounded(layers.reshape(len(layers), -1)).reshape(layers.shape)
        summed = np.einsum("l,nld->nd", self.weights, rows)
        return self.answer_scaling.undone(summed @ self.head + self.constant)


def fit_layer_sum(
    stack: npt.ArrayLike,
    answers: npt.ArrayLike,
    validation: npt.ArrayLike,
    *,
    names: Sequence[str],
    seed: int = 0,
) -> LayerSum:
    """Learn weights of layers, by a softmax, together with one linear head for all targets.

    Adam, on rows that are not for validation. The head is held small by a squared penalty; of several penalties, and of
    the epochs of each, that is taken which explains most of the validation rows. While it is learnt, the sum is brought
    to unit standard deviation again: a penalty would else be cheaper for a sum of one layer than for one of several.
    All layers begin with equal weights and the head with none, so that their order decides nothing.

    Parameters
    ----------
    stack
        Means over time of each layer, shape (n, layer, dim): 2 layers or more, all of one width.
    answers
        Shape (n, target), finite.
    validation
        Rows (n,) to stop and to choose by: whole groups, that the rest has nothing of.
    names
        Of the targets.
    seed
        Of the order of rows.
    """
    layers, held_out = checked_stack(stack), np.asarray(validation, dtype=bool)
    task = Task(tuple(map(str, names)), False)
    values = task.answers(answers)
    _check(layers, values, held_out)
    check_parts(task, values, held_out)
    flat = layers.reshape(len(layers), -1)
    scaling, answer_scaling = Scaling.of(flat[~held_out]), Scaling.of(values[~held_out])
    require("torch", "A learned sum of layers")
    from wetdry.probes.layer_sum_training import best_sum

    found = best_sum(scaling.bounded(flat).reshape(layers.shape), answer_scaling.applied(values), held_out, seed)
    return LayerSum(task, *found[:3], scaling, answer_scaling, *found[3:])


def checked_stack(given: npt.ArrayLike) -> Float64:
    """Layers (n, layer, dim) as finite float64."""
    try:
        layers = np.asarray(given, dtype=np.float64)
    except ValueError:
        raise DataError("Layers of unequal widths cannot be added up: give those of one width.") from None
    if layers.ndim != 3 or 0 in layers.shape or layers.shape[1] < 2:
        raise DataError(f"Layers of shape {layers.shape} cannot be summed: give (clip, layer, dim), 2 layers or more.")
    broken = int((~np.isfinite(layers).all(axis=(1, 2))).sum())
    if broken:
        raise DataError(f"{broken} of {len(layers)} clips have layers that are not finite: leave those clips out.")
    return layers


def _check(layers: Float64, values: Float64, held_out: Flags) -> None:
    if len(values) != len(layers) or held_out.shape != (len(layers),):
        raise DataError(
            f"{len(values)} labels and {held_out.size} marks of validation do not fit {len(layers)} clips: "
            "give one of each for every clip."
        )
