"""What an encoder is: a specification, a preparation of windows, and a forward pass.

A model family implements three things: `spec`, `prepare` (signal processing before the network, run
in worker threads) and `forward` (the network itself, run on batches). The window grid, downmix,
resampling, batching and pooling are here, once, and the same for every family.
"""

from __future__ import annotations

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.audio import Clip, Samples, Windows, resample
from wetdry.encoders.pooling import Pool, pool_named
from wetdry.encoders.weights.files import Weights
from wetdry.errors import AudioError, EncoderError
from wetdry.registry import Registry, did_you_mean

Vectors = npt.NDArray[np.float32]
Prepared = npt.NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """One output of an encoder: vectors of `dim` numbers, named one by one in `labels` if they have names."""

    name: str
    dim: int
    about: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class EncoderSpec:
    """What a user must know of an encoder before using a number that came from it."""

    name: str
    revision: str
    sample_rate: int
    windows: Windows
    layers: tuple[Layer, ...]
    default_layer: str
    licence: str
    about: str
    normalisation: str = "none"
    """What the encoder does to the level of its input."""
    hears_level: bool = True
    """False where that makes a gain inaudible to it: no report may then count it as robust to gain."""
    longest_window: float | None = None
    """Seconds it can take in at once; None for any length."""

    @property
    def key(self) -> str:
        return f"{self.name}@{self.revision}"

    @property
    def blindness(self) -> str:
        """What a report must say before it calls this encoder robust to gain; empty if it hears level."""
        if self.hears_level:
            return ""
        return (
            f"{self.name} cannot hear a gain: {self.normalisation}. That a gain does not move its vectors follows "
            "from how it is built and is no finding; other effects are heard without the loudness they add."
        )

    def layer(self, name: str) -> Layer:
        for layer in self.layers:
            if layer.name == name:
                return layer
        hint = did_you_mean(name, [layer.name for layer in self.layers])
        raise EncoderError(f'{self.name} has no layer "{name}": {hint}')


class Embeddings(Mapping[str, Vectors]):
    """Layer name → float32 array (clip, dim), in the order of the encoder's layers."""

    def __init__(self, layers: Mapping[str, Vectors]) -> None:
        self._layers = dict(layers)

    def __getitem__(self, layer: str) -> Vectors:
        return self._layers[layer]

    def __iter__(self) -> Any:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def stack(self) -> Vectors:
        """All layers in one array (clip, layer, dim); raises where their widths differ."""
        widths = {vectors.shape[1] for vectors in self.values()}
        if len(widths) != 1:
            raise EncoderError(f"Layers of different widths {sorted(widths)} cannot be stacked.")
        return np.stack(list(self.values()), axis=1)


