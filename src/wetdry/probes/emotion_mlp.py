"""The perceptron of music emotion: two hidden layers with dropout, one network for all targets, trained by torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.extras import require
from wetdry.probes.family import Settings, counted, positive
from wetdry.probes.perceptron import Perceptron, forward
from wetdry.probes.task import Task

NEEDED_BY = "The probe emotion-mlp"


class EmotionMlpProbe(Perceptron):
    """dim → 512 → 128 → outputs, rectified, with dropout, by Adam on small batches; what is kept are its weights.

    All targets share one network, their squared errors added up in standard deviations of each; classes have the
    cross-entropy. It trains for a fixed number of epochs, which is a setting: where others stop early on rows held out
    of the training part, here the folds that choose all settings choose it too. The epochs to choose from are points of
    one run, so that trying three costs no more than the longest.

    Of the published network it is told apart by the number of epochs, by standardised inputs, and by targets that are
    standardised rather than brought to 0 … 1, which leaves the loss the same up to a factor a target.

    Parameters
    ----------
    epochs
        Passes over the rows.
    penalty
        Weight decay, decoupled from the gradient: times the learning rate, the share that each step takes off a weight.
    hidden
        Units of each hidden layer.
    dropout
        Share of hidden units left out in each training step.
    batch
        Rows of a training step, at most.
    learning_rate
        Of Adam.
    seed
        Of the weights to begin with, of the order of rows and of dropout.
    """

    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {"epochs": (10, 30, 100), "penalty": (10.0, 0.1)}

    def __init__(
        self,
        epochs: int = 30,
        penalty: float = 0.1,
        hidden: tuple[int, ...] = (512, 128),
        dropout: float = 0.3,
        batch: int = 32,
        learning_rate: float = 0.001,
        seed: int = 0,
    ) -> None:
        self.epochs = epochs
        self.penalty = penalty
        self.hidden = hidden
        self.dropout = dropout
        self.batch = batch
        self.learning_rate = learning_rate
        self.seed = seed

    def check(self, task: Task) -> None:
        super().check(task)
        require("torch", NEEDED_BY)

    def _learn(self, rows: Float64, answers: Float64) -> None:
        ((self.weights_, self.constants_),) = self._trained(rows, answers, self.task_, [self._length()])

    def _outputs_at(
        self, candidates: Sequence[Settings], task: Task, rows: Float64, answers: Float64, held: Float64
    ) -> Float64:
        wanted = [clone(self).set_params(**each) for each in candidates]
        # The first epochs of a long run are those of a short one.
        runs: dict[tuple[object, ...], list[EmotionMlpProbe]] = {}
        for model in wanted:
            runs.setdefault(model._alike(), []).append(model)
        found: dict[tuple[tuple[object, ...], int], Float64] = {}
        for alike, models in runs.items():
            lengths = sorted({model._length() for model in models})
            for length, layers in zip(lengths, models[0]._trained(rows, answers, task, lengths), strict=True):
                found[alike, length] = forward(held, *layers)
        return np.stack([found[model._alike(), model._length()] for model in wanted])

    def _trained(
        self, rows: Float64, answers: Float64, task: Task, lengths: Sequence[int]
    ) -> list[tuple[list[Float64], list[Float64]]]:
        """Weights and constants of the layers after each number of epochs, in rising order."""
        require("torch", NEEDED_BY)
        from wetdry.probes.perceptron_training import Recipe, trained

        recipe = Recipe(
            sizes=(rows.shape[1], *self._layers(), answers.shape[1]),
            classes=task.classes,
            penalty=_from_nought("penalty", self.penalty),
            dropout=_from_nought("dropout", self.dropout, below=1.0),
            batch=counted("batch", self.batch),
            learning_rate=positive("learning rate", self.learning_rate),
            seed=self.seed,
        )
        return list(trained(rows, answers, recipe, lengths))

    def _length(self) -> int:
        return counted("number of epochs", self.epochs)

    def _alike(self) -> tuple[object, ...]:
        """What models have in common whose shorter runs are the beginning of the longer ones."""
        return tuple(value for name, value in sorted(self.get_params().items()) if name != "epochs")


def _from_nought(name: str, value: object, below: float = np.inf) -> float:
    """A setting that may be 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value < below:
        span = "from 0 on" if below == np.inf else f"from 0 to below {below:g}"
        raise DataError(f"A {name} of {value!r} is no setting of a probe: give a number {span}.")
    return float(value)
