"""`openl3-…`: audio networks that learned which sound belongs to which picture of a video, without labels.

A name says what the network was trained on (`music` or `env`, sounds of the environment) and how large the
embedding is; `mel256` names hear 256 mel bands, the others 128. Embeddings of 512 and 6144 numbers come from
the same weights: maxima over the whole window, or over 4 bands of frequency × 3 parts of its second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import EncoderSpec, Layer, Prepared
from wetdry.encoders.mel import Mel
from wetdry.encoders.openl3.keras_file import read_weights
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.encoders.weights.files import Weights
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.sources import existing, local_revision, locate
from wetdry.errors import EncoderError

if TYPE_CHECKING:
    import torch

RATE = 48_000
WINDOW = RATE
"""Samples that the network looks at: one second."""
FRAME = 2048
HOP = 242
FRAMES = -(-WINDOW // HOP)
"""Every frame that begins within the second; the last ones reach over its end."""
FLOOR = np.float32(1e-10)
DYNAMIC_RANGE_DB = np.float32(80.0)

GRIDS = {512: (1, 1), 6144: (4, 3)}
"""Numbers of the published embedding → the cells of frequency and time whose maxima make it up."""
WIDTHS = (64, 64, 128, 128, 256, 256, 512, 512)
"""Channels of the published convolutions."""
CONTENTS = {"music": "music videos", "env": "videos of environmental sounds"}


@dataclass(frozen=True)
class Variant:
    """One of OpenL3's networks, and one of its two embeddings."""

    content: str
    bands: int
    size: int

    @property
    def name(self) -> str:
        return f"openl3-{self.content}-{'' if self.bands == 128 else f'mel{self.bands}-'}{self.size}"

    @property
    def stem(self) -> str:
        """How the published file's name begins."""
        return f"openl3_audio_mel{self.bands}_{self.content}"

    @property
    def mel(self) -> Mel:
        return Mel(RATE, n_fft=FRAME, hop=HOP, bands=self.bands, power=1.0, centred=False)


VARIANTS = {
    variant.name: variant
    for bands in (128, 256)
    for content in CONTENTS
    for size in GRIDS
    for variant in [Variant(content, bands, size)]
}


class OpenL3(TorchEncoder):
    """One embedding of one of OpenL3's audio networks."""

    batch = 32

    def __init__(self, name: str, where: str | Path | None = None, device: str = "auto", dtype: str = "fp32") -> None:
        self._variant = VARIANTS[name]
        self._where = where
        if where is None:
            spec = specification(self._variant, self.weights.revision[:12], WIDTHS)
        else:
            file = weights_file(existing(where), self._variant)
            spec = specification(self._variant, local_revision(file), read_weights(file).widths)
        super().__init__(spec, device=device, dtype=dtype)

    @property
    def weights(self) -> Weights:
        return PUBLISHED[self._variant.name]

    def prepare(self, windows: Samples) -> Prepared:
        """Spectrograms (window, band, 199) in dB below the loudest cell, of windows (window, n ≤ 48 000) at 48 kHz."""
        return relative_decibels(windows, self._variant.mel)

    def load(self) -> torch.nn.Module:
        from wetdry.encoders.openl3.network import AudioNetwork

        found = locate(self.weights, self._where)
        return AudioNetwork(read_weights(weights_file(found.path, self._variant)), GRIDS[self._variant.size])

    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> Mapping[str, torch.Tensor]:
        import torch

        # One window after another on a CPU: activations of several outgrow its caches, and convolutions of several
        # sum in another order, so that a window's last digits would depend on what it is seen with.
        pieces = torch.split(batch, 1) if batch.device.type == "cpu" else (batch,)
        outputs = [module(piece, layers) for piece in pieces]
        return {layer: torch.cat([output[layer] for output in outputs]) for layer in layers}


def relative_decibels(windows: Samples, mel: Mel) -> Prepared:
    """Mel spectrograms (window, band, 199), 10·log10 of magnitudes, from 0 dB for a window's loudest cell to −80 dB.

    Windows shorter than a second are followed by silence. A silent window is as loud everywhere: all 0 dB.
    """
    padded = np.zeros((len(windows), (FRAMES - 1) * HOP + FRAME), dtype=np.float32)
    padded[:, : windows.shape[1]] = windows
    spectrograms = mel(padded)
    # Beyond full scale the power overflows; what comes of it is not finite, and refused as such.
    with np.errstate(invalid="ignore"):
        decibels: Samples = np.float32(10.0) * np.log10(np.maximum(spectrograms, FLOOR))
        decibels -= decibels.max(axis=(1, 2), keepdims=True)
        return np.maximum(decibels, -DYNAMIC_RANGE_DB)


def specification(variant: Variant, revision: str, widths: Sequence[int]) -> EncoderSpec:
    rows, columns = GRIDS[variant.size]
    over = "the window" if rows * columns == 1 else f"each of {rows} bands of frequency × {columns} parts of the window"
    return EncoderSpec(
        name=variant.name,
        revision=revision,
        sample_rate=RATE,
        windows=Windows(1.0, 0.1),
        layers=(
            *(
                Layer(f"block{number}", width, f"block {number} after its pooling, mean over frequency and time")
                for number, width in enumerate(widths[1:-1:2], start=1)
            ),
            Layer("block4", widths[-1], "last convolution, mean over frequency and time"),
            Layer("embedding", widths[-1] * rows * columns, f"OpenL3's output: last convolution, maximum over {over}"),
        ),
        default_layer="embedding",
        licence="CC-BY-4.0",
        about=(
            f"OpenL3 0.4, {variant.bands} mel bands, trained on {CONTENTS[variant.content]} of AudioSet. Its own tool "
            "sets half a second of silence before a clip, to centre the first window on its start; here the first "
            "window starts with the clip, as there with center=False. A shorter clip is followed by silence, as there."
        ),
        normalisation=(
            "the loudest mel cell of each window becomes 0 dB and what lies over 80 dB below it −80 dB (10·log10 of "
            "magnitude), so a gain changes nothing but the rounding that empty bands consist of, unless it leaves a "
            "window below about −50 dBFS, where the smallest magnitude that is told apart, 1e-10, comes above that "
            "floor"
        ),
        hears_level=False,
        longest_window=1.0,
    )


def weights_file(path: Path, variant: Variant) -> Path:
    """The file of weights that `path` is, or that the folder `path` holds under its published name.

    Networks for 128 and 256 bands, and for both contents, have parameters of the same shapes: a published
    name is the only sign of a mistake, so it is believed.
    """
    if path.is_dir():
        held = sorted(file for file in path.glob(f"{variant.stem}[-.]*") if file.is_file())
        if not held:
            raise EncoderError(f"{path}: holds no file of weights for {variant.name}; put {variant.stem}.h5 there.")
        return held[0]
    published = re.match(r"openl3_(audio|image)_(linear|mel128|mel256)_(music|env)", path.name)
    if published and published[0] != variant.stem:
        raise EncoderError(f"{path}: is of another network by its name; {variant.name} needs {variant.stem}.h5.")
    return path
