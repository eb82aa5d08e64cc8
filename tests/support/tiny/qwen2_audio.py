"""Qwen2-Audio with a tower of two blocks that takes 4 s and a decoder of two, as its publisher stores it."""

from __future__ import annotations

import json
from pathlib import Path

from drawn import draw

NAMES = ("qwen2-audio", "qwen2-audio-tower")
POSITIONS = 200
SECONDS = 4
AUDIO_TOKEN = 40
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def network():
    """Transformers' whole model."""
    from transformers import Qwen2AudioConfig, Qwen2AudioForConditionalGeneration

    config = Qwen2AudioConfig(
        audio_config={
            "d_model": 24,
            "encoder_layers": 2,
            "encoder_attention_heads": 3,
            "encoder_ffn_dim": 40,
            "num_mel_bins": 16,
            "max_source_positions": POSITIONS,
        },
        text_config={
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "vocab_size": 50,
            "max_position_embeddings": 256,
            "rope_parameters": {"rope_type": "default", "rope_theta": 300.0},
        },
        audio_token_index=AUDIO_TOKEN,
    )
    return draw(Qwen2AudioForConditionalGeneration(config)).eval()


PUBLISHED_NAMES = {
    "model.audio_tower.": "audio_tower.",
    "model.multi_modal_projector.": "multi_modal_projector.",
    "model.language_model.": "language_model.model.",
    "lm_head.": "language_model.lm_head.",
}
"""What transformers calls the parts → what the publisher's files call them."""


def published(name):
    ours = next(prefix for prefix in PUBLISHED_NAMES if name.startswith(prefix))
    return PUBLISHED_NAMES[ours] + name.removeprefix(ours)


def make(name: str, folder: Path) -> Path:  # noqa: ARG001 - one network for both names
    """Write config and parameters to `folder`, in two files and an index."""
    from safetensors.torch import save_file

    model = network()
    model.config.save_pretrained(folder)
    tensors = {published(name): tensor.contiguous() for name, tensor in model.state_dict().items()}
    weight_map = {name: SHARDS["lm_head" in name or ".mlp." in name] for name in tensors}
    for shard in SHARDS:
        held = {name: tensor for name, tensor in tensors.items() if weight_map[name] == shard}
        save_file(held, folder / shard, metadata={"format": "pt"})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return folder
