"""Checkpoints of Cnn14 and HTSAT with their publishers' names, and random parameters that their names determine.

The scripts that run the originals and the tests draw the same parameters and hear the same signal.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

FRAME, BANDS = 1024, 64
WINDOW = "spectrogram_extractor.stft.conv_{}.weight"
FILTERS = "logmel_extractor.melW"
NARROW = (4, 6, 8, 12, 16, 24)
"""Widths of the blocks of a small Cnn14."""


def signal(samples, rate):
    """A gliding tone with overtones, in syllables from loud to soft, over faint noise: mono, float32."""
    time = np.arange(samples) / rate
    glide = 2 * np.pi * np.cumsum(150 + 60 * np.sin(2 * np.pi * 0.9 * time)) / rate
    voice = sum(np.sin(k * glide) / k for k in range(1, 30)) * np.exp(-0.4 * time)
    noise = np.random.default_rng(14).standard_normal(samples)
    return (0.2 * voice * np.sin(np.pi * 2.3 * time) ** 2 + 0.003 * noise).astype(np.float32)


def drawn(shapes):
    """Name → float32 array for name → shape: gains that keep activations alive, and plausible statistics."""
    return {name: _drawn(name, shape) for name, shape in shapes.items()}


def _drawn(name, shape):
    rng = np.random.default_rng(crc32(name.encode()))
    owner, _, kind = name.rpartition(".")
    normal = rng.standard_normal(shape)
    if kind == "num_batches_tracked":
        return np.array(1000)
    if kind == "running_mean":
        values = -40 + 5 * normal if owner.endswith("bn0") else 0.1 * normal
    elif kind == "running_var":
        values = (200 if owner.endswith("bn0") else 1) * np.exp(0.3 * normal)
    elif kind == "relative_position_bias_table":
        values = 0.5 * normal
    elif kind == "bias":
        values = 0.2 * normal
    elif len(shape) == 1:
        values = 1 + 0.2 * normal
    else:
        values = normal * np.sqrt(2 / np.prod(shape[1:]))
    return values.astype(np.float32)


def front_end(rate, fmax, fmin=50):
    """The analysis window times cosines and sines, and the mel filters, as torchlibrosa stores them."""
    import librosa
    from scipy.signal import get_window

    angle = 2 * np.pi * np.outer(np.arange(FRAME // 2 + 1), np.arange(FRAME)) / FRAME
    window = get_window("hann", FRAME)
    parts = {"real": np.cos(angle) * window, "imag": -np.sin(angle) * window}
    stored = {WINDOW.format(part): values[:, np.newaxis].astype(np.float32) for part, values in parts.items()}
    return {**stored, FILTERS: librosa.filters.mel(sr=rate, n_fft=FRAME, n_mels=BANDS, fmin=fmin, fmax=fmax).T}


def _batch_norm(width):
    return {"weight": width, "bias": width, "running_mean": width, "running_var": width}


def _under(prefix, shapes):
    return {prefix + name: shape for name, shape in shapes.items()}


def _norm2d(name, width):
    return _under(f"{name}.", {**{key: (n,) for key, n in _batch_norm(width).items()}, "num_batches_tracked": ()})


def _linear(name, width_in, width_out):
    return {f"{name}.weight": (width_out, width_in), f"{name}.bias": (width_out,)}


def _norm(name, width):
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def cnn14(widths=(64, 128, 256, 512, 1024, 2048), embedding=2048, classes=527):
    """Name → shape of the parameters of a Cnn14, without its front end."""
    shapes = _norm2d("bn0", BANDS)
    for index, (width_in, width_out) in enumerate(zip((1, *widths), widths, strict=False), start=1):
        block = f"conv_block{index}"
        shapes |= {
            f"{block}.conv1.weight": (width_out, width_in, 3, 3),
            f"{block}.conv2.weight": (width_out, width_out, 3, 3),
            **_norm2d(f"{block}.bn1", width_out),
            **_norm2d(f"{block}.bn2", width_out),
        }
    return {**shapes, **_linear("fc1", widths[-1], embedding), **_linear("fc_audioset", embedding, classes)}


def htsat(width=96, depths=(2, 2, 6, 2), heads=(4, 8, 16, 32), classes=527):
    """Name → shape of the parameters of an HTSAT, without its front end and the tables that it stores."""
    shapes = {
        **_norm2d("bn0", BANDS),
        "patch_embed.proj.weight": (width, 1, 4, 4),
        "patch_embed.proj.bias": (width,),
        **_norm("patch_embed.norm", width),
    }
    for stage, (depth, count) in enumerate(zip(depths, heads, strict=True)):
        dim = width * 2**stage
        for number in range(depth):
            block = {
                **_norm("norm1", dim),
                "attn.relative_position_bias_table": (15 * 15, count),
                **_linear("attn.qkv", dim, 3 * dim),
                **_linear("attn.proj", dim, dim),
                **_norm("norm2", dim),
                **_linear("mlp.fc1", dim, 4 * dim),
                **_linear("mlp.fc2", 4 * dim, dim),
            }
            shapes |= _under(f"layers.{stage}.blocks.{number}.", block)
        if stage < len(depths) - 1:
            merging = {"reduction.weight": (2 * dim, 4 * dim), **_norm("norm", 4 * dim)}
            shapes |= _under(f"layers.{stage}.downsample.", merging)
    last = width * 2 ** (len(depths) - 1)
    return {
        **shapes,
        **_norm("norm", last),
        "tscam_conv.weight": (classes, last, 2, 3),
        "tscam_conv.bias": (classes,),
        **_linear("head", classes, classes),
    }


def htsat_tables(depths):
    """The tables that an HTSAT stores beside its parameters: which pair of cells of a window lies how far apart."""
    row, column = np.divmod(np.arange(64), 8)
    apart = (row[:, None] - row + 7) * 15 + column[:, None] - column + 7
    names = [f"layers.{stage}.blocks.{number}" for stage, depth in enumerate(depths) for number in range(depth)]
    return {f"{name}.attn.relative_position_index": apart for name in names}


def projection(width_in, width_out=1024):
    """Name → shape of the parameters that lead from an embedding into the space shared with text."""
    return {
        "linear1.weight": (width_out, width_in),
        "linear2.weight": (width_out, width_out),
        **_norm("layer_norm", width_out),
    }


def audio_tower(shapes, embedding, under="", width_out=1024):
    """Name → shape in a checkpoint of Microsoft's CLAP, for a network whose own shapes those are."""
    return {
        **_under(f"audio_encoder.base.{under}", shapes),
        **_under("audio_encoder.projection.", projection(embedding, width_out)),
    }


def save(path, arrays):
    """Write a checkpoint as the publishers do: parameters under `model`, saved by torch."""
    import torch

    torch.save({"model": {name: torch.from_numpy(np.array(values)) for name, values in arrays.items()}}, path)
    return path
