"""An OpenL3 file of weights as Keras writes it; narrow for the contract, of published width for parity."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import numpy as np

NAMES = ["openl3-music-512"]
NARROW = (4, 4, 8, 8, 8, 8, 16, 16)
PUBLISHED_WIDTHS = (64, 64, 128, 128, 256, 256, 512, 512)


def make(name, folder):
    return write(Path(folder) / f"openl3_audio_mel128_{name.split('-')[1]}.h5", NARROW)


def write(path, widths, channels=1):
    """The layers in the network's order; names count on from what the session had built before, as published."""
    import h5py

    convolutions = [f"conv2d_{number}" for number in range(7, 14)] + ["audio_embedding_layer"]
    with h5py.File(path, "w") as file:
        file.attrs.update(backend=np.bytes_("tensorflow"), keras_version=np.bytes_("2.3.0-tf"))
        order = ["input_1", "melspectrogram"]
        for index, (convolution, width) in enumerate(zip(convolutions, widths, strict=True)):
            normalisation = f"batch_normalization_{index + 8}"
            _layer(file, normalisation, dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (channels,)))
            _layer(file, convolution, {"kernel": (3, 3, channels, width), "bias": (width,)})
            order += [normalisation, *([f"activation_{index + 6}"] if index else []), convolution]
            channels = width
        for name in set(order) - set(file):
            _layer(file, name, {})
        file.attrs["layer_names"] = np.array(order, dtype="S")
    return path


def _layer(file, name, shapes):
    group = file.create_group(name)
    names = [f"{name}/{parameter}:0" for parameter in shapes]
    group.attrs["weight_names"] = np.array(names, dtype="S")
    for full, (parameter, shape) in zip(names, shapes.items(), strict=True):
        group[full] = drawn(full, parameter, shape)


def drawn(full, parameter, shape):
    """Random values of one parameter, the same wherever they are drawn; scales as trained ones have."""
    values = np.random.default_rng(crc32(full.encode())).standard_normal(shape)
    if parameter == "kernel":
        values *= np.sqrt(2.0 / np.prod(shape[:3]))
    elif parameter == "gamma":
        values = 1.0 + 0.2 * values
    elif parameter == "moving_variance":
        values = np.exp(0.3 * values)
    else:
        values *= 0.2
    # The first normalisation is that of the spectrogram, in dB.
    if shape == (1,) and parameter == "moving_mean":
        values -= 40.0
    if shape == (1,) and parameter == "moving_variance":
        values *= 200.0
    return values.astype(np.float32)


def windows():
    """One-second windows at 48 kHz: a chord with noise, a struck tone, 0.3 s followed by silence, silence."""
    rng = np.random.default_rng(512)
    time = np.arange(48_000) / 48_000
    noise = rng.standard_normal((3, time.size))
    chord = sum(np.sin(2 * np.pi * frequency * time) for frequency in (220.0, 277.18, 329.63, 3520.0)) / 4
    struck = np.sin(2 * np.pi * 587.33 * time) * np.exp(-8 * ((time + 0.6) % 1.0))
    rest = np.where(time < 0.3, chord + 0.3 * noise[2], 0.0)
    signals = [0.5 * chord + 0.01 * noise[0], 0.2 * struck + 0.0005 * noise[1], 0.1 * rest, 0.0 * time]
    return np.stack(signals).astype(np.float32)