class Encoder(ABC):
    """Turns clips into vectors. Deterministic, and independent of what else is in a batch.

    Making one is cheap: parameters are found and loaded by `ready`, or when a clip is first embedded.
    """

    batch = 8
    """Windows that are prepared and seen together; bounds the memory of a long clip."""

    asked_for: tuple[str, str, str] | None = None
    """Text, device and precision by which `encoder` made it: another process makes it anew from these."""

    def __reduce__(self) -> str | tuple[Any, ...]:
        if self.asked_for is None:
            return super().__reduce__()
        return _remade, self.asked_for

    @property
    @abstractmethod
    def spec(self) -> EncoderSpec: ...

    @property
    def weights(self) -> Weights | None:
        """Where the parameters come from; None for an encoder that needs nothing but the install."""
        return None

    @abstractmethod
    def forward(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        """Vectors (window, dim) of each named layer for prepared windows (window, …) of one shape."""

    def prepare(self, windows: Samples) -> Prepared:
        """Signal processing of mono windows (window, n) at the encoder's rate; called from threads."""
        return windows

    def ready(self) -> None:
        """Called in one thread before several call `prepare`: a place to load parameters and import libraries.

        Packages that load their parts lazily can fail when two threads are the first to ask for one.
        """

    def heard(self, clip: Clip) -> Samples:
        """What the encoder is given of a clip: the mean of its channels (n,), at least one sample, at its own rate."""
        if not clip.frames:
            raise AudioError("A clip without samples cannot be embedded; give at least one sample.")
        if not np.isfinite(clip.samples).all():
            raise AudioError("A clip with NaN or infinite samples cannot be embedded; check what made it.")
        heard = resample(clip.mono, clip.sample_rate, self.spec.sample_rate)
        # A lower rate may have no sample for so short a clip, and a window has at least one.
        return heard if heard.size else np.zeros(1, dtype=np.float32)

    def prepare_clip(self, clip: Clip, windows: Windows | None = None) -> Prepared:
        """Downmix (mean of channels), resample, cut into windows, prepare."""
        return np.concatenate([self.prepare(batch) for batch in self._batches(self.heard(clip), windows)])

    def check_layers(self, layers: Iterable[str] | None) -> list[str]:
        """The named layers in the encoder's order, the default layer for None; raises for an unknown one."""
        if layers is None:
            return [self.spec.default_layer]
        wanted = [layers] if isinstance(layers, str) else list(layers)
        for name in wanted:
            self.spec.layer(name)
        return [layer.name for layer in self.spec.layers if layer.name in wanted]

    def forward_checked(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        """`forward`, with widths and finiteness checked."""
        vectors = self.forward(prepared, layers)
        for layer in layers:
            expected = (len(prepared), self.spec.layer(layer).dim)
            if vectors[layer].shape != expected:
                raise EncoderError(f"{self.spec.key} gave shape {vectors[layer].shape} for {layer}, not {expected}.")
            if not np.isfinite(vectors[layer]).all():
                raise EncoderError(f"{self.spec.key} gave NaN or infinite values for layer {layer}.")
        return vectors

    def embed_signal(
        self, signal: Samples, layers: Sequence[str], windows: Windows | None = None, pool: str = "none"
    ) -> dict[str, Vectors]:
        """Vectors of each layer for a mono signal (n,) at the encoder's rate: a row a window, or one row if pooled.

        Windows are seen `batch` at a time, so the memory of a pooled layer does not grow with the signal.
        """
        pools: dict[str, Pool] = {layer: pool_named(pool) for layer in layers}
        for batch in self._batches(signal, windows):
            for layer, vectors in self.forward_checked(self.prepare(batch), layers).items():
                pools[layer].add(vectors)
        return {layer: pooled.result() for layer, pooled in pools.items()}

    def embed_windows(
        self, clip: Clip, layers: Iterable[str] | None = None, *, windows: Windows | None = None
    ) -> dict[str, Vectors]:
        """Vectors (window, dim) of each layer for each window of one clip."""
        return self.embed_signal(self.heard(clip), self.check_layers(layers), windows)

    def embed(
        self,
        clips: Clip | Sequence[Clip],
        layers: Iterable[str] | None = None,
        *,
        windows: Windows | None = None,
        pool: str = "mean",
    ) -> Embeddings:
        """Embed clips, pooled over their windows.

        Parameters
        ----------
        clips
            One clip or several; several give the same rows as each alone.
        layers
            Names of layers; the encoder's default layer if None.
        windows
            Window grid; the encoder's own if None.
        pool
            `"mean"` over windows (dim), or `"mean+sd"`: mean and standard deviation side by side (2·dim).
        """
        names = self.check_layers(layers)
        if pool == "none":
            raise EncoderError("embed gives one vector a clip; embed_windows gives one a window.")
        each = [
            self.embed_signal(self.heard(clip), names, windows, pool)
            for clip in ([clips] if isinstance(clips, Clip) else clips)
        ]
        if not each:
            raise EncoderError("embed takes at least one clip.")
        return Embeddings({name: np.concatenate([vectors[name] for vectors in each]) for name in names})

    def _batches(self, signal: Samples, windows: Windows | None) -> Iterator[Samples]:
        spec = self.spec
        grid = windows or spec.windows
        seconds = grid.length(signal.size, spec.sample_rate) / spec.sample_rate
        if spec.longest_window is not None and seconds > spec.longest_window:
            raise EncoderError(
                f"{spec.name} takes windows of at most {spec.longest_window:g} s, not {seconds:.10g} s; "
                "choose a shorter window."
            )
        return grid.batches(signal, spec.sample_rate, self.batch)


EncoderFactory = Callable[..., Encoder]
encoders: Registry[EncoderFactory] = Registry("encoder", EncoderError)
OUTER_COMMA = re.compile(r",(?!\s*\w+=)")
DEVICES = re.compile(r"auto|cpu|cuda(:\d+)?", re.ASCII)
_made: dict[tuple[str, str, str], Encoder] = {}


def encoder(text: str, *, device: str = "auto", dtype: str = "fp32") -> Encoder:
    """The encoder that `text` names; made once, then shared.

    Parameters
    ----------
    text
        A registered name, or `name:where` with the file or folder of its weights, as in `mert-95m:/models/mert`.
    device
        `"auto"` (a GPU if there is one), `"cpu"`, `"cuda"` or `"cuda:1"`; for encoders that have the choice.
    dtype
        `"fp32"`, or `"bf16"` and `"fp16"`, faster on a GPU and less exact; part of the key of what is stored.
    """
    name, colon, where = text.partition(":")
    factory = encoders.get(name)
    taken = inspect.signature(factory).parameters
    if where and "where" not in taken:
        raise EncoderError(f'{name} comes with its weights; leave out ":{where}".')
    if dtype != "fp32" and "dtype" not in taken:
        raise EncoderError(f"{name} computes in fp32 only; leave out {dtype}.")
    if not where and not complete(name):
        raise EncoderError(f"{name} needs to know which model: {name}:ID or {name}:/folder")
    if colon and not where:
        # As from "mert-95m:$WEIGHTS" with nothing in the variable: the published weights are not what was meant.
        raise EncoderError(f'"{text}" names no file or folder behind its colon; leave out the colon, or name one.')
    if not DEVICES.fullmatch(device):
        raise EncoderError(f'Unknown device "{device}": known: auto, cpu, cuda, cuda:0, …')
    options = {"where": where, "device": device, "dtype": dtype}
    key = (text, device, dtype)
    if key not in _made:
        made = factory(**{option: value for option, value in options.items() if option in taken and value})
        made.asked_for = key
        _made[key] = made
    return _made[key]


def _remade(text: str, device: str, dtype: str) -> Encoder:
    return encoder(text, device=device, dtype=dtype)


def names_in(text: str) -> list[str]:
    """The encoders of a comma-separated list; what follows a comma as `option=value` belongs to the one before it.

    >>> names_in("vibenet, untrained:vibenet,seed=3,mert-95m:/models/mert")
    ['vibenet', 'untrained:vibenet,seed=3', 'mert-95m:/models/mert']
    """
    return [name.strip() for name in OUTER_COMMA.split(text) if name.strip()]


def complete(name: str) -> bool:
    """Whether a registered name is one encoder by itself, rather than a way to read whatever is named behind it."""
    where = inspect.signature(encoders.get(name)).parameters.get("where")
    return where is None or where.default is not inspect.Parameter.empty
