"""How an adaptation is trained, whichever the method."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from wetdry.adapt.checks import counted, positive, seeded
from wetdry.errors import DataError

PRECISIONS = ("fp32", "bf16", "fp16")


@dataclass(frozen=True)
class AdaptSettings:
    """All numbers here are ours.

    Attributes
    ----------
    epochs, patience
        Passes over the training clips at most, and without a better validation.
    batch
        Clips of a step, with all their windows.
    head_rate, body_rate
        Learning rates of AdamW for the head, and for what is trained within the network; the method's own if None.
        Gates and weights of layers learn ten times as fast as the head, or it has learnt all before they are weighed.
    weight_decay
        Of all but gates and weights of layers.
    warm_up
        Share of all steps over which rates rise from near zero; then they stay.
    class_weights
        Whether each class counts the same in the loss, however many clips it has.
    seed
        Of the weights to begin with, the order of clips, and dropout.
    keep_features
        Whether what lies below the first trained block is computed once a clip, rather than in each epoch. The result
        is the same to the last bit; on the disk it takes room (see `features.MEMORY`).
    device
        `cpu`, `cuda`, `cuda:1`, …; `auto` is a GPU if torch sees one, else the CPU.
    dtype
        `fp32`; on a GPU also `bf16` or `fp16` for what is trained. Validation and estimates are fp32 either way.
    """

    epochs: int = 20
    patience: int = 5
    batch: int = 8
    head_rate: float = 1e-3
    body_rate: float | None = None
    weight_decay: float = 0.01
    warm_up: float = 0.1
    class_weights: bool = False
    seed: int = 0
    keep_features: bool = True
    device: str = "auto"
    dtype: str = "fp32"

    def __post_init__(self) -> None:
        counted("number of epochs", self.epochs)
        counted("patience", self.patience)
        counted("batch", self.batch)
        seeded(self.seed)
        positive("learning rate of the head", self.head_rate)
        if self.body_rate is not None:
            positive("learning rate of the body", self.body_rate)
        if self.weight_decay:
            positive("weight decay", self.weight_decay)
        if not 0.0 <= self.warm_up <= 1.0:
            raise DataError(f"A warm-up over {self.warm_up} of all steps cannot be: give a share, 0 to 1.")
        if self.dtype not in PRECISIONS:
            raise DataError(f'Unknown precision "{self.dtype}" of an adaptation: known: {", ".join(PRECISIONS)}.')

    @property
    def decisive(self) -> dict[str, Any]:
        """All that the trained weights depend on, so neither the device nor what is kept."""
        return {name: value for name, value in asdict(self).items() if name not in ("device", "keep_features")}
