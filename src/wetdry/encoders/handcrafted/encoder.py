"""`handcrafted`: 386 classic features of a whole clip, the baseline that needs no pretrained model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import Encoder, EncoderSpec, Layer, Prepared, Vectors
from wetdry.encoders.handcrafted.features import frame_features

NAMES = {
    "mfcc": [f"mfcc_{index:02}" for index in range(1, 41)],
    "chroma": [f"chroma_{pitch}" for pitch in ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")],
    "mel": [f"mel_{index:03}" for index in range(1, 129)],
    "contrast": [f"contrast_{index}" for index in range(1, 8)],
    "tonnetz": [f"tonnetz_{axis}" for axis in ("fifth_x", "fifth_y", "minor_x", "minor_y", "major_x", "major_y")],
}
ABOUT = {
    "mfcc": "mel-frequency cepstral coefficients",
    "chroma": "energy by pitch class, each frame scaled to a maximum of 1",
    "mel": "power in 128 mel bands",
    "contrast": "peaks over valleys in seven octave bands, dB",
    "tonnetz": "tonal centroid of the constant-Q chroma",
}
LABELS = {
    group: tuple(f"{name}_{statistic}" for statistic in ("mean", "sd") for name in names)
    for group, names in NAMES.items()
}
ALL_LABELS = tuple(label for labels in LABELS.values() for label in labels)

SPEC = EncoderSpec(
    name="handcrafted",
    revision="1",
    sample_rate=22_050,
    windows=Windows(),
    layers=(
        *(Layer(group, len(labels), ABOUT[group], labels) for group, labels in LABELS.items()),
        Layer("features", len(ALL_LABELS), "all groups side by side", ALL_LABELS),
    ),
    default_layer="features",
    licence="GPL-3.0-or-later",
    about="mean and standard deviation over time of 193 features as librosa defines them",
)


class Handcrafted(Encoder):
    """Features by definition; all of the work is in `prepare`, so it runs in worker threads."""

    @property
    def spec(self) -> EncoderSpec:
        return SPEC

    def ready(self) -> None:
        summary(np.zeros(SPEC.sample_rate, dtype=np.float32))

    def prepare(self, windows: Samples) -> Prepared:
        """Features (window, 386) of windows (window, n) at 22,050 Hz."""
        return np.stack([summary(window) for window in windows])

    def forward(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        return {layer: prepared if layer == "features" else prepared[:, _columns(layer)] for layer in layers}


def summary(signal: Samples) -> Vectors:
    """Mean and standard deviation over the frames of a mono signal, group by group, shape (386,)."""
    groups = frame_features(signal, SPEC.sample_rate)
    parts = []
    for group in LABELS:
        parts.append(groups[group].mean(axis=1, dtype=np.float64))
        parts.append(groups[group].std(axis=1, dtype=np.float64))
    return np.concatenate(parts).astype(np.float32)


def _columns(group: str) -> slice:
    first = ALL_LABELS.index(LABELS[group][0])
    return slice(first, first + len(LABELS[group]))
