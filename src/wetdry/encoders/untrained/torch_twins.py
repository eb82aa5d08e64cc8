"""Networks in torch as their own definitions initialise them, one twin a family.

A twin is built anew rather than overwritten: what a definition gives is complete, and no learned parameter can be
left behind in it. Where the family's name says all about the shape, no file of weights is needed; elsewhere one is
read for its shapes and its configuration, which only the publisher has.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from wetdry.encoders.base import EncoderSpec
from wetdry.encoders.clap.laion import Clap
from wetdry.encoders.clap.microsoft import MsClap, MsClap2022, MsClap2023, projected_of
from wetdry.encoders.log_mel_encoder import LogMelEncoder
from wetdry.encoders.mel import filter_bank
from wetdry.encoders.openl3.encoder import GRIDS, WIDTHS, OpenL3
from wetdry.encoders.openl3.keras_file import AudioWeights, Convolution
from wetdry.encoders.panns.cnn14 import Cnn14Shape
from wetdry.encoders.panns.encoder import Panns
from wetdry.encoders.qwen2_audio.encoder import Qwen2Audio, model_config
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.encoders.untrained.identity import release, twin_of
from wetdry.encoders.untrained.sounds import SECONDS, synthetic_sounds
from wetdry.encoders.waveform.encoder import Waveform
from wetdry.encoders.weights.sources import locate
from wetdry.encoders.weights.tensors import Tensors
from wetdry.encoders.whisper.checkpoint import SIZES
from wetdry.encoders.whisper.encoder import Whisper
from wetdry.extras import require

if TYPE_CHECKING:
    import torch

_one_at_a_time = Lock()
"""Torch draws from one stream for the whole process."""


class Untrained(TorchEncoder):
    """Put before a family's class, it takes that family's network as its definition makes it."""

    _seed = 0

    def seeded(self, seed: int) -> Self:
        """The encoder itself, to be drawn from that seed."""
        self._seed = seed
        return self

    @property
    def spec(self) -> EncoderSpec:
        return twin_of(super().spec, self._seed, [release("torch"), release("transformers")])

    @abstractmethod
    def anew(self) -> torch.nn.Module:
        """The network with the parameters that its definition draws."""

    def load(self) -> torch.nn.Module:
        import torch

        with drawing_from(self._seed):
            network = self.anew().eval()
        with torch.no_grad():
            self.settle(network)
        return network

    def settle(self, network: torch.nn.Module) -> None:
        """Have batch normalisations gather their statistics from synthetic sounds."""
        import torch

        norms = [part for part in network.modules() if isinstance(part, torch.nn.modules.batchnorm._BatchNorm)]
        if not norms:
            return
        for norm in norms:
            norm.momentum = 1.0  # The statistics of the one batch, and nothing of what stood there before.
            norm.train()
        self.infer(network, self._sounds(), [layer.name for layer in self.spec.layers])

    def _sounds(self) -> torch.Tensor:
        import torch

        longest = self.spec.longest_window
        sounds = synthetic_sounds(self.spec.sample_rate, longest)
        # Where shorter windows are filled up to one length, a few of them are as many frames as all are elsewhere.
        sounds = sounds[::4] if longest is not None and longest > SECONDS else sounds
        return torch.from_numpy(np.ascontiguousarray(self.prepare(sounds)))


@contextmanager
def drawing_from(seed: int) -> Iterator[None]:
    """Within, torch draws on the CPU from that seed; afterwards it goes on as if nothing had been drawn."""
    torch = require("torch")
    with _one_at_a_time, torch.random.fork_rng(devices=[]):
        # `torch.manual_seed` would also seed every GPU, and that would stay.
        torch.default_generator.manual_seed(seed)
        yield


class UntrainedWhisper(Untrained, Whisper):
    """Needs no file: the shape is known by name, or by the file that was given."""

    def anew(self) -> torch.nn.Module:
        modeling = require("transformers.models.whisper.modeling_whisper")
        config = modeling.WhisperConfig(**dict(zip(SIZES, astuple(self._shape), strict=True)))
        network: torch.nn.Module = modeling.WhisperEncoder(config)
        return network


class UntrainedWaveform(Untrained, Waveform):
    def anew(self) -> torch.nn.Module:
        return like(Waveform.load(self))


class UntrainedClap(Untrained, Clap):
    def anew(self) -> torch.nn.Module:
        network = like(Clap.load(self))
        self._blocks.listen(network)
        return network


class _UntrainedMsClap(Untrained, MsClap):
    """Only its checkpoint knows the mel filters, which are part of the front end and stay."""

    def anew(self) -> torch.nn.Module:
        return LogMelEncoder.load(self)

    def build(self, tensors: Tensors, path: Path) -> torch.nn.Module:
        from wetdry.encoders.clap.microsoft_network import SoundTower

        embedding = self.shape_of(tensors, path).embedding
        return SoundTower(self.network(tensors, path), embedding, projected_of(tensors, path))


class UntrainedMsClap2022(_UntrainedMsClap, MsClap2022):
    pass


class UntrainedMsClap2023(_UntrainedMsClap, MsClap2023):
    pass


class UntrainedPanns(Untrained, Panns):
    """Needs no file, unless one was given: the published shape and filters are known."""

    def anew(self) -> torch.nn.Module:
        from wetdry.encoders.panns.network import Cnn14

        if self._where is not None:
            return LogMelEncoder.load(self)
        self._filters = filter_bank(Panns.mel)
        return Cnn14(Cnn14Shape())

    def build(self, tensors: Tensors, path: Path) -> torch.nn.Module:
        from wetdry.encoders.panns.network import Cnn14, shape_of

        return Cnn14(shape_of(tensors, path))


class UntrainedOpenL3(Untrained, OpenL3):
    """Needs no file, unless one was given: the published widths are known."""

    def anew(self) -> torch.nn.Module:
        from wetdry.encoders.openl3.network import AudioNetwork

        widths = WIDTHS if self._where is None else [layer.out_channels for layer in _convolutions(OpenL3.load(self))]
        blank = AudioWeights(1.0, 0.0, tuple(_blank(*sizes) for sizes in zip((1, *widths), widths, strict=False)))
        network = AudioNetwork(blank, GRIDS[self._variant.size])
        for convolution in _convolutions(network):
            convolution.reset_parameters()
        return network

    def settle(self, network: torch.nn.Module) -> None:
        """Fold into each convolution but the last the normalisation that follows it, as for the published network."""
        module: Any = network
        heard = self._sounds()
        module.scale.fill_(1 / heard.std())
        module.shift.fill_(-heard.mean() / heard.std())
        hooks = [layer.register_forward_hook(_standardise) for layer in _convolutions(network)[:-1]]
        module(heard, [self.spec.default_layer])
        for hook in hooks:
            hook.remove()


class UntrainedQwen2Audio(Untrained, Qwen2Audio):
    def anew(self) -> torch.nn.Module:
        require("transformers")
        from wetdry.encoders.qwen2_audio.network import Qwen2Audio as Network

        return Network(model_config(locate(self.weights, self._where).path), with_decoder=self._whole)


def like(network: Any) -> torch.nn.Module:
    """A network of transformers of the same class and configuration, initialised by its own definition."""
    twin: torch.nn.Module = type(network)(network.config)
    return twin


def _convolutions(network: Any) -> list[torch.nn.Conv2d]:
    return list(network.convolutions)


def _blank(channels_in: int, channels_out: int) -> Convolution:
    kernel, bias = np.zeros((channels_out, channels_in, 3, 3)), np.zeros(channels_out)
    return Convolution(kernel.astype(np.float32), bias.astype(np.float32))


def _standardise(convolution: torch.nn.Conv2d, _inputs: Any, output: torch.Tensor) -> torch.Tensor:
    """Change a convolution so that each channel of this output has zero mean and unit variance."""
    spread, mean = output.std(dim=(0, 2, 3)), output.mean(dim=(0, 2, 3))
    convolution.weight.div_(spread[:, None, None, None])
    if convolution.bias is not None:
        convolution.bias.sub_(mean).div_(spread)
    return (output - mean[:, None, None]) / spread[:, None, None]
