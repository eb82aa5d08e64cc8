"""A trained network as a model of a probe: its weights as plain arrays, run by torch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Float64, blocks
from wetdry.errors import DataError
from wetdry.extras import require
from wetdry.probes.family import Regressor
from wetdry.probes.networks.settings import BANDS, FRAMES, NetworkSettings
from wetdry.probes.parts import Parts, Tensors, unfit
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task

if TYPE_CHECKING:
    import torch

    from wetdry.probes.networks.architectures import Network

Float32 = npt.NDArray[np.float32]
Weights = Mapping[str, Float32]

WIDEST = 32 * BANDS * FRAMES
"""Numbers that one chunk is on its way, about: the maps of the first convolution and what they are normed to."""


class NetworkFamily(Regressor):
    """One of the four networks, trained by `train_network`. Vectors are chunks, flattened band by band.

    Parameters
    ----------
    epochs, patience, batch, learning_rate, weight_decay, dtype
        As in `NetworkSettings`: how it was trained.
    """

    GRID: ClassVar[Mapping[str, tuple[Any, ...]]] = {}

    def __init__(
        self,
        epochs: int = NetworkSettings.epochs,
        patience: int = NetworkSettings.patience,
        batch: int = NetworkSettings.batch,
        learning_rate: float = NetworkSettings.learning_rate,
        weight_decay: float = NetworkSettings.weight_decay,
        dtype: str = NetworkSettings.dtype,
    ) -> None:
        self.epochs = epochs
        self.patience = patience
        self.batch = batch
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dtype = dtype

    @classmethod
    def of(
        cls, settings: NetworkSettings, task: Task, chunk_scaling: Scaling, answers: Scaling, weights: Weights
    ) -> Self:
        """The model of a trained network.

        Parameters
        ----------
        settings, task
            How it was trained, and on what.
        chunk_scaling
            Of all numbers of a chunk alike, so of length 1.
        answers
            Scaling of the targets.
        weights
            As torch names and shapes them.
        """
        model = cls(**settings.decisive)
        model.task_ = task
        model.scaling_ = Scaling(
            *(np.repeat(each, BANDS * FRAMES) for each in (chunk_scaling.mean, chunk_scaling.factor))
        )
        model.answer_scaling_ = answers
        model.weights_ = dict(weights)
        return model

    @property
    def parameters(self) -> int:
        return sum(each.size for name, each in self.weights_.items() if "running" not in name)

    @property
    def summary_dim(self) -> int:
        return 2 * BANDS

    def summary(self, vectors: Float64) -> Float64:
        """Mean and standard deviation over time (n, 256) of each band, in which no digit was learnt."""
        chunks = vectors.reshape(-1, BANDS, FRAMES)
        return np.concatenate([chunks.mean(axis=2), chunks.std(axis=2)], axis=1)

    def attention(self, vectors: Float64) -> Float64 | None:
        """Weights (n, 16) over time of chunks (n, 16384), adding to 1; None of a network without attention."""
        parts = [
            self.network.attention(_chunks(self.scaling_.applied(vectors[part])))
            for part in blocks(len(vectors), self._width())
        ]
        return None if parts[0] is None else np.concatenate([_numbers(each) for each in parts if each is not None])

    @cached_property
    def network(self) -> Network:
        """The network with its weights, for estimates."""
        network = _built(self.KIND, len(self.task_.names))
        fill(network, self.weights_)
        return network.eval().requires_grad_(False)

    def _learn(self, rows: Float64, answers: Float64) -> None:  # noqa: ARG002
        raise DataError(
            f'A network such as "{self.KIND}" learns from chunks of songs and stops early by songs held out: '
            "train it by the recognition study, or take another family."
        )

    def _outputs(self, rows: Float64) -> Float64:
        return _numbers(self.network(_chunks(rows)))

    def _tensors(self) -> Tensors:
        return {f"network.{name}": each.astype(np.float64) for name, each in self.weights_.items()}

    def _restore(self, parts: Parts) -> None:
        if self.dim != BANDS * FRAMES:
            raise unfit(f"is a network on {self.dim} numbers, not on chunks of {BANDS} × {FRAMES}")
        own = _built(self.KIND, len(self.task_.names)).state_dict()
        found = {name: parts.take(f"network.{name}", tuple(each.shape)) for name, each in own.items()}
        for name, each in found.items():
            parts.check(f"network.{name}", not name.endswith("running_var") or bool((each >= 0).all()))
        self.weights_ = {name: each.astype(np.float32) for name, each in found.items()}

    def _width(self) -> int:
        return WIDEST


class CnnFamily(NetworkFamily):
    """Convolutions and a dense layer."""

    KIND = "cnn"


class TemporalFamily(NetworkFamily):
    """Excited convolutions, then one over time × frequency."""

    KIND = "se-conv"


class RecurrentFamily(NetworkFamily):
    """Excited convolutions, then a recurrence over time."""

    KIND = "se-gru"


class AttentiveFamily(NetworkFamily):
    """Excited convolutions, then the attended mean of a recurrence over time."""

    KIND = "se-gru-attention"


FAMILIES: dict[str, type[NetworkFamily]] = {
    each.KIND: each for each in (CnnFamily, TemporalFamily, RecurrentFamily, AttentiveFamily)
}


def fill(network: Network, weights: Weights) -> None:
    """Give a network the weights, which have the names and shapes of its own."""
    import torch

    own = network.state_dict()
    for name, tensor in own.items():
        tensor.copy_(torch.from_numpy(np.array(weights[name])))


def _built(name: str, targets: int) -> Network:
    require("torch", needed_by=f'The "{name}" network')
    from wetdry.probes.networks.architectures import started

    return started(name, targets, seed=0)


def _chunks(rows: Float64) -> torch.Tensor:
    import torch

    return torch.from_numpy(rows.astype(np.float32)).reshape(-1, BANDS, FRAMES)


def _numbers(outputs: torch.Tensor) -> Float64:
    numbers: Float64 = outputs.numpy().astype(np.float64)
    return numbers
