"""Qwen2-Audio without its language modelling head: audio tower, projector and, if asked for, decoder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import Qwen2AudioEncoder, Qwen2Model

from wetdry.encoders.weights.configuration import described_by
from wetdry.encoders.weights.fill import fill
from wetdry.encoders.weights.tensors import Tensors
from wetdry.encoders.whisper.features import STRIDE
from wetdry.encoders.whisper.network import states

PARTS = {"tower": "audio_tower.", "projector": "multi_modal_projector.linear.", "decoder": "language_model.model."}
"""What names of the parameters of each part begin with in the published files."""


class Qwen2Audio(nn.Module):
    """The parts of the model, to be run over the real frames of windows of one length."""

    def __init__(self, config: Any, *, with_decoder: bool) -> None:
        super().__init__()
        self.tower: Any = Qwen2AudioEncoder(config.audio_config)
        self.projector = nn.Linear(config.audio_config.d_model, config.text_config.hidden_size)
        self.decoder: Any = Qwen2Model(config.text_config) if with_decoder else None
        self.begin_token = config.audio_token_index + 1
        """`<|audio_bos|>`, which follows `<|AUDIO|>` in the vocabulary."""

    def forward(self, spectrograms: torch.Tensor, frames: int, layers: Collection[str]) -> Mapping[str, torch.Tensor]:
        """Vectors (window, dim) of the named layers, means over time; no more is computed than they need.

        The model attends to no frame of the padding. Leaving those frames out is therefore the same, and quicker.
        """
        vectors = {}
        seen = spectrograms[..., : STRIDE * self.tower.config.max_source_positions]
        for index, state in enumerate(states(self.tower, seen, frames)):
            if f"tower{index}" in layers:
                vectors[f"tower{index}"] = mean(state)
            if len(vectors) == len(layers):
                return vectors
        # An odd frame at the end falls away.
        pooled = nn.functional.avg_pool1d(state.transpose(1, 2), 2).transpose(1, 2)
        pooled = self.tower.layer_norm(pooled)
        projected = self.projector(pooled)
        vectors |= {"tower": mean(pooled), "projected": mean(projected)}
        if "decoder" in layers:
            vectors["decoder"] = mean(self._decoded(projected))
        return vectors

    def _decoded(self, projected: torch.Tensor) -> torch.Tensor:
        """Last hidden states of the audio tokens behind `<|audio_bos|>`; what came after them could not change them."""
        begin = torch.full((len(projected), 1), self.begin_token, device=projected.device)
        prompt = torch.cat([self.decoder.embed_tokens(begin), projected], dim=1)
        decoded: torch.Tensor = self.decoder(inputs_embeds=prompt, use_cache=False).last_hidden_state
        return decoded[:, 1:]


def mean(states: torch.Tensor) -> torch.Tensor:
    """Mean over time of (window, time, dim), in float32 whatever the precision of the network."""
    return states.float().mean(dim=1)


def build(config: Any, tensors: Tensors, path: Path, dtype: torch.dtype, *, with_decoder: bool) -> Qwen2Audio:
    """The network with its parameters in `dtype`; they are never held in another precision, nor twice."""
    with described_by(path.with_name("config.json"), "Qwen2-Audio"), torch.device("meta"):
        network = Qwen2Audio(config, with_decoder=with_decoder)
    for part, prefix in PARTS.items():
        module = getattr(network, part)
        if module is not None:
            fill(
                module,
                {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)},
                path,
                dtype=dtype,
            )
    if with_decoder:
        # Its frequencies are computed, not stored, and stay in float32.
        network.decoder.rotary_emb = type(network.decoder.rotary_emb)(config.text_config)
    return network
