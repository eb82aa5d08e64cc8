"""`qwen2-audio`: a language model that hears, and `qwen2-audio-tower`: its audio tower alone.

The tower is Whisper's large encoder, trained further; the decoder reads its output as if it were words. The tower
takes a tenth of the memory of both, so it has a name of its own that leaves the decoder's parameters unread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import EncoderSpec, Layer, Prepared
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.encoders.weights.configuration import described_by, read_config
from wetdry.encoders.weights.files import Weights
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.sources import existing, local_revision, locate
from wetdry.encoders.weights.tensors import parameters_file, read_tensors
from wetdry.encoders.whisper.features import FRAME, NORMALISATION, RATE, frames_in, log_mel, mel_of
from wetdry.errors import EncoderError
from wetdry.extras import require

if TYPE_CHECKING:
    import torch

WHOLE, TOWER = "qwen2-audio", "qwen2-audio-tower"
LEAST_FRAMES = 2
"""Frames in one token of the decoder: shorter windows would be none."""


@dataclass(frozen=True)
class Shape:
    """What the specification depends on; the defaults are those of the published model and of transformers."""

    width: int = 1280
    blocks: int = 32
    bands: int = 128
    positions: int = 1500
    """Frames of 20 ms that the tower takes."""
    decoder_width: int = 4096


class Qwen2Audio(TorchEncoder):
    """The model up to the decoder's last hidden state, or its tower and projector alone."""

    batch = 4

    def __init__(self, name: str, where: str | None = None, device: str = "auto", dtype: str = "fp32") -> None:
        self._where = where
        self._whole = name == WHOLE
        if where is None:
            self._shape, revision = Shape(), self.weights.revision[:12]
        else:
            folder = existing(where)
            self._shape, revision = read_shape(folder), local_revision(folder)
        self._mel = mel_of(self._shape.bands)
        super().__init__(specification(name, revision, self._shape), device=device, dtype=dtype)

    @property
    def weights(self) -> Weights:
        return PUBLISHED[WHOLE]

    def prepare(self, windows: Samples) -> Prepared:
        """Log-mel spectrograms (window, band, column) of windows (window, n) at 16 kHz."""
        return log_mel(windows, self._mel, self._shape.positions, LEAST_FRAMES)

    def load(self) -> torch.nn.Module:
        require("transformers")
        from wetdry.encoders.qwen2_audio.network import build

        folder = locate(self.weights, self._where).path
        path = parameters_file(folder)
        return build(model_config(folder), read_tensors(path), path, self.dtype, with_decoder=self._whole)

    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> Mapping[str, torch.Tensor]:
        vectors: Mapping[str, torch.Tensor] = module(batch, frames_in(batch.shape[-1]), layers)
        return vectors


def read_shape(folder: Path) -> Shape:
    """The shape in `config.json`, which leaves out what is as published."""
    config = read_config(folder)
    path = folder / "config.json"
    if config.get("model_type") != "qwen2_audio":
        raise EncoderError(f'{path}: describes a model of type "{config.get("model_type")}"; give a Qwen2-Audio.')
    audio, text = config.get("audio_config") or {}, config.get("text_config") or {}
    if not isinstance(audio, dict) or not isinstance(text, dict):
        raise EncoderError(f"{path}: describes no audio tower and decoder; fetch it again.")
    shape = Shape(
        width=audio.get("d_model", Shape.width),
        blocks=audio.get("encoder_layers", Shape.blocks),
        bands=audio.get("num_mel_bins", Shape.bands),
        positions=audio.get("max_source_positions", Shape.positions),
        decoder_width=text.get("hidden_size", Shape.decoder_width),
    )
    for name, value in vars(shape).items():
        if type(value) is not int or value < 1:
            raise EncoderError(f"{path}: a {name} of {value!r} is no size; fetch it again.")
    return shape


def model_config(folder: Path) -> Any:
    """The configuration as transformers sees it."""
    from transformers import Qwen2AudioConfig

    with described_by(folder / "config.json", "Qwen2-Audio"):
        return Qwen2AudioConfig.from_dict(read_config(folder))


def specification(name: str, revision: str, shape: Shape) -> EncoderSpec:
    """What is to be known of the whole model, or of the tower alone."""
    longest = shape.positions * FRAME / RATE
    states = [
        Layer(f"tower{block}", shape.width, f"audio tower after block {block}, mean over time")
        for block in range(1, shape.blocks + 1)
    ]
    layers = [
        Layer("tower0", shape.width, "audio tower: convolutions and positions, before block 1, mean over time"),
        *states,
        Layer("tower", shape.width, "audio tower's output, pairs of frames averaged and normalised, mean over time"),
        Layer("projected", shape.decoder_width, "audio tokens as they enter the decoder, mean over tokens"),
    ]
    if name == WHOLE:
        about = "decoder's last hidden state, prompt <|audio_bos|> and audio tokens, mean over audio tokens"
        layers.append(Layer("decoder", shape.decoder_width, about))
    return EncoderSpec(
        name=name,
        revision=revision,
        sample_rate=RATE,
        windows=Windows(longest),
        layers=tuple(layers),
        default_layer="decoder" if name == WHOLE else "tower",
        licence="Apache-2.0",
        about="audio language model of 8.4 billion parameters; bf16 on a GPU is advised"
        if name == WHOLE
        else "audio tower of an audio language model, 0.6 billion parameters",
        normalisation=NORMALISATION,
        longest_window=longest,
    )
