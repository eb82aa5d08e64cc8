"""Whisper's encoder: a transformer that was trained to recognise and translate speech.

The original pads every clip to 30 s and attends to the padding. A twin of each size, `…-unpadded`, attends to the
clip alone: its blocks take time in proportion to the clip, and its vectors are not those of the original.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import EncoderSpec, Layer, Prepared
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.encoders.weights.files import Weights
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.sources import existing, local_revision, locate, revision_at_hand
from wetdry.encoders.whisper.checkpoint import Shape, read_parameters, read_shape
from wetdry.encoders.whisper.features import FRAME, NORMALISATION, RATE, STRIDE, frames_in, log_mel, mel_of
from wetdry.extras import require

if TYPE_CHECKING:
    import torch

UNPADDED = "-unpadded"

TINY, BASE = Shape(384, 4, 6, 1536), Shape(512, 6, 8, 2048)
SMALL, MEDIUM = Shape(768, 12, 12, 3072), Shape(1024, 24, 16, 4096)
LARGE = Shape(1280, 32, 20, 5120, bands=128)
SHAPES = {
    "whisper-tiny.en": TINY,
    "whisper-tiny": TINY,
    "whisper-base.en": BASE,
    "whisper-base": BASE,
    "whisper-small.en": SMALL,
    "whisper-small": SMALL,
    "whisper-medium.en": MEDIUM,
    "whisper-medium": MEDIUM,
    "whisper-large-v3": LARGE,
    "whisper-large-v3-turbo": LARGE,
}
"""Encoders as published."""


class Whisper(TorchEncoder):
    """The encoder alone; the decoder's parameters are left in the file."""

    def __init__(self, name: str, where: str | None = None, device: str = "auto", dtype: str = "fp32") -> None:
        self._where = where
        self._published = name.removesuffix(UNPADDED)
        self._padded = not name.endswith(UNPADDED)
        if where is None:
            self._shape, revision = SHAPES[self._published], revision_at_hand(self.weights)
        else:
            path = existing(where)
            self._shape, revision = read_shape(path), local_revision(path)
        self._mel = mel_of(self._shape.bands)
        super().__init__(specification(name, revision, self._shape, self._padded), device=device, dtype=dtype)

    @property
    def weights(self) -> Weights:
        return PUBLISHED[self._published]

    def prepare(self, windows: Samples) -> Prepared:
        """Log-mel spectrograms (window, band, column) of windows (window, n) at 16 kHz."""
        return log_mel(windows, self._mel, self._shape.positions)

    def load(self) -> torch.nn.Module:
        import torch

        from wetdry.encoders.weights.configuration import described_by
        from wetdry.encoders.weights.fill import fill

        modeling = require("transformers.models.whisper.modeling_whisper")
        shape = self._shape
        config = modeling.WhisperConfig(
            d_model=shape.width,
            encoder_layers=shape.blocks,
            encoder_attention_heads=shape.heads,
            encoder_ffn_dim=shape.inner,
            num_mel_bins=shape.bands,
            max_source_positions=shape.positions,
        )
        path, tensors = read_parameters(locate(self.weights, self._where).path)
        with described_by(path.with_name("config.json"), "encoder of Whisper"), torch.device("meta"):
            encoder: torch.nn.Module = modeling.WhisperEncoder(config)
        fill(encoder, tensors, path)
        return encoder

    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> Mapping[str, torch.Tensor]:
        from wetdry.encoders.whisper.network import states, with_silence

        frames = frames_in(batch.shape[-1])
        positions = self._shape.positions
        seen = with_silence(batch, positions) if self._padded else batch[..., : positions * STRIDE]
        normalised: Any = module.layer_norm
        vectors = {}
        for index, state in enumerate(states(module, seen, positions if self._padded else frames)):
            name = f"hidden{index}"
            if name in layers:
                output = normalised(state) if index == self._shape.blocks else state
                vectors[name] = output[:, :frames].float().mean(dim=1)
            if len(vectors) == len(layers):
                break
        return vectors


def specification(name: str, revision: str, shape: Shape, padded: bool) -> EncoderSpec:
    """What is to be known of an encoder of that shape."""
    last = shape.blocks
    longest = shape.positions * FRAME / RATE
    between = [
        Layer(f"hidden{block}", shape.width, f"output of block {block}, mean over time") for block in range(1, last)
    ]
    seen = (
        f"attends to the zeros that a clip is padded with to {longest:g} s" if padded else "attends to the clip alone"
    )
    return EncoderSpec(
        name=name,
        revision=revision,
        sample_rate=RATE,
        windows=Windows(longest),
        layers=(
            Layer("hidden0", shape.width, "convolutions and positions, before block 1, mean over time"),
            *between,
            Layer(
                f"hidden{last}", shape.width, f"output of block {last} after the final normalisation, mean over time"
            ),
        ),
        default_layer=f"hidden{last}",
        licence="MIT",
        about=f"encoder of a speech recogniser, {last} blocks of width {shape.width}; {seen}; padding is not averaged",
        normalisation=NORMALISATION,
        longest_window=longest,
    )
