"""Which positions of an Audio Spectrogram Transformer belong to the sound.

Its front end fills every window up to one length, with zeros in place of the decibels, and its network takes no
mask: a mean over all positions of a short window would mostly be one of the filling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

MODEL_TYPE = "audio-spectrogram-transformer"
SPECIAL = 2
"""Positions before those of patches: one for classes, one for distillation."""
CLOSE = 0.01
"""To the value of filled frames; the bands of a sounding frame are never all so near to it, nor those of silence."""


def patches_of_sound(config: Any, extractor: Any, batch: torch.Tensor) -> torch.Tensor:
    """True (window, position) for patches that begin within the sound of spectrograms (window, frame, band)."""
    import torch

    # The front end fills up before it takes the mean of its training away.
    filling = -extractor.mean / (2 * extractor.std) if extractor.do_normalize else 0.0
    sounding = ((batch - filling).abs() > CLOSE).any(dim=2)
    across = (batch.shape[1] - config.patch_size) // config.time_stride + 1
    down = (batch.shape[2] - config.patch_size) // config.frequency_stride + 1
    columns = sounding[:, : across * config.time_stride : config.time_stride]
    special = torch.zeros((len(batch), SPECIAL), dtype=torch.bool, device=batch.device)
    return torch.cat([special, columns.repeat(1, down)], dim=1)
