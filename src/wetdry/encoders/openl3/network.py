"""The audio network of OpenL3 in torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from wetdry.encoders.openl3.keras_file import AudioWeights, Convolution


class AudioNetwork(nn.Module):
    """Four blocks of two convolutions each, then the maximum over a coarse grid of frequency and time.

    Parameters
    ----------
    weights
        Parameters, with normalisations multiplied into the convolutions.
    grid
        Cells of the embedding in frequency and time; its size is that of the last block times their number.
    """

    scale: torch.Tensor
    shift: torch.Tensor

    def __init__(self, weights: AudioWeights, grid: tuple[int, int]) -> None:
        super().__init__()
        # Apart from the first convolution, which surrounds the normalised spectrogram with zeros.
        self.register_buffer("scale", torch.tensor(weights.factor))
        self.register_buffer("shift", torch.tensor(weights.offset))
        self.convolutions = nn.ModuleList(_conv2d(convolution) for convolution in weights.convolutions)
        self.grid = grid

    def forward(self, spectrogram: torch.Tensor, layers: Sequence[str]) -> dict[str, torch.Tensor]:
        """Vectors (window, dim) of each named layer for spectrograms (window, band, frame) in dB."""
        outputs: dict[str, torch.Tensor] = {}
        values = (spectrogram * self.scale + self.shift).unsqueeze(1)
        blocks = list(zip(self.convolutions[::2], self.convolutions[1::2], strict=True))
        for number, (first, second) in enumerate(blocks, start=1):
            values = second(functional.relu(first(values), inplace=True))
            if number < len(blocks):
                # The original pools after the rectifier; the same numbers, and a quarter of them to rectify.
                values = functional.relu(functional.max_pool2d(values, 2), inplace=True)
            if f"block{number}" in layers:
                outputs[f"block{number}"] = values.mean(dim=(2, 3), dtype=torch.float32)
            if len(outputs) == len(layers):
                return outputs
        cells = functional.adaptive_max_pool2d(values, self.grid)
        # Keras flattens with the channels innermost.
        outputs["embedding"] = cells.permute(0, 2, 3, 1).flatten(start_dim=1)
        return outputs


def _conv2d(weights: Convolution) -> nn.Conv2d:
    channels_out, channels_in, *size = weights.kernel.shape
    convolution = nn.Conv2d(channels_in, channels_out, kernel_size=(size[0], size[1]), padding="same")
    convolution.weight = nn.Parameter(torch.from_numpy(np.ascontiguousarray(weights.kernel)))
    convolution.bias = nn.Parameter(torch.from_numpy(weights.bias))
    return convolution
