"""A CLAP with towers of a few channels; the front end and the size of the spectrogram are the published ones."""

from __future__ import annotations

import json
from pathlib import Path
from zlib import crc32

import numpy as np

NAMES = ["clap-music"]
DEPTHS, WIDTH, PROJECTED = (2, 2), 8, 24
GOLDEN = {"depths": (2, 2, 2, 2), "width": 16, "heads": (2, 4, 8, 16)}
"""Shape of the tower that golden/clap.npz is of."""
RATE = 48_000
FRONT_END = {
    "feature_extractor_type": "ClapFeatureExtractor",
    "feature_size": 64,
    "fft_window_size": 1024,
    "frequency_max": 14000,
    "frequency_min": 50,
    "hop_length": 480,
    "max_length_s": 10,
    "padding": "repeatpad",
    "padding_value": 0.0,
    "return_attention_mask": False,
    "sampling_rate": 48000,
    "top_db": None,
    "truncation": "rand_trunc",
}


def drawn(name, shape):
    """Random values of the parameter of that name, the same wherever they are drawn; scales as trained ones have."""
    rng = np.random.default_rng(crc32(name.encode()))
    values = rng.standard_normal(shape, dtype=np.float32)
    if name.endswith("running_mean"):
        return (-40.0 + 10.0 * values).astype(np.float32)
    if name.endswith("running_var"):
        return (400.0 * np.exp(0.2 * values)).astype(np.float32)
    if len(shape) < 2:
        return ((1.0 if name.endswith("weight") else 0.0) + 0.2 * values).astype(np.float32)
    return values * np.float32(np.prod(shape[1:]) ** -0.5)


def plucks():
    """Ten seconds at 48 kHz: plucked tones over noise that swells, with peaks above 1."""
    rng = np.random.default_rng(440)
    time = np.arange(10 * RATE) / RATE
    pitch = 220.0 * 2 ** (rng.integers(0, 24, 40)[(time // 0.25).astype(int)] / 12)
    plucked = np.sin(2 * np.pi * pitch * time) * np.exp(-8 * (time % 0.25))
    return (plucked + 0.3 * rng.standard_normal(time.size) * (time / 10) ** 2).astype(np.float32)


def network(depths=DEPTHS, width=WIDTH, projected=PROJECTED, heads=(2, 4), words=300):
    """Transformers' ClapModel, both towers small, its parameters drawn by their names."""
    import torch
    from transformers import ClapConfig, ClapModel

    config = ClapConfig(
        audio_config={
            "depths": list(depths),
            "num_attention_heads": list(heads),
            "patch_embeds_hidden_size": width,
            "hidden_size": width * 2 ** (len(depths) - 1),
        },
        text_config={
            "vocab_size": words,
            "hidden_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 100,
        },
        projection_dim=projected,
    )
    model = ClapModel(config).eval()
    state = model.state_dict()
    for name, tensor in state.items():
        if tensor.is_floating_point() and tensor.ndim:
            state[name] = torch.from_numpy(drawn(name, tuple(tensor.shape)))
    model.load_state_dict(state)
    return model


def write(model, folder: Path) -> Path:
    """The model, its front end and its tokenizer as a folder of the hub holds them."""
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(FRONT_END))
    tokenizer().save_pretrained(folder)
    return folder


def tokenizer():
    """RoBERTa's, every byte a token and a few pairs merged."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import RobertaTokenizer

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    merges = [("s", "a"), ("sa", "d"), ("Ġ", "m"), ("h", "a"), ("p", "p")]
    pieces = [*special, *sorted(ByteLevel.alphabet()), *(first + second for first, second in merges)]
    return RobertaTokenizer(vocab={piece: number for number, piece in enumerate(pieces)}, merges=merges)


def make(_name: str, folder: Path) -> Path:
    return write(network(), folder)
