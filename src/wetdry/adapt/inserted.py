"""Small networks put behind the feed-forward part of blocks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from wetdry.adapt.chain import Chain
from wetdry.errors import DataError

FEED_FORWARD = ("feed_forward", "fc2", "output.dense")
"""Modules that give what the feed-forward part adds to the residual; the first of them that a block has."""


class Narrow(nn.Module):
    """`states + gate · up(relu(down(states)))`, without gate if there is none; the same as no network at first."""

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self.down = nn.Linear(dim, width)
        self.up = nn.Linear(width, dim)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, states: torch.Tensor, gate: torch.Tensor | float = 1.0) -> torch.Tensor:
        added: torch.Tensor = self.up(torch.relu(self.down(states)))
        return states + gate * added


class Inserted(nn.Module):
    """One network a block from `first` on, computed wherever the chain runs; gates (block,) in logits, or None."""

    def __init__(self, chain: Chain, first: int, dim: int, width: int, opening: float | None = None) -> None:
        super().__init__()
        blocks = chain.blocks[first:]
        self.networks = nn.ModuleList(Narrow(dim, width) for _ in blocks)
        self.gates: nn.Parameter | None = None
        if opening is not None:
            self.gates = nn.Parameter(torch.full((len(blocks),), math.log(opening / (1.0 - opening))))
        for place, block in enumerate(blocks):
            _feed_forward(chain, block).register_forward_hook(self._hook(place))

    def _hook(self, place: int) -> Callable[[nn.Module, Any, torch.Tensor], torch.Tensor]:
        def follow(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> torch.Tensor:
            gate = 1.0 if self.gates is None else torch.sigmoid(self.gates[place])
            adapted: torch.Tensor = self.networks[place](output, gate)
            return adapted

        return follow


def _feed_forward(chain: Chain, block: nn.Module) -> nn.Module:
    modules: dict[str, nn.Module] = dict(block.named_modules())
    for name in FEED_FORWARD:
        if name in modules:
            return modules[name]
    raise DataError(
        f"{type(chain.network).__name__} has no feed-forward part that is called {', '.join(FEED_FORWARD)}: "
        'choose another method, such as "lora".'
    )
