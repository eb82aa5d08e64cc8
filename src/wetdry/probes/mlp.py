"""A small multilayer perceptron, fitted by scikit-learn and from then on nothing but its weights."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.family import counted, positive
from wetdry.probes.perceptron import Perceptron


class MlpProbe(Perceptron):
    """One or two hidden layers of rectified units, fitted by Adam.

    It trains for a fixed number of epochs: stopping early would need rows held out from which it does not learn, and
    those would have to be whole groups. Weight decay does the same and is chosen with the other settings.

    Parameters
    ----------
    penalty
        Weight decay, scikit-learn's `alpha`.
    hidden
        Units of each hidden layer.
    epochs
        Passes over the rows.
    learning_rate
        Of Adam.
    seed
        Of the weights to begin with, and of the order of rows.
    """

    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {"hidden": ((64,), (128, 32)), "penalty": (100.0, 10.0, 1.0, 0.1)}

    def __init__(
        self,
        penalty: float = 1.0,
        hidden: tuple[int, ...] = (64,),
        epochs: int = 40,
        learning_rate: float = 0.001,
        seed: int = 0,
    ) -> None:
        self.penalty = penalty
        self.hidden = hidden
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.seed = seed

    def _learn(self, rows: Float64, answers: Float64) -> None:
        # Half the memory traffic, and no digit that a network of this size could use.
        single = rows.astype(np.float32)
        kind = MLPClassifier if self.task_.classes else MLPRegressor
        network = kind(
            hidden_layer_sizes=self._layers(),
            alpha=positive("penalty", self.penalty),
            max_iter=counted("number of epochs", self.epochs),
            learning_rate_init=positive("learning rate", self.learning_rate),
            n_iter_no_change=counted("number of epochs", self.epochs),
            random_state=self.seed,
        )
        targets = answers.argmax(axis=1) if self.task_.classes else answers.astype(np.float32)
        with warnings.catch_warnings():
            # The number of epochs is a setting, not a bound that should not be reached.
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(single, targets if self.task_.classes or targets.shape[1] > 1 else targets[:, 0])
        self.weights_ = [each.astype(np.float64) for each in network.coefs_]
        self.constants_ = [each.astype(np.float64) for each in network.intercepts_]
        if self.task_.classes and len(self.task_.names) == 2:
            # Of two classes there is one output, the logit of the second against the first.
            halves = np.array([-0.5, 0.5])
            self.weights_[-1], self.constants_[-1] = self.weights_[-1] * halves, self.constants_[-1] * halves
