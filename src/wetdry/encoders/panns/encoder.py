"""`panns-cnn14`: a convolutional network trained on AudioSet to tag sounds (Kong et al. 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.encoders.log_mel_encoder import FRAME, HOP, LogMelEncoder, given_checkpoint
from wetdry.encoders.mel import Mel
from wetdry.encoders.panns.cnn14 import Cnn14Shape
from wetdry.encoders.weights.fill import fill
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.tensors import Tensors

if TYPE_CHECKING:
    import torch

RATE = 32_000
SHORTEST = 31 * HOP
"""Samples that give 32 frames, of which five poolings by two leave one; the network gives nothing for fewer."""


class Panns(LogMelEncoder):
    """Cnn14 of PANNs on windows of any length."""

    mel = Mel(RATE, FRAME, HOP, bands=64, fmin=50.0, fmax=14_000.0)

    def __init__(self, name: str, where: str | None = None, device: str = "auto", dtype: str = "fp32") -> None:
        shape, revision = Cnn14Shape(), PUBLISHED[name].revision[:12]
        if where is not None:
            from wetdry.encoders.panns.network import shape_of

            path, revision, tensors = given_checkpoint(where, name)
            shape = shape_of(tensors, path)
        super().__init__(specification(name, revision, shape), name, where, device=device, dtype=dtype)

    def fill(self, windows: Samples) -> Samples:
        """Windows of at least 0.31 s: zeros follow shorter ones, as in training, where they filled up 10 s."""
        return np.pad(windows, ((0, 0), (0, max(0, SHORTEST - windows.shape[1]))))

    def select(self, tensors: Tensors, path: Path) -> Tensors:  # noqa: ARG002
        return tensors

    def build(self, tensors: Tensors, path: Path) -> torch.nn.Module:
        import torch

        from wetdry.encoders.panns.network import Cnn14, shape_of

        with torch.device("meta"):
            network = Cnn14(shape_of(tensors, path))
        fill(network, tensors, path, exactly=True)
        return network

    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> Mapping[str, torch.Tensor]:
        values: dict[str, torch.Tensor] = module(batch)
        if "audioset" in layers:
            values["audioset"] = values["logits"].sigmoid()
        return values


def specification(name: str, revision: str, shape: Cnn14Shape) -> EncoderSpec:
    return EncoderSpec(
        name=name,
        revision=revision,
        sample_rate=RATE,
        windows=Windows(10.0),
        layers=(
            *shape.layers,
            Layer("logits", shape.classes, "classes of AudioSet before the sigmoid, which hides shifts"),
            Layer("audioset", shape.classes, "probabilities of the classes of AudioSet, in its order"),
        ),
        default_layer="embedding",
        licence="CC-BY-4.0",
        about="Cnn14 of PANNs, trained on AudioSet to tag sounds; windows under 0.31 s are followed by zeros",
    )
