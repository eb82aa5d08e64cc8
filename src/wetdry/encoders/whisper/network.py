"""Running the encoder of Whisper, and of what has its structure, over windows shorter than 30 s."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from wetdry.encoders.whisper.features import STRIDE


def with_silence(spectrograms: torch.Tensor, positions: int) -> torch.Tensor:
    """Spectrograms (window, band, column) of the length that the original sees, the last column repeated."""
    missing = positions * STRIDE - spectrograms.shape[-1]
    if missing <= 0:
        return spectrograms[..., : positions * STRIDE]
    return torch.cat([spectrograms, spectrograms[..., -1:].expand(-1, -1, missing)], dim=-1)


def states(encoder: Any, spectrograms: torch.Tensor, frames: int) -> Iterator[torch.Tensor]:
    """What goes into each block, and what comes out of the last, before the final normalisation: (window, frame, dim).

    The convolutions see all columns; from there on the encoder sees the first `frames` frames and no others.
    Blocks are computed as they are asked for.
    """
    convolved = nn.functional.gelu(encoder.conv1(spectrograms))
    convolved = nn.functional.gelu(encoder.conv2(convolved))
    state = convolved.transpose(1, 2)[:, :frames] + encoder.embed_positions.weight[:frames]
    yield state
    for block in encoder.layers:
        output = block(state, None)
        # Some releases of transformers return the weights of the attention as well.
        state = output[0] if isinstance(output, tuple) else output
        yield state
