"""`clap-…`: LAION's CLAP, trained to bring a sound and its caption together; the audio tower is HTSAT.

The front end of transformers and of the original crop at random what is longer than 10 s, and the original rounds
samples to 16 bits and clips them at full scale. None of that happens here: windows come from the deterministic grid,
of the mean of the channels, with their samples as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Lock, local
from typing import TYPE_CHECKING, Any

import numpy as np

from wetdry.audio import Clip, Samples, Windows
from wetdry.encoders.base import EncoderSpec, Layer, Prepared, Vectors
from wetdry.encoders.clap.checkpoint import (
    AudioTower,
    FrontEnd,
    read_audio_tower,
    read_front_end,
    read_model_config,
    read_parameters,
)
from wetdry.encoders.clap.text import TextTower, cosines, softmax
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.encoders.weights.configuration import described_by
from wetdry.encoders.weights.files import Weights
from wetdry.encoders.weights.fill import check_size, fill
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.sources import existing, local_revision, locate
from wetdry.errors import EncoderError
from wetdry.extras import require

if TYPE_CHECKING:
    import torch

TINY = AudioTower()
BASE = AudioTower(depths=(2, 2, 12, 2), width=128)

PUBLISHED_TOWERS = {
    "clap-music": (BASE, "CLAP with HTSAT-base, trained on music (laion/larger_clap_music)"),
    "clap-general": (BASE, "CLAP with HTSAT-base, trained on sounds, music and speech (laion/larger_clap_general)"),
    "clap-htsat": (TINY, "CLAP with HTSAT-tiny, trained on sounds of every kind (laion/clap-htsat-unfused)"),
}


class Clap(TorchEncoder):
    """The audio tower as an encoder; the text tower is loaded when prompts are given."""

    def __init__(self, name: str, where: str | None = None, device: str = "auto", dtype: str = "fp32") -> None:
        self._name = name
        self._where = where
        tower, about = PUBLISHED_TOWERS[name]
        self._front_end = FrontEnd()
        revision = self.weights.revision[:12]
        if where is not None:
            folder = _folder(where)
            tower, self._front_end = read_audio_tower(folder), read_front_end(folder)
            revision = local_revision(folder)
        super().__init__(_spec(name, revision, tower, self._front_end, about), device=device, dtype=dtype)
        self._blocks = _Blocks()
        self._text: TextTower | None = None
        self._loading_text = Lock()

    @property
    def weights(self) -> Weights:
        return PUBLISHED[self._name]

    def prepare(self, windows: Samples) -> Prepared:
        """Log-mel spectrograms (window, 1, frame, band) in dB of windows (window, n), filled up to 10 s."""
        return self._front_end(windows)

    def load(self) -> torch.nn.Module:
        transformers = require("transformers")
        folder = self._found()
        tower = read_model_config(folder).audio_config
        path, tensors = read_parameters(folder)
        check_size(lambda: transformers.ClapAudioModelWithProjection(tower), tensors, path)
        with described_by(folder / "config.json", "CLAP"):
            network: torch.nn.Module = transformers.ClapAudioModelWithProjection(tower)
        fill(network, tensors, path)
        self._blocks.listen(network)
        return network

    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> dict[str, torch.Tensor]:
        network: Any = module
        values = self._blocks.wanted = {name: None for name in layers if name.startswith("block")}
        pooled = network.audio_model(input_features=batch).pooler_output
        return {**values, "pooled": pooled, "projection": network.audio_projection(pooled)}

    def text(self, prompts: Sequence[str]) -> Vectors:
        """Vectors (prompt, dim) of prompts in the space of the layer `projection`; their lengths mean nothing."""
        asked = _several(prompts)
        return self._text_tower()(asked)

    def zero_shot(
        self, clips: Clip | Sequence[Clip], prompts: Sequence[str], *, windows: Windows | None = None
    ) -> Vectors:
        """Cosine similarity (clip, prompt), float32, of each clip's mean vector with each prompt's."""
        sounds = self.embed(clips, "projection", windows=windows)["projection"]
        return cosines(sounds, self.text(prompts))

    def choose(
        self, clips: Clip | Sequence[Clip], prompts: Sequence[str], *, windows: Windows | None = None
    ) -> Vectors:
        """Shares (clip, prompt) that sum to 1 for each clip: `zero_shot` sharpened as in training, then a softmax.

        They say which of these prompts fits best, not whether any does: with other prompts beside it, a prompt's
        share is another.
        """
        similarity = self.zero_shot(clips, prompts, windows=windows)
        return softmax(similarity * np.float32(self._text_tower().logit_scale))

    def _text_tower(self) -> TextTower:
        with self._loading_text:
            if self._text is None:
                self._text = TextTower(self._found())
            return self._text

    def _found(self) -> Path:
        return _folder(locate(self.weights, self._where).path)


class _Blocks(local):
    """Means over patches of the blocks' outputs, taken from the network as it runs; each thread has its own."""

    wanted: dict[str, Any]

    def __init__(self) -> None:
        self.wanted = {}

    def listen(self, network: Any) -> None:
        """Register with every block of the audio tower."""
        stages = network.audio_model.audio_encoder.layers
        for number, block in enumerate((block for stage in stages for block in stage.blocks), start=1):
            block.register_forward_hook(partial(self._keep, f"block{number}"))

    def _keep(self, name: str, _block: Any, _inputs: Any, outputs: Any) -> None:
        if name in self.wanted:
            self.wanted[name] = outputs[0].float().mean(dim=1)


def _folder(where: str | Path) -> Path:
    path = existing(where)
    if not path.is_dir():
        raise EncoderError(f"{path}: CLAP needs the folder with config.json and the files beside it, not one of them.")
    return path


def _several(prompts: Sequence[str]) -> Sequence[str]:
    """Prompts in a sequence: a lone one would be taken for a sequence of letters."""
    if isinstance(prompts, str):
        raise EncoderError(f'Prompts come in a list: ["{prompts}"].')
    if not prompts:
        raise EncoderError("Give at least one prompt.")
    return prompts


def _spec(name: str, revision: str, tower: AudioTower, front_end: FrontEnd, about: str) -> EncoderSpec:
    return EncoderSpec(
        name=name,
        revision=revision,
        sample_rate=front_end.mel.sample_rate,
        windows=Windows(front_end.seconds),
        longest_window=front_end.seconds,
        layers=(
            *(
                Layer(f"block{index}", dim, f"stage {stage}, block {number}, mean over patches")
                for index, (stage, number, dim) in enumerate(tower.stages, start=1)
            ),
            Layer("pooled", tower.pooled, "last stage after its layer norm, mean over patches"),
            Layer("projection", tower.projected, "space shared with text, before the division by the length"),
        ),
        default_layer="projection",
        licence="Apache-2.0",
        about=about,
        normalisation="none; a window shorter than 10 s is repeated, and the rest filled with zeros",
    )
