"""What a network on log-mel spectrograms is called, and how it is trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from wetdry.errors import DataError
from wetdry.probes.family import counted, positive

NETWORKS = ("cnn", "se-conv", "se-gru", "se-gru-attention")

BANDS, FRAMES = 128, 128
"""Of a chunk."""

PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True)
class NetworkSettings:
    """How a network is trained.

    Attributes
    ----------
    epochs, patience
        Passes over the training chunks at most, and without a better R² on the validation songs.
    batch
        Chunks of a step.
    learning_rate, weight_decay
        Of Adam.
    device
        `cpu`, `cuda`, `cuda:1`, …; `auto` is a GPU if torch sees one, else the CPU.
    dtype
        `fp32`, or `bf16` for the forward and backward passes of training in half the digits. Weights, validation and
        estimates are fp32 either way.
    """

    epochs: int = 50
    patience: int = 8
    batch: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    device: str = "auto"
    dtype: str = "fp32"

    def __post_init__(self) -> None:
        counted("number of epochs", self.epochs)
        counted("patience", self.patience)
        counted("batch", self.batch)
        positive("learning rate", self.learning_rate)
        if self.weight_decay:
            positive("weight decay", self.weight_decay)
        if self.dtype not in PRECISIONS:
            raise DataError(f'Unknown precision "{self.dtype}" of a network: known: {", ".join(PRECISIONS)}.')

    @property
    def decisive(self) -> dict[str, Any]:
        """All that the trained weights depend on, so not the device."""
        return {name: value for name, value in asdict(self).items() if name != "device"}


def check_name(name: str) -> str:
    """The name, if there is a network called so."""
    if name not in NETWORKS:
        raise DataError(f'Unknown network "{name}": known: {", ".join(NETWORKS)}.')
    return name
