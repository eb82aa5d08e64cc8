"""The ways to adapt an encoder: what is trained, and what stays as it is.

In all of them a linear head reads one vector a clip, the mean over its frames and windows. Where the literature leaves
a number open, the default is ours and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from wetdry.adapt.checks import counted, positive
from wetdry.errors import DataError
from wetdry.registry import did_you_mean


@dataclass(frozen=True)
class Method:
    """What is trained besides the head.

    Attributes
    ----------
    rate
        Learning rate of what is trained within the network, unless settings give another; ours.
    layers
        Whether the head reads a weighted sum of all layers, each standardised, rather than the last layer.
    """

    name: ClassVar[str] = ""
    rate: ClassVar[float] = 1e-3
    layers: ClassVar[bool] = False

    def options(self) -> dict[str, Any]:
        """The fields, as JSON takes them."""
        return {name: list(each) if isinstance(each, tuple) else each for name, each in asdict(self).items()}

    def first(self, blocks: int) -> int:
        """Block from which on anything is trained, out of so many; `blocks` where nothing is, −1 for all there is."""
        return blocks


@dataclass(frozen=True)
class Frozen(Method):
    """Nothing: the last layer as it is. The baseline."""

    name: ClassVar[str] = "frozen"


@dataclass(frozen=True)
class WeightedSum(Method):
    """One weight a layer, positive and adding to 1, on layers that are standardised over the training clips."""

    name: ClassVar[str] = "weighted-sum"
    layers: ClassVar[bool] = True


@dataclass(frozen=True)
class _Blocks(Method):
    """A method that trains within blocks, from `first_block` on; a later one costs less, for what is below is kept."""

    first_block: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.first_block, int) or self.first_block < 0:
            raise DataError(f"The first block to train is {self.first_block!r}: give a whole number from 0 on.")

    def first(self, blocks: int) -> int:
        if self.first_block >= blocks:
            raise DataError(
                f"Block {self.first_block} cannot be trained, for the encoder has {blocks}, from 0 on: "
                f"give first_block up to {blocks - 1}."
            )
        return self.first_block


@dataclass(frozen=True)
class Lora(_Blocks):
    """Matrices of low rank beside linear modules (Hu et al. 2021), by peft; r, α and dropout as is usual, so ours.

    Attributes
    ----------
    r, alpha
        Rank; what is learnt is multiplied by `alpha / r`.
    dropout
        Of what goes into the low rank, in training.
    modules
        Names of linear modules within a block; the projections of queries and values if empty.
    """

    name: ClassVar[str] = "lora"
    rate: ClassVar[float] = 5e-4
    r: int = 8
    alpha: float = 16.0
    dropout: float = 0.1
    modules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        counted("rank", self.r)
        positive("alpha", self.alpha)
        if not 0.0 <= self.dropout < 1.0:
            raise DataError(f"A dropout of {self.dropout} is no share: give one from 0 up to, but not, 1.")
        modules = [self.modules] if isinstance(self.modules, str) else self.modules
        object.__setattr__(self, "modules", tuple(modules))


@dataclass(frozen=True)
class Bottleneck(_Blocks):
    """A narrow residual network behind the feed-forward part of each block (Houlsby et al. 2019); the width is ours.

    Its last matrix starts at zero, so that training starts from the encoder as it is.
    """

    name: ClassVar[str] = "bottleneck"
    rate: ClassVar[float] = 5e-4
    width: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        counted("width", self.width)


@dataclass(frozen=True)
class Gated(_Blocks):
    """Bottlenecks behind a gate each, and a weighted sum of all layers: training says where it is worth a change.

    A gate is one number in 0…1 by which a bottleneck's output is multiplied. It starts almost closed.

    Attributes
    ----------
    opening
        What every gate starts at; ours.
    """

    name: ClassVar[str] = "gated"
    rate: ClassVar[float] = 5e-4
    layers: ClassVar[bool] = True
    width: int = 64
    opening: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        counted("width", self.width)
        if not 0.0 < self.opening < 1.0:
            raise DataError(f"A gate cannot start at {self.opening}: give a number between 0 and 1.")


@dataclass(frozen=True)
class Full(_Blocks):
    """All that the blocks and the norm behind them consist of.

    Attributes
    ----------
    front_end
        Also what stands before the first block. Off, as when wav2vec 2.0 was fine-tuned, whose convolutions stayed.
    """

    name: ClassVar[str] = "full"
    rate: ClassVar[float] = 2e-5
    front_end: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.front_end and self.first_block:
            raise DataError(
                "What stands before block 0 is trained with all blocks or not at all: leave one of both out."
            )

    def first(self, blocks: int) -> int:
        return -1 if self.front_end else super().first(blocks)


METHODS: Mapping[str, type[Method]] = {each.name: each for each in (Frozen, WeightedSum, Lora, Bottleneck, Gated, Full)}


def method_called(name: str, options: Mapping[str, Any] | None = None) -> Method:
    """The method of that name with those fields, the others at their defaults.

    >>> method_called("lora", {"r": 4})
    Lora(first_block=0, r=4, alpha=16.0, dropout=0.1, modules=())
    """
    if name not in METHODS:
        raise DataError(f'Unknown method "{name}" of adaptation: {did_you_mean(name, METHODS)}')
    given = dict(options or {})
    known = [field.name for field in fields(METHODS[name])]
    for option in given:
        if option not in known:
            raise DataError(f'{name} has no "{option}": it takes {", ".join(known) or "nothing"}.')
    return METHODS[name](**given)
