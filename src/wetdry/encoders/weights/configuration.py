"""The JSON files beside parameters, which may say anything: read whole, and with no size beyond that of any model.

A network is built, and a front end tried, before their parameters could contradict a configuration. So what decides
how much memory and time that takes is held against a bound first.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wetdry.errors import EncoderError
from wetdry.extras import require

MOST_BYTES = 64 << 20
"""The index of the largest models takes a few megabytes."""

BLOCKS = ("num_hidden_layers", "encoder_layers", "decoder_layers", "encoder_num_hidden_layers", "depths", "num_layers")
HEADS = ("num_attention_heads", "encoder_attention_heads", "decoder_attention_heads", "num_feat_extract_layers")
WIDTHS = (
    *("hidden_size", "d_model", "intermediate_size", "encoder_ffn_dim", "decoder_ffn_dim", "conv_dim", "head_dim"),
    *("patch_embeds_hidden_size", "projection_dim", "projection_hidden_size", "output_hidden_size", "conv_channels"),
)
KERNELS = (
    *("conv_kernel", "conv_stride", "num_conv_pos_embeddings", "num_conv_pos_embedding_groups", "patch_size"),
    *("window_size", "spec_size", "num_mel_bins", "feature_size", "patch_stride"),
)
MOST = {
    **dict.fromkeys(BLOCKS, 1_000),
    **dict.fromkeys(HEADS, 10_000),
    **dict.fromkeys(WIDTHS, 1 << 17),
    **dict.fromkeys(KERNELS, 1 << 14),
    "vocab_size": 1 << 24,
    "num_labels": 1 << 20,
    "max_source_positions": 1 << 20,
    "max_position_embeddings": 1 << 24,
    "sampling_rate": 1_000_000,
    "fft_window_size": 1 << 20,
    "hop_length": 1 << 20,
    "n_fft": 1 << 20,
    "max_length": 1 << 20,
    "max_length_s": 3_600,
    "chunk_length": 3_600,
    "n_samples": 1 << 28,
    "nb_max_samples": 1 << 28,
    "nb_max_frames": 1 << 20,
}
"""Name in a configuration → the most that is believed; the largest published models are well below."""
FRONT_END = ("sampling_rate", "fft_window_size", "hop_length", "n_fft", "feature_size")
LEAST = dict.fromkeys((*WIDTHS, *FRONT_END, "conv_kernel", "conv_stride"), 1)
"""What must not be nothing; of all else in `MOST` there may be none."""

NONSENSE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the definition of a network raises where a configuration makes no sense."""


def read_config(folder: Path, name: str = "config.json") -> dict[str, Any]:
    """The JSON object in `folder/name`."""
    path = folder / name
    if folder.is_file():
        raise EncoderError(f"{folder}: is one file; give the folder that holds {name} and the files beside it.")
    config = _parsed(path)
    if not isinstance(config, dict):
        raise EncoderError(f"{path}: is no JSON object but a {type(config).__name__}; fetch it again.")
    if code := _asked_to_run(config):
        raise EncoderError(f'{path}: asks for code of "{code}", and no code of a checkpoint is run here.')
    for option, value in _sizes(config):
        # Written so that NaN fails as well.
        if not LEAST.get(option, 0) <= value <= MOST[option]:
            raise EncoderError(f"{path}: a {option} of {value} is none that a model can have; fetch it again.")
    return config


@contextmanager
def described_by(path: Path, what: str) -> Iterator[None]:
    """Build something from the configuration in `path`: one sentence where it describes no `what`."""
    strict = require("huggingface_hub.errors").StrictDataclassError
    try:
        with warnings.catch_warnings():
            # Torch remarks on layers without elements, which are refused for the shapes of their parameters.
            warnings.simplefilter("ignore")
            yield
    except (*NONSENSE, strict) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise EncoderError(f"{path}: describes no {what} ({reason}); fetch it again.") from None


def check_is_file(path: Path) -> None:
    """Raise unless there is a file: a pipe or a device under its name would be waited for, or read without end."""
    try:
        if path.is_file():
            return
        exists = path.exists()
    except OSError as error:  # Of a name that no file can have.
        raise EncoderError(f"{path}: cannot be read ({error.strerror}); fetch its folder again.") from None
    if exists:
        raise EncoderError(f"{path}: cannot be read (not a file); check the path.")
    raise EncoderError(f"{path}: no such file; check that its folder holds all files of the model.")


def _parsed(path: Path) -> object:
    check_is_file(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise EncoderError(f"{path}: is far too large for a configuration; fetch it again.")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EncoderError(f"{path}: cannot be read ({error.strerror}); check its permissions.") from None
    except ValueError as error:
        raise EncoderError(f"{path}: is no JSON ({error}); fetch it again.") from None
    except RecursionError:
        raise EncoderError(f"{path}: is no JSON that can be read (nested too deeply); fetch it again.") from None


def _asked_to_run(config: Mapping[str, Any]) -> str:
    """The repository whose kernels a configuration would have transformers fetch and run; empty if there is none."""
    for name, value in config.items():
        if isinstance(value, dict) and (code := _asked_to_run(value)):
            return code
        if name.endswith("_implementation"):
            # Names of transformers' own kernels have no slash; one for each part of a model may be given.
            for kernel in value.values() if isinstance(value, dict) else [value]:
                if isinstance(kernel, str) and "/" in kernel:
                    return kernel
    return ""


def _sizes(config: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Every number under a name of `MOST`, alone or in a list, in the configurations within one another."""
    for name, value in config.items():
        if isinstance(value, dict):
            yield from _sizes(value)
        elif name in MOST:
            for size in value if isinstance(value, list) else [value]:
                if (number := _number(size)) is not None:
                    yield name, number


def _number(size: object) -> float | None:
    """A size as a number; one written as text is made a number by whoever reads the configuration."""
    try:
        return float(size) if isinstance(size, str) else size if isinstance(size, (int, float)) else None
    except ValueError:
        return None
