"""Cnn14, the network of PANNs and of Microsoft's CLAP 2022: six blocks of convolutions on a log-mel spectrogram.

Attributes have the names of the published checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from wetdry.encoders.log_mel_encoder import not_this
from wetdry.encoders.panns.cnn14 import Cnn14Shape

BLOCKS = range(1, 7)


class Block(nn.Module):
    """Two 3×3 convolutions with batch normalisation, then means of `pool` × `pool` cells."""

    def __init__(self, width_in: int, width_out: int, pool: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width_in, width_out, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(width_out, width_out, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width_out)
        self.bn2 = nn.BatchNorm2d(width_out)
        self._pool = pool

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        maps = functional.relu_(self.bn1(self.conv1(maps)))
        maps = functional.relu_(self.bn2(self.conv2(maps)))
        return functional.avg_pool2d(maps, self._pool) if self._pool > 1 else maps


class Cnn14(nn.Module):
    """Vectors of each layer for spectrograms (window, frame, band) in dB, of at least 32 frames."""

    def __init__(self, shape: Cnn14Shape) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(shape.bands)
        widths = (1, *shape.widths)
        for index in BLOCKS:
            pool = 1 if index == BLOCKS[-1] else 2
            self.add_module(f"conv_block{index}", Block(widths[index - 1], widths[index], pool))
        self.fc1 = nn.Linear(shape.widths[-1], shape.embedding)
        self.fc_audioset = nn.Linear(shape.embedding, shape.classes)

    def forward(self, spectrograms: torch.Tensor) -> dict[str, torch.Tensor]:
        # Batch normalisation wants the bands, each with statistics of its own, in the place of channels.
        maps = self.bn0(spectrograms.transpose(1, 2).unsqueeze(-1)).permute(0, 3, 2, 1)
        values = {}
        for index in BLOCKS:
            maps = self.get_submodule(f"conv_block{index}")(maps)
            values[f"block{index}"] = maps.mean(dim=(2, 3), dtype=torch.float32)
        frames = maps.mean(dim=3)
        values["embedding"] = functional.relu(self.fc1(frames.amax(dim=2) + frames.mean(dim=2)))
        values["logits"] = self.fc_audioset(values["embedding"])
        return values


def shape_of(tensors: Mapping[str, torch.Tensor], path: Path) -> Cnn14Shape:
    """Sizes of the Cnn14 in a checkpoint."""
    names = ["bn0.weight", *(f"conv_block{index}.conv1.weight" for index in BLOCKS), "fc1.weight", "fc_audioset.weight"]
    absent = [name for name in names if name not in tensors or not tensors[name].ndim]
    if absent:
        raise not_this(path, f"holds no Cnn14 ({absent[0]} is missing)")
    bands, *widths, embedding, classes = (len(tensors[name]) for name in names)
    return Cnn14Shape(bands, tuple(widths), embedding, classes)
