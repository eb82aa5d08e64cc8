"""Transformers that hear the waveform itself: wav2vec 2.0 and HuBERT, trained on speech, and MERT, on music.

Windows of one call are equally long and never padded beyond the one frame that a network needs: the group norm of
the base models runs over time, so zeros behind a clip would change the vector of all that is before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import EncoderSpec, Layer, Prepared
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.encoders.waveform.checkpoint import Architecture, load_network, read_architecture
from wetdry.encoders.weights.files import Weights
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.sources import existing, local_revision, locate

if TYPE_CHECKING:
    import torch

SPEECH_WINDOW, MUSIC_WINDOW = 10.0, 5.0
"""Seconds; MERT was trained on crops of five."""
VARIANCE_FLOOR = 1e-7


@dataclass(frozen=True)
class Published:
    architecture: Architecture
    licence: str
    about: str


MODELS = {
    "wav2vec2-base": Published(
        Architecture("wav2vec2"), "Apache-2.0", "wav2vec 2.0 base, trained on 960 h of read speech (LibriSpeech)"
    ),
    "wav2vec2-large": Published(
        Architecture("wav2vec2", group_norm=False, conv_bias=True, width=1024, blocks=24),
        "Apache-2.0",
        "wav2vec 2.0 large, trained on 60 000 h of read speech (Libri-Light)",
    ),
    "hubert-base": Published(
        Architecture("hubert"), "Apache-2.0", "HuBERT base, trained on 960 h of read speech (LibriSpeech)"
    ),
    "hubert-large": Published(
        Architecture("hubert", group_norm=False, conv_bias=True, width=1024, blocks=24),
        "Apache-2.0",
        "HuBERT large, trained on 60 000 h of read speech (Libri-Light)",
    ),
    "mert-95m": Published(
        Architecture("mert_model", sample_rate=24_000),
        "CC-BY-NC-4.0",
        "MERT v1 of 95 M parameters, a HuBERT trained on 20 000 h of music",
    ),
    "mert-330m": Published(
        Architecture("mert_model", sample_rate=24_000, group_norm=False, width=1024, blocks=24),
        "CC-BY-NC-4.0",
        "MERT v1 of 330 M parameters, a HuBERT trained on 160 000 h of music",
    ),
}


class Waveform(TorchEncoder):
    """One of these networks, all hidden states of it."""

    def __init__(self, name: str, where: str | None = None, device: str = "auto", dtype: str = "fp32") -> None:
        self._name = name
        self._where = where
        self._architecture = MODELS[name].architecture
        revision = self.weights.revision[:12]
        if where is not None:
            folder = existing(where)
            self._architecture, revision = read_architecture(folder), local_revision(folder)
        super().__init__(specification(name, revision, self._architecture), device=device, dtype=dtype)

    @property
    def weights(self) -> Weights:
        return PUBLISHED[self._name]

    def prepare(self, windows: Samples) -> Prepared:
        """Windows (window, n) normalised one by one as the front end says, and filled up to one frame with zeros."""
        if self._architecture.normalises:
            windows = normalised(windows)
        lacking = max(0, self._architecture.shortest - windows.shape[1])
        return np.pad(windows, ((0, 0), (0, lacking))) if lacking else windows

    def load(self) -> torch.nn.Module:
        folder = locate(self.weights, self._where).path
        self._architecture.expect(read_architecture(folder), folder)
        return load_network(folder)

    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> Mapping[str, torch.Tensor]:
        import torch

        output = module(batch, output_hidden_states=True)
        # Releases of transformers differ in whether the last hidden state has gone through the final norm of the
        # networks that have one; what a model gives as its output has, in all of them.
        states = (*output.hidden_states[:-1], output.last_hidden_state)
        named = {f"hidden{index}": state for index, state in enumerate(states)}
        return {layer: named[layer].mean(dim=1, dtype=torch.float32) for layer in layers}


def specification(name: str, revision: str, architecture: Architecture) -> EncoderSpec:
    """The specification of the encoder called `name` that has this architecture."""
    last = architecture.blocks
    abouts = [
        "input to the first block",
        *(f"output of block {index}" for index in range(1, last)),
        "the model's output",
    ]
    return EncoderSpec(
        name=name,
        revision=revision,
        sample_rate=architecture.sample_rate,
        windows=Windows(MUSIC_WINDOW if architecture.music else SPEECH_WINDOW),
        layers=tuple(
            Layer(f"hidden{index}", architecture.width, f"{about}, mean over frames")
            for index, about in enumerate(abouts)
        ),
        default_layer=f"hidden{last}",
        licence=MODELS[name].licence,
        about=MODELS[name].about,
        normalisation=_normalisation(architecture),
        hears_level=architecture.hears_level,
    )


def _normalisation(architecture: Architecture) -> str:
    if architecture.normalises:
        training = ", as its published front end does, though in training it was not" if architecture.music else ""
        return f"each window above about −60 dBFS is brought to zero mean and unit variance{training}"
    return architecture.levelling or "none"


def normalised(windows: Samples) -> Samples:
    """Each window (window, n) with zero mean and unit variance.

    >>> normalised(np.array([[1, 3], [5, 5]], dtype=np.float32)).tolist()
    [[-1.0, 1.0], [0.0, 0.0]]
    """
    # Samples far beyond full scale overflow; what comes of it is not finite, and refused as such.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.stack([(window - window.mean()) / np.sqrt(window.var() + VARIANCE_FLOOR) for window in windows])
