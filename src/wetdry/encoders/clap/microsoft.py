"""`msclap-2022`, `msclap-2023`: Microsoft's CLAP, trained to bring a sound and its caption together.

The original joins the channels of a clip end to end and crops at random what is then too long, so that a stereo clip
gets another vector each time. Here windows come from the deterministic grid, of the mean of the channels.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.encoders.clap.htsat import HtsatShape
from wetdry.encoders.log_mel_encoder import LogMelEncoder, given_checkpoint, not_this
from wetdry.encoders.panns.cnn14 import Cnn14Shape
from wetdry.encoders.weights.fill import fill
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.tensors import Tensors

if TYPE_CHECKING:
    import torch

RATE = 44_100
PROJECTED = 1024
TOWER = "audio_encoder."
BASE, PROJECTION = "base.", "projection."


class MsClap(LogMelEncoder):
    """The audio tower; that of captions lies in the same file and is not used."""

    seconds: ClassVar[int]
    """Length of the windows it was trained on; the original takes no others."""
    about: ClassVar[str]
    published: ClassVar[Cnn14Shape | HtsatShape]
    under: ClassVar[str] = ""
    """Prefix that the network has within the base of the audio tower."""

    def __init__(self, name: str, where: str | None = None, device: str = "auto", dtype: str = "fp32") -> None:
        shape, projected, revision = self.published, PROJECTED, PUBLISHED[name].revision[:12]
        if where is not None:
            path, revision, tensors = given_checkpoint(where, name)
            tensors = self.select(tensors, path)
            shape, projected = self.shape_of(tensors, path), projected_of(tensors, path)
        super().__init__(self._specification(name, revision, shape, projected), name, where, device=device, dtype=dtype)

    @abstractmethod
    def shape_of(self, tensors: Tensors, path: Path) -> Cnn14Shape | HtsatShape:
        """Sizes of the network in a checkpoint."""

    @abstractmethod
    def network(self, tensors: Tensors, path: Path) -> torch.nn.Module:
        """The network that embeds sounds, without parameters."""

    def renamed(self, tensors: Tensors) -> Tensors:
        """Parameters of the network by the names that ours has for them."""
        return tensors

    def fill(self, windows: Samples) -> Samples:
        """Windows of the full length: shorter ones repeated from their start, as the original does."""
        full = self.seconds * RATE
        return np.tile(windows, (1, -(-full // windows.shape[1])))[:, :full]

    def select(self, tensors: Tensors, path: Path) -> Tensors:
        """Parameters of the audio tower; those of the network without their prefix, of the projection with it."""
        selected = {}
        for name, tensor in tensors.items():
            if name.startswith(TOWER + PROJECTION):
                selected[name.removeprefix(TOWER)] = tensor
            elif name.startswith(TOWER + BASE + self.under):
                selected[name.removeprefix(TOWER + BASE + self.under)] = tensor
        if not selected:
            raise not_this(path, f"holds no parameters under {TOWER}")
        return selected

    def build(self, tensors: Tensors, path: Path) -> torch.nn.Module:
        import torch

        from wetdry.encoders.clap.microsoft_network import SoundTower

        embedding = self.shape_of(tensors, path).embedding
        with torch.device("meta"):
            tower = SoundTower(self.network(tensors, path), embedding, projected_of(tensors, path))
        projection = {name: tensor for name, tensor in tensors.items() if name.startswith(PROJECTION)}
        network = self.renamed({name: tensor for name, tensor in tensors.items() if name not in projection})
        fill(tower, {**projection, **{BASE + name: network[name] for name in network}}, path, exactly=True)
        return tower

    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> Mapping[str, torch.Tensor]:  # noqa: ARG002
        values: Mapping[str, torch.Tensor] = module(batch)
        return values

    def _specification(self, name: str, revision: str, shape: Cnn14Shape | HtsatShape, projected: int) -> EncoderSpec:
        return EncoderSpec(
            name=name,
            revision=revision,
            sample_rate=RATE,
            windows=Windows(float(self.seconds)),
            longest_window=float(self.seconds),
            layers=(*shape.layers, Layer("projection", projected, "space shared with text, lengths not normalised")),
            default_layer="projection",
            licence="MS-PL",
            about=self.about,
            normalisation=f"none; a window shorter than {self.seconds} s is repeated to fill it",
        )


class MsClap2022(MsClap):
    """CLAP with Cnn14."""

    seconds = 5
    about = "Microsoft's CLAP of 2022: Cnn14, trained with captions of sounds"
    published = Cnn14Shape()

    def shape_of(self, tensors: Tensors, path: Path) -> Cnn14Shape:
        from wetdry.encoders.panns.network import shape_of

        return shape_of(tensors, path)

    def network(self, tensors: Tensors, path: Path) -> torch.nn.Module:
        from wetdry.encoders.panns.network import Cnn14

        return Cnn14(self.shape_of(tensors, path))


class MsClap2023(MsClap):
    """CLAP with HTSAT."""

    seconds = 7
    about = "Microsoft's CLAP of 2023: HTSAT-tiny, trained with captions of sounds, music and speech"
    published = HtsatShape()
    under = "htsat."

    def shape_of(self, tensors: Tensors, path: Path) -> HtsatShape:
        from wetdry.encoders.clap.htsat_network import shape_of

        return shape_of(tensors, path)

    def network(self, tensors: Tensors, path: Path) -> torch.nn.Module:
        from wetdry.encoders.clap.htsat_network import Htsat

        return Htsat(self.shape_of(tensors, path))

    def renamed(self, tensors: Tensors) -> Tensors:
        from wetdry.encoders.clap.htsat_network import renamed

        return renamed(tensors)


def projected_of(tensors: Tensors, path: Path) -> int:
    """Dimensions of the space shared with text."""
    first = tensors.get(f"{PROJECTION}linear1.weight")
    if first is None or not first.ndim:
        raise not_this(path, "holds no projection of sounds")
    return len(first)
