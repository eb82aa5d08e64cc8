"""The encoder's shape and parameters in a checkpoint of Whisper: a folder of hub files, or CTranslate2's model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from wetdry.encoders.weights.configuration import MOST, read_config
from wetdry.encoders.weights.tensors import Tensors, parameters_file, read_tensors
from wetdry.encoders.whisper.ctranslate2_file import QUANTISED, Contents, read_contents
from wetdry.errors import EncoderError

MODEL_BIN = "model.bin"
SIZES = (
    "d_model",
    "encoder_layers",
    "encoder_attention_heads",
    "encoder_ffn_dim",
    "num_mel_bins",
    "max_source_positions",
)
"""What config.json calls the fields of `Shape`."""
HEAD_WIDTH = 64
"""Width of an attention head in every published size."""
PREFIXES = ("model.encoder.", "encoder.")
"""What names of the encoder's parameters begin with, in the whole model and in the model without its head."""

OUTER = {
    "conv1.weight": "conv1/weight",
    "conv1.bias": "conv1/bias",
    "conv2.weight": "conv2/weight",
    "conv2.bias": "conv2/bias",
    "embed_positions.weight": "position_encodings/encodings",
    "layer_norm.weight": "layer_norm/gamma",
    "layer_norm.bias": "layer_norm/beta",
}
"""Names outside the blocks → CTranslate2's."""
INNER = {
    "self_attn_layer_norm.weight": "self_attention/layer_norm/gamma",
    "self_attn_layer_norm.bias": "self_attention/layer_norm/beta",
    "self_attn.out_proj.weight": "self_attention/linear_1/weight",
    "self_attn.out_proj.bias": "self_attention/linear_1/bias",
    "final_layer_norm.weight": "ffn/layer_norm/gamma",
    "final_layer_norm.bias": "ffn/layer_norm/beta",
    "fc1.weight": "ffn/linear_0/weight",
    "fc1.bias": "ffn/linear_0/bias",
    "fc2.weight": "ffn/linear_1/weight",
    "fc2.bias": "ffn/linear_1/bias",
}
"""Names in a block → CTranslate2's."""
FUSED = "self_attention/linear_0"
"""Queries, keys and values in one matrix."""


@dataclass(frozen=True)
class Shape:
    """The sizes that tell one encoder of Whisper from another."""

    width: int
    blocks: int
    heads: int
    inner: int
    """Width within the feed-forward part of a block."""
    bands: int = 80
    positions: int = 1500
    """Frames of 20 ms that it takes."""


def model_bin(path: Path) -> Path | None:
    """CTranslate2's file, where `path` is that file or a folder with it."""
    if path.is_dir():
        return path / MODEL_BIN if (path / MODEL_BIN).is_file() else None
    if path.name != MODEL_BIN:
        raise EncoderError(
            f"{path}: is neither a folder of hub files nor CTranslate2's {MODEL_BIN}; give one of these."
        )
    return path


def read_shape(path: Path) -> Shape:
    """The encoder's shape, by `config.json` or by the shapes in CTranslate2's file; no parameter is read."""
    file = model_bin(path)
    return _config_shape(path) if file is None else _contents_shape(_whisper_contents(file))


def read_parameters(path: Path) -> tuple[Path, Tensors]:
    """The file of parameters, and the encoder's among them by the names that transformers gives them."""
    file = model_bin(path)
    if file is not None:
        return file, _contents_tensors(_whisper_contents(file))
    file = parameters_file(path)
    tensors = read_tensors(file)
    for prefix in PREFIXES:
        found = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
        if found:
            return file, found
    raise EncoderError(f"{file}: holds no encoder of Whisper; give the weights of a Whisper model.")


def _config_shape(folder: Path) -> Shape:
    config = read_config(folder)
    path = folder / "config.json"
    if config.get("model_type") != "whisper":
        raise EncoderError(f'{path}: describes a model of type "{config.get("model_type")}"; give one of type whisper.')
    for name in SIZES:
        if type(config.get(name)) is not int or config[name] < 1:
            raise EncoderError(f'{path}: has no usable "{name}"; fetch it again.')
    shape = Shape(*(config[name] for name in SIZES))
    if shape.width % shape.heads:
        raise EncoderError(f"{path}: a width of {shape.width} has no {shape.heads} equal heads; fetch it again.")
    return shape


def _whisper_contents(file: Path) -> Contents:
    contents = read_contents(file)
    if contents.specification != "WhisperSpec":
        raise EncoderError(f"{file}: is a {contents.specification} of CTranslate2; give a Whisper model.")
    return contents


def _contents_shape(contents: Contents) -> Shape:
    def dimensions(name: str, count: int) -> tuple[int, ...]:
        variable = contents.variables.get(f"encoder/{name}")
        if variable is None or len(variable.shape) != count or not all(variable.shape):
            raise EncoderError(f"{contents.path}: has no usable encoder/{name}; convert or fetch the model again.")
        return variable.shape

    width, bands, _ = dimensions("conv1/weight", 3)
    inner, _ = dimensions("layer_0/ffn/linear_0/weight", 2)
    positions, _ = dimensions("position_encodings/encodings", 2)
    blocks = 1
    while f"encoder/layer_{blocks}/ffn/linear_0/weight" in contents.variables:
        blocks += 1
    # Older conversions do not say how many heads there are.
    said = contents.variables.get("encoder/num_heads")
    if said is not None and (math.prod(said.shape) != 1 or said.kind not in QUANTISED):
        raise EncoderError(f"{contents.path}: has no usable encoder/num_heads; convert or fetch the model again.")
    heads = width // HEAD_WIDTH if said is None else int(contents.stored("encoder/num_heads").reshape(-1)[0])
    if bands > MOST["num_mel_bins"] or positions > MOST["max_source_positions"]:
        raise EncoderError(f"{contents.path}: asks for {bands} bands and {positions} frames; fetch the model again.")
    if heads < 1 or width % heads:
        raise EncoderError(f"{contents.path}: a width of {width} has no {heads} equal heads; fetch the model again.")
    return Shape(width, blocks, heads, inner, bands, positions)


def _contents_tensors(contents: Contents) -> Tensors:
    import torch

    def tensor(name: str) -> torch.Tensor:
        return torch.from_numpy(contents.floats(f"encoder/{name}"))

    tensors = {ours: tensor(theirs) for ours, theirs in OUTER.items()}
    for block in range(_contents_shape(contents).blocks):
        theirs = f"layer_{block}"
        ours = f"layers.{block}"
        tensors |= {f"{ours}.{inner}": tensor(f"{theirs}/{name}") for inner, name in INNER.items()}
        for part in ("weight", "bias"):
            fused = tensor(f"{theirs}/{FUSED}/{part}")
            if len(fused) % 3:
                raise EncoderError(f"{contents.path}: encoder/{theirs}/{FUSED}/{part} is not of three equal parts.")
            # The keys have no bias in Whisper; what stands there is zero.
            for projection, value in zip("qkv", fused.chunk(3), strict=True):
                tensors[f"{ours}.self_attn.{projection}_proj.{part}"] = value
    return tensors
