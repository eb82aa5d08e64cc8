"""Parameters and configurations of encoders, as publishers lay them out."""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mutated_files import rewritten_archive, rewritten_tensors
from mutations import damaged, rewritten_json
from tiny import clap, hf, msclap, openl3, panns, qwen2_audio, waveform, whisper

from fuzzing.reader import Reader
from wetdry.encoders import encoders
from wetdry.encoders.base import Encoder, EncoderSpec
from wetdry.encoders.clap.text import _tokenizer
from wetdry.encoders.openl3.keras_file import AudioWeights, read_weights
from wetdry.encoders.vibenet import graph
from wetdry.encoders.vibenet.graph import model_path, read_model
from wetdry.encoders.weights.tensors import Tensors, read_tensors
from wetdry.encoders.whisper.checkpoint import read_parameters
from wetdry.encoders.whisper.checkpoint import read_shape as read_whisper
from wetdry.errors import EncoderError

SMALL = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "a.bias": np.ones(2, dtype=np.float16)}


def safetensors(_: Path) -> list[bytes]:
    from safetensors.numpy import save

    return [save(SMALL), save({"b": np.zeros((4, 1), np.float32)}, metadata={"format": "pt"})]


def saved_by_torch(zipped: bool) -> Callable[[Path], list[bytes]]:
    def make(folder: Path) -> list[bytes]:
        import torch

        tensors = {name: torch.from_numpy(values) for name, values in SMALL.items()}
        contents = []
        for content in (tensors, {"model": tensors, "epoch": 3}):
            torch.save(content, folder / "x.bin", _use_new_zipfile_serialization=zipped)
            contents.append((folder / "x.bin").read_bytes())
        return contents

    return make


def tensors_are_backed(tensors: Tensors) -> bool:
    """Every tensor has the bytes that its shape says."""
    return all(
        tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes() for tensor in tensors.values()
    )


def several_files(folder: Path) -> list[bytes]:
    """An index of two files of parameters."""
    for name, content in zip(("one.safetensors", "two.safetensors"), safetensors(folder), strict=True):
        (folder / name).write_bytes(content)
    where = {"a.weight": "one.safetensors", "a.bias": "one.safetensors", "b": "two.safetensors"}
    return [json.dumps({"metadata": {"total_size": 44}, "weight_map": where}).encode()]


def folder_of(make: Callable[..., Any], *names: str, file: str) -> Callable[[Path], list[bytes]]:
    def written(folder: Path) -> list[bytes]:
        make(*names, folder)
        return [(folder / file).read_bytes()]

    return written


def described(name: str) -> Callable[[Path], EncoderSpec]:
    """What an encoder says of itself before its parameters are read."""
    return lambda folder: encoders.get(name)(where=str(folder), device="cpu").spec


def opened(name: str, file: str = "") -> Callable[[Path], Encoder]:
    """The encoder with its parameters."""

    def open_it(folder: Path) -> Encoder:
        made = encoders.get(name)(where=str(folder / file), device="cpu")
        made.ready()
        return made

    return open_it


def is_a_specification(spec: EncoderSpec) -> bool:
    return spec.sample_rate > 0 and bool(spec.layers) and all(layer.dim > 0 for layer in spec.layers)


def has_layers(encoder: Encoder) -> bool:
    return is_a_specification(encoder.spec)


def keras(packed: bool) -> Callable[[Path], list[bytes]]:
    def make(folder: Path) -> list[bytes]:
        content = openl3.write(folder / "x.h5", openl3.NARROW).read_bytes()
        return [gzip.compress(content, mtime=0) if packed else content]

    return make


def has_convolutions(weights: AudioWeights) -> bool:
    return len(weights.convolutions) == 8 and all(kernel.kernel.ndim == 4 for kernel in weights.convolutions)


def text(value: str) -> bytes:
    return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"


def variable(name: str, values: np.ndarray) -> bytes:
    shape = struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)
    return text(name) + shape + struct.pack("<BI", 0, values.nbytes) + values.astype("<f4").tobytes()


def ctranslate2(_: Path) -> list[bytes]:
    """A Whisper of one block, 64 channels wide."""
    width, inner, bands, positions = 64, 4, 2, 3
    one, norm = "encoder/layer_0", {"gamma": (width,), "beta": (width,)}
    shapes = {
        "encoder/conv1/weight": (width, bands, 3),
        "encoder/conv1/bias": (width,),
        "encoder/conv2/weight": (width, 1, 3),
        "encoder/conv2/bias": (width,),
        "encoder/position_encodings/encodings": (positions, width),
        f"{one}/self_attention/linear_0/weight": (3 * width, 1),
        f"{one}/self_attention/linear_0/bias": (3 * width,),
        f"{one}/self_attention/linear_1/weight": (width, 1),
        f"{one}/self_attention/linear_1/bias": (width,),
        f"{one}/ffn/linear_0/weight": (inner, width),
        f"{one}/ffn/linear_0/bias": (inner,),
        f"{one}/ffn/linear_1/weight": (width, inner),
        f"{one}/ffn/linear_1/bias": (width,),
        **{
            f"{one}/{part}/layer_norm/{name}": shape
            for part in ("self_attention", "ffn")
            for name, shape in norm.items()
        },
        **{f"encoder/layer_norm/{name}": shape for name, shape in norm.items()},
    }
    body = b"".join(variable(name, np.zeros(shape, np.float32)) for name, shape in shapes.items())
    head = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(shapes))
    return [head + body + struct.pack("<I", 1) + text("alias") + text("encoder/conv1/bias")]


