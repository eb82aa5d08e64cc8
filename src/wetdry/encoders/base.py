"""What an encoder is: a specification, a preparation of windows, and a forward pass.

A model family implements three things: `spec`, `prepare` (signal processing before the network, run
in worker threads) and `forward` (the network itself, run on batches). The window grid, downmix,
resampling, batching and pooling are here, once, and the same for every family.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.audio import Clip, Samples, Windows, resample
from wetdry.errors import AudioError, EncoderError
from wetdry.registry import Registry, did_you_mean

Vectors = npt.NDArray[np.float32]
Prepared = npt.NDArray[Any]

BATCH = 8


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
    """What the encoder does to the level of its input (a model that normalises cannot hear a gain)."""

    @property
    def key(self) -> str:
        return f"{self.name}@{self.revision}"

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
    """Turns clips into vectors. Deterministic, and independent of what else is in a batch."""

    @property
    @abstractmethod
    def spec(self) -> EncoderSpec: ...

    @abstractmethod
    def forward(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        """Vectors (window, dim) of each named layer for prepared windows (window, …) of one shape."""

    def prepare(self, windows: Samples) -> Prepared:
        """Signal processing of mono windows (window, n) at the encoder's rate; called from threads."""
        return windows

    def ready(self) -> None:
        """Called in one thread before several call `prepare`: a place to import libraries and build tables.

        Packages that load their parts lazily can fail when two threads are the first to ask for one.
        """

    def prepare_clip(self, clip: Clip, windows: Windows | None = None) -> Prepared:
        """Downmix (mean of channels), resample, cut into windows, prepare."""
        if not clip.frames:
            raise AudioError("A clip without samples cannot be embedded; give at least one sample.")
        if not np.isfinite(clip.samples).all():
            raise AudioError("A clip with NaN or infinite samples cannot be embedded; check what made it.")
        spec = self.spec
        signal = resample(clip.mono, clip.sample_rate, spec.sample_rate)
        return self.prepare((windows or spec.windows).cut(signal, spec.sample_rate))

    def check_layers(self, layers: Iterable[str] | None) -> list[str]:
        """The named layers in the encoder's order, the default layer for None; raises for an unknown one."""
        if layers is None:
            return [self.spec.default_layer]
        wanted = [layers] if isinstance(layers, str) else list(layers)
        for name in wanted:
            self.spec.layer(name)
        return [layer.name for layer in self.spec.layers if layer.name in wanted]

    def forward_checked(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        """`forward` in batches, with widths and finiteness checked."""
        parts = [self.forward(prepared[i : i + BATCH], layers) for i in range(0, len(prepared), BATCH)]
        vectors = {layer: np.concatenate([part[layer] for part in parts]) for layer in layers}
        for layer, values in vectors.items():
            expected = (len(prepared), self.spec.layer(layer).dim)
            if values.shape != expected:
                raise EncoderError(f"{self.spec.key} gave shape {values.shape} for {layer}, not {expected}.")
            if not np.isfinite(values).all():
                raise EncoderError(f"{self.spec.key} gave NaN or infinite values for layer {layer}.")
        return vectors

    def embed_windows(
        self, clip: Clip, layers: Iterable[str] | None = None, *, windows: Windows | None = None
    ) -> dict[str, Vectors]:
        """Vectors (window, dim) of each layer for each window of one clip."""
        return self.forward_checked(self.prepare_clip(clip, windows), self.check_layers(layers))

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
        pooling = pooler(pool)
        each = [self.embed_windows(c, names, windows=windows) for c in ([clips] if isinstance(clips, Clip) else clips)]
        if not each:
            raise EncoderError("embed takes at least one clip.")
        return Embeddings({name: np.stack([pooling(vectors[name]) for vectors in each]) for name in names})


def pooler(name: str) -> Callable[[Vectors], Vectors]:
    """The function that pools (window, dim) to one vector: `mean` or `mean+sd`."""
    if name == "mean":
        return lambda vectors: vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    if name == "mean+sd":
        return lambda vectors: np.concatenate(
            [vectors.mean(axis=0, dtype=np.float64), vectors.std(axis=0, dtype=np.float64)]
        ).astype(np.float32)
    raise EncoderError(f'Unknown pooling "{name}": known: mean, mean+sd')


EncoderFactory = Callable[[], Encoder]
encoders: Registry[EncoderFactory] = Registry("encoder", EncoderError)
_loaded: dict[str, Encoder] = {}


def encoder(name: str) -> Encoder:
    """The encoder registered under `name`; loaded once, then shared."""
    factory = encoders.get(name)
    if name not in _loaded:
        _loaded[name] = factory()
    return _loaded[name]
