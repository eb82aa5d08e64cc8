"""`vibenet`: a small EfficientNet that hears valence, energy and five other attributes in music.

The network ships as an ONNX file in the wheel of the `vibenet` package. Only that file is used; the
spectrogram it expects is made here as the package defines it, so predictions agree with the package's.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import Encoder, EncoderSpec, Layer, Prepared, Vectors
from wetdry.encoders.mel import Mel
from wetdry.encoders.vibenet.graph import model_path, open_graph, read_model

ATTRIBUTES = ("acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "valence")
LIKELIHOODS = [ATTRIBUTES.index(name) for name in ("acousticness", "instrumentalness", "liveness")]

BLOCK_DIMS = (32, 16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192, 320)
TENSORS = {"pooled": "view", "trunk": "gelu", "logits": "out", "attributes": "out"}

RATE = 16_000
FRAME = 640
MEL = Mel(RATE, n_fft=1024, hop=320, bands=128, frame=FRAME, centred=False)
FLOOR = np.float32(1e-10)
DYNAMIC_RANGE_DB = np.float32(80.0)

FRAMES_AT_ONCE = 200
"""Short windows run faster together; longer ones alone, since activations of a batch outgrow the cache."""

SPEC = EncoderSpec(
    name="vibenet",
    revision="0.1.0",
    sample_rate=RATE,
    windows=Windows(10.0),
    layers=(
        Layer("block0", BLOCK_DIMS[0], "stem, mean over bands and frames"),
        *(
            Layer(f"block{index}", dim, f"MBConv block {index}, mean over bands and frames")
            for index, dim in enumerate(BLOCK_DIMS[1:], start=1)
        ),
        Layer("pooled", 1280, "last convolution, mean over bands and frames"),
        Layer("trunk", 256, "hidden layer shared by the seven heads"),
        Layer("logits", len(ATTRIBUTES), "heads before sigmoid and clipping, which hide shifts", ATTRIBUTES),
        Layer("attributes", len(ATTRIBUTES), "estimates between 0 and 1", ATTRIBUTES),
    ),
    default_layer="pooled",
    licence="GPL-3.0-or-later",
    about="EfficientNet-B0 distilled on the Free Music Archive (vibenet 0.1.0); runs on any CPU",
)


class VibeNet(Encoder):
    """The embedded model. Safe to share between threads; each call of `forward` uses one."""

    def __init__(self) -> None:
        self._model = read_model(model_path())
        self._sessions: dict[tuple[str, ...], Any] = {}
        self._opening = Lock()

    @property
    def spec(self) -> EncoderSpec:
        return SPEC

    def ready(self) -> None:
        self.prepare(np.zeros((1, 1), dtype=np.float32))

    def prepare(self, windows: Samples) -> Prepared:
        """Log-mel spectrograms (window, 128, frame) in dB of windows (window, n) at 16 kHz."""
        return log_mel(windows)

    def forward(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        tensors = {layer: TENSORS.get(layer, layer) for layer in layers}
        names = tuple(sorted(set(tensors.values())))
        session = self._session(names)
        size = max(1, FRAMES_AT_ONCE // prepared.shape[2])
        parts = [session.run(names, {"x": prepared[i : i + size]}) for i in range(0, len(prepared), size)]
        values = {name: np.concatenate(part) for name, part in zip(names, zip(*parts, strict=True), strict=True)}
        return {
            layer: estimates(values[tensor]) if layer == "attributes" else values[tensor]
            for layer, tensor in tensors.items()
        }

    def _session(self, outputs: tuple[str, ...]) -> Any:
        """The session that computes `outputs` and no more; kept, since making one takes as long as a few windows."""
        import onnxruntime

        with self._opening:
            if outputs not in self._sessions:
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = 1
                options.inter_op_num_threads = 1
                self._sessions[outputs] = onnxruntime.InferenceSession(
                    open_graph(self._model, outputs), options, providers=["CPUExecutionProvider"]
                )
            return self._sessions[outputs]


def estimates(logits: Vectors) -> Vectors:
    """Estimates (n, 7) in 0…1 from raw outputs: likelihoods through a sigmoid, degrees clipped.

    >>> estimates(np.array([[0, 0.25, 1.5, 0, 0, -0.5, 0.75]], dtype=np.float32)).tolist()
    [[0.5, 0.25, 1.0, 0.5, 0.5, 0.0, 0.75]]
    """
    from scipy.special import expit

    values = np.clip(logits, 0.0, 1.0)
    values[:, LIKELIHOODS] = expit(logits[:, LIKELIHOODS])
    return values


def log_mel(windows: Samples) -> Prepared:
    """Log-mel spectrograms (window, 128, frame), dB, of windows (window, n) at 16 kHz.

    Frames are not centred and the rest behind the last is left out, so n samples give
    1 + (n − 640) // 320 frames; fewer than 640 samples are padded with zeros to one frame. Each
    window has its own floor, 80 dB below its loudest cell.

    >>> log_mel(np.zeros((2, 16_000), dtype=np.float32)).shape
    (2, 128, 49)
    """
    missing = max(0, FRAME - windows.shape[1])
    padded = np.pad(windows, ((0, 0), (0, missing))) if missing else windows
    return np.stack([_log_mel(window) for window in padded])


def _log_mel(signal: Samples) -> Samples:
    decibels: Samples = np.float32(10.0) * np.log10(np.maximum(FLOOR, MEL.one(signal)))
    # Beyond full scale the power overflows; what comes of it is not finite, and refused as such.
    with np.errstate(invalid="ignore"):
        np.maximum(decibels, decibels.max() - DYNAMIC_RANGE_DB, out=decibels)
    return decibels