def whisper_model(folder: Path) -> Tensors:
    read_whisper(folder / "model.bin")
    return read_parameters(folder / "model.bin")[1]


def onnx(_: Path) -> list[bytes]:
    """The beginning of the model, which is made the one that is known: a whole one takes long to write so often."""
    content = model_path().read_bytes()[:5000]
    graph.SHA256 = hashlib.sha256(content).hexdigest()
    return [content]


def tokens(folder: Path) -> list[int]:
    ids: list[int] = _tokenizer(folder)("a happy song")["input_ids"]
    return ids


CONFIG, FRONT_END = "config.json", "preprocessor_config.json"
MODELS = ("wav2vec2", "hubert", "wavlm", "whisper", "clap", "qwen2_audio", "roberta")
PRELOADED = ("h5py", *(f"transformers.models.{name}.modeling_{name}" for name in MODELS))

READERS = [
    Reader(
        "weights: safetensors",
        safetensors,
        "x.safetensors",
        lambda folder: read_tensors(folder / "x.safetensors"),
        rewritten_tensors,
        tensors_are_backed,
        EncoderError,
    ),
    Reader(
        "weights: torch, zip",
        saved_by_torch(True),
        "x.bin",
        lambda folder: read_tensors(folder / "x.bin"),
        damaged,
        tensors_are_backed,
        EncoderError,
    ),
    Reader(
        "weights: torch, zip members",
        saved_by_torch(True),
        "x.bin",
        lambda folder: read_tensors(folder / "x.bin"),
        rewritten_archive,
        tensors_are_backed,
        EncoderError,
    ),
    Reader(
        "weights: torch, pickle",
        saved_by_torch(False),
        "x.bin",
        lambda folder: read_tensors(folder / "x.bin"),
        damaged,
        tensors_are_backed,
        EncoderError,
    ),
    Reader(
        "weights: index",
        several_files,
        "model.safetensors.index.json",
        lambda folder: read_tensors(folder / "model.safetensors.index.json"),
        rewritten_json,
        tensors_are_backed,
        EncoderError,
        named="safetensors",
    ),
    Reader(
        "weights: HDF5",
        keras(False),
        "x.h5",
        lambda folder: read_weights(folder / "x.h5"),
        damaged,
        has_convolutions,
        EncoderError,
    ),
    Reader(
        "weights: HDF5, gzip",
        keras(True),
        "x.h5",
        lambda folder: read_weights(folder / "x.h5"),
        damaged,
        has_convolutions,
        EncoderError,
    ),
    Reader("weights: CTranslate2", ctranslate2, "model.bin", whisper_model, damaged, tensors_are_backed, EncoderError),
    *(
        Reader(
            f"{name}: {file}",
            folder_of(module.make, name, file=file),
            file,
            described(name),
            rewritten_json,
            is_a_specification,
            EncoderError,
        )
        for name, module, files in (
            ("wav2vec2-base", waveform, (CONFIG, FRONT_END)),
            ("mert-330m", waveform, (CONFIG, FRONT_END)),
            ("whisper-tiny.en", whisper, (CONFIG,)),
            ("clap-music", clap, (CONFIG, FRONT_END)),
            ("qwen2-audio", qwen2_audio, (CONFIG,)),
        )
        for file in files
    ),
    *(
        Reader(
            f"network of {name}: {CONFIG}",
            folder_of(module.make, name, file=CONFIG),
            CONFIG,
            opened(name),
            rewritten_json,
            has_layers,
            EncoderError,
            share=0.1,
        )
        for name, module in (
            ("wav2vec2-base", waveform),
            ("whisper-tiny.en", whisper),
            ("clap-music", clap),
            ("qwen2-audio", qwen2_audio),
        )
    ),
    *(
        Reader(
            f"hf: {file}",
            folder_of(hf.wavlm, file=file),
            file,
            opened("hf"),
            rewritten_json,
            has_layers,
            EncoderError,
            share=0.1,
        )
        for file in (CONFIG, FRONT_END)
    ),
    Reader(
        "panns-cnn14",
        lambda folder: [panns.make("panns-cnn14", folder).read_bytes()],
        "Cnn14_mAP=0.431.pth",
        opened("panns-cnn14", "Cnn14_mAP=0.431.pth"),
        damaged,
        has_layers,
        EncoderError,
        share=0.1,
    ),
    Reader(
        "msclap-2023",
        lambda folder: [msclap.make("msclap-2023", folder).read_bytes()],
        "CLAP_weights_2023.pth",
        opened("msclap-2023", "CLAP_weights_2023.pth"),
        damaged,
        has_layers,
        EncoderError,
        share=0.1,
    ),
    Reader(
        "clap: tokenizer.json",
        folder_of(lambda folder: clap.tokenizer().save_pretrained(folder), file="tokenizer.json"),
        "tokenizer.json",
        tokens,
        rewritten_json,
        lambda ids: all(type(each) is int for each in ids),
        EncoderError,
    ),
    Reader(
        "vibenet ONNX",
        onnx,
        "model.onnx",
        lambda folder: read_model(folder / "model.onnx"),
        damaged,
        refuses=EncoderError,
    ),
]
