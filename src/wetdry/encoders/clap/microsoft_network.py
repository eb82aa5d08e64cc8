"""The audio tower of Microsoft's CLAP: a network that embeds sounds, and a projection into the space of captions."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class Projection(nn.Module):
    """Two linear maps, the second on a branch beside the first, then layer normalisation."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width_in, width_out, bias=False)
        self.linear2 = nn.Linear(width_out, width_out, bias=False)
        self.layer_norm = nn.LayerNorm(width_out)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        first = self.linear1(vectors)
        projected: torch.Tensor = self.layer_norm(first + self.linear2(functional.gelu(first)))
        return projected


class SoundTower(nn.Module):
    """Vectors of each layer of `base`, and the projection of its `embedding`."""

    def __init__(self, base: nn.Module, embedding: int, projected: int) -> None:
        super().__init__()
        self.base = base
        self.projection = Projection(embedding, projected)

    def forward(self, spectrograms: torch.Tensor) -> dict[str, torch.Tensor]:
        values: dict[str, torch.Tensor] = self.base(spectrograms)
        return {**values, "projection": self.projection(values["embedding"])}
