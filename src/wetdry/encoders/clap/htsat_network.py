"""HTSAT, the Swin transformer of Microsoft's CLAP 2023, built of transformers' layers and run block by block."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from wetdry.encoders.clap.checkpoint import AudioTower
from wetdry.encoders.clap.htsat import HtsatShape
from wetdry.encoders.log_mel_encoder import not_this
from wetdry.extras import require

if TYPE_CHECKING:
    from wetdry.encoders.weights.tensors import Tensors

IMAGE = 256
"""Side of the square into which four stretches of the spectrogram are stacked."""
RENAMED = {
    r"^bn0\.": "batch_norm.",
    r"\.norm1\.": ".layernorm_before.",
    r"\.norm2\.": ".layernorm_after.",
    r"\.attn\.proj\.": ".attention.output.dense.",
    r"\.attn\.": ".attention.self.",
    r"\.mlp\.fc1\.": ".intermediate.dense.",
    r"\.mlp\.fc2\.": ".output.dense.",
}
"""Names of parameters in the original → in transformers."""
UNUSED = re.compile(r"(tscam_conv|head)\.|.*\.attn_mask$")
"""The classifier of AudioSet, which the embedding does not pass through, and masks that are made anew."""


class Htsat(nn.Module):
    """Vectors of each layer for spectrograms (window, frame, band) in dB, of at most 1024 frames."""

    def __init__(self, shape: HtsatShape) -> None:
        super().__init__()
        transformers = require("transformers")
        config = transformers.ClapAudioConfig(
            depths=list(shape.tower.depths),
            num_attention_heads=list(shape.heads),
            patch_embeds_hidden_size=shape.tower.width,
            hidden_size=shape.embedding,
            num_mel_bins=shape.bands,
            spec_size=IMAGE,
        )
        self.encoder: Any = transformers.ClapAudioModel(config).audio_encoder

    def forward(self, spectrograms: torch.Tensor) -> dict[str, torch.Tensor]:
        encoder = self.encoder
        normalised = encoder.batch_norm(spectrograms.transpose(1, 2).unsqueeze(-1)).permute(0, 3, 2, 1)
        patches = encoder.patch_embed(encoder.reshape_mel2img(normalised))
        values: dict[str, torch.Tensor] = {}
        for stage, size in zip(encoder.layers, encoder.input_resolutions, strict=True):
            for block in stage.blocks:
                patches = block(patches, size)[0]
                values[f"block{len(values) + 1}"] = patches.float().mean(dim=1)
            if stage.downsample is not None:
                patches = stage.downsample(patches, size)
        values["embedding"] = encoder.norm(patches).mean(dim=1)
        return values


def renamed(tensors: Tensors) -> Tensors:
    """The original's tensors by the names that `Htsat` has for them; one matrix becomes three for attention."""
    result: Tensors = {}
    for original, tensor in tensors.items():
        if UNUSED.match(original):
            continue
        name = original
        for pattern, replacement in RENAMED.items():
            name = re.sub(pattern, replacement, name)
        if ".attention.self.qkv." in name:
            for part, rows in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                result[f"encoder.{name.replace('qkv', part)}"] = rows
        else:
            result[f"encoder.{name}"] = tensor
    return result


def shape_of(tensors: Mapping[str, torch.Tensor], path: Path) -> HtsatShape:
    """Sizes of the HTSAT in a checkpoint."""
    depths: list[int] = []
    heads: list[int] = []
    while (table := tensors.get(_table(len(depths), 0))) is not None:
        depth = 1
        while _table(len(depths), depth) in tensors:
            depth += 1
        depths.append(depth)
        heads.append(table.shape[-1])
    patches, bands = tensors.get("patch_embed.proj.weight"), tensors.get("bn0.weight")
    if not depths or patches is None or bands is None:
        raise not_this(path, "holds no HTSAT")
    return HtsatShape(AudioTower(tuple(depths), len(patches)), tuple(heads), len(bands))


def _table(stage: int, block: int) -> str:
    return f"layers.{stage}.blocks.{block}.attn.relative_position_bias_table"
