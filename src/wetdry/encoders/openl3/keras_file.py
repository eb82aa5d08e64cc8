"""OpenL3's files of weights: what Keras wrote of the audio network, checked and made ready for use.

The network is eight 3 × 3 convolutions; a normalisation per channel stands before each. Keras numbers layers by
what else its session had built, so they are told apart by their order and by the names of their parameters.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.encoders.weights.configuration import NONSENSE, check_is_file
from wetdry.errors import EncoderError
from wetdry.extras import require

Floats = npt.NDArray[np.float32]
KerasLayer = dict[str, Floats]

CONVOLUTIONS = 8
MOST_LAYERS = 100
"""Those without parameters among them."""
NORMALISATION = {"gamma", "beta", "moving_mean", "moving_variance"}
CONVOLUTION = {"kernel", "bias"}
EPSILON = 1e-3
"""What Keras adds to a variance; it is not in the file."""
GZIP = b"\x1f\x8b"
MOST_BYTES = 256 << 20
"""Of a file, once it is unpacked, and of all values in it; the published ones have 19 MB."""


@dataclass(frozen=True)
class Convolution:
    """`kernel` (out, in, 3, 3) and `bias` (out,), with the normalisation that follows multiplied in."""

    kernel: Floats
    bias: Floats


@dataclass(frozen=True)
class AudioWeights:
    """The parameters of one audio network; the spectrogram is normalised to itself · `factor` + `offset`."""

    factor: float
    offset: float
    convolutions: tuple[Convolution, ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels that each convolution gives."""
        return tuple(convolution.bias.size for convolution in self.convolutions)

    @property
    def finite(self) -> bool:
        values = [part for convolution in self.convolutions for part in (convolution.kernel, convolution.bias)]
        return bool(np.isfinite([self.factor, self.offset]).all() and all(np.isfinite(each).all() for each in values))


def read_weights(path: Path) -> AudioWeights:
    """The parameters in an `.h5` or `.h5.gz` file."""
    layers = read_keras_layers(path)
    if [set(layer) for layer in layers] != [NORMALISATION, CONVOLUTION] * CONVOLUTIONS:
        raise _other_network(path)
    normalisations, convolutions = layers[::2], layers[1::2]
    channels = 1
    for normalisation, convolution in zip(normalisations, convolutions, strict=True):
        given = convolution["bias"].size
        fits = (
            all(values.shape == (channels,) for values in normalisation.values())
            and convolution["kernel"].shape == (3, 3, channels, given)
            and convolution["bias"].shape == (given,)
        )
        if not fits:
            raise _other_network(path)
        channels = given
    # What overflows, or is a root of less than nothing, is found below.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        factor, offset = _scaling(normalisations[0])
        folded = [_fold(*pair) for pair in zip(convolutions, normalisations[1:], strict=False)]
    last = _convolution(convolutions[-1]["kernel"], convolutions[-1]["bias"])
    weights = AudioWeights(float(factor[0]), float(offset[0]), (*folded, last))
    if not weights.finite:
        raise _damaged(path)
    return weights


def read_keras_layers(path: Path) -> list[KerasLayer]:
    """Name → values of each layer that has parameters, in the order of the network."""
    h5py = require("h5py")
    check_is_file(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _other_network(path)
        content = path.read_bytes()
    except OSError as error:
        raise EncoderError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions.") from None
    try:
        if content.startswith(GZIP):
            with gzip.open(BytesIO(content)) as unpacked:
                content = unpacked.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise _other_network(path)
        with h5py.File(BytesIO(content), "r") as file:
            # A file of a whole model keeps its weights one level down.
            root = file if "layer_names" in file.attrs or "model_weights" not in file else file["model_weights"]
            if "layer_names" not in root.attrs:
                raise _other_network(path)
            names = root.attrs["layer_names"]
            if len(names) > MOST_LAYERS:
                raise _other_network(path)
            layers = [_parameters(root[name]) for name in names]
    except (*NONSENSE, OSError, EOFError, zlib.error, MemoryError):
        raise _damaged(path) from None
    return [layer for layer in layers if layer]


def _parameters(group: Any) -> KerasLayer:
    """Last part of a parameter's name, as in `conv2d_3/kernel:0` → its values."""
    names = [name.decode() if isinstance(name, bytes) else name for name in group.attrs["weight_names"]]
    if len(names) > len(NORMALISATION):
        raise ValueError("more parameters than a layer of this network has")
    return {name.rpartition("/")[2].partition(":")[0]: _values(group[name]) for name in names}


def _values(dataset: Any) -> Floats:
    """A dataset's values; it must be as large in the file as it says, and in this file."""
    plain = dataset.dtype.kind == "f" and not dataset.is_virtual and not dataset.external
    # What is not stored would read as zeros, however many; nothing that Keras writes is compressed.
    if not plain or dataset.id.get_storage_size() < dataset.size * dataset.dtype.itemsize:
        raise ValueError("no plain array of numbers")
    with np.errstate(over="ignore"):
        return np.asarray(dataset[()], dtype=np.float32)


def _scaling(layer: KerasLayer) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """What a trained normalisation amounts to, per channel: a factor, and an offset that is added."""
    factor = layer["gamma"] / np.sqrt(layer["moving_variance"].astype(np.float64) + EPSILON)
    return factor, layer["beta"] - factor * layer["moving_mean"]


def _fold(convolution: KerasLayer, normalisation: KerasLayer) -> Convolution:
    factor, offset = _scaling(normalisation)
    return _convolution(convolution["kernel"] * factor, convolution["bias"] * factor + offset)


def _convolution(kernel: npt.NDArray[Any], bias: npt.NDArray[Any]) -> Convolution:
    """From Keras's order of a kernel's axes (frequency, time, in, out)."""
    return Convolution(kernel.transpose(3, 2, 0, 1).astype(np.float32), bias.astype(np.float32))


def _damaged(path: Path) -> EncoderError:
    return EncoderError(f"{path}: is damaged or no HDF5 file of weights; fetch it again.")


def _other_network(path: Path) -> EncoderError:
    return EncoderError(
        f"{path}: does not hold the {CONVOLUTIONS} convolutions of OpenL3's audio network; "
        "give an openl3_audio_….h5 file of version 0.4."
    )
