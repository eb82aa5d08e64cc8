"""What estimates emotion from an encoder's vectors: outputs of the encoder's own, or a probe from a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from wetdry.audio import Clip, Windows
from wetdry.encoders import Encoder, Layer
from wetdry.encoders import encoder as open_encoder
from wetdry.errors import EncoderError

if TYPE_CHECKING:
    from wetdry.studies.probe import TrainedProbe

Floats = npt.NDArray[np.float64]

NATIVE_TARGETS = ("energy", "valence")
NAMES_OF_AROUSAL = ("arousal", "energy")
"""What estimators call the axis of the plane beside valence."""
DEFAULT_ENCODER = "vibenet"


class Estimator(ABC):
    """Vectors of one layer of one encoder in, named numbers out.

    Attributes
    ----------
    name
        What reports call it.
    encoder, layer
        What the vectors come from.
    targets
        Names of the estimates, such as valence and arousal, or of classes.
    windows
        The window grid that it is meant for.
    """

    name: str
    encoder: Encoder
    layer: str
    targets: tuple[str, ...]
    windows: Windows

    @abstractmethod
    def estimate(self, vectors: npt.ArrayLike) -> Floats:
        """Estimates (n, target) from vectors (n, dim)."""

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Lowest and highest value (target,) that each estimate is on a scale of."""
        return ((0.0, 1.0),) * len(self.targets)

    def novelty(self, vectors: npt.ArrayLike) -> Floats | None:  # noqa: ARG002
        """Share (n,) of unprocessed clips that are less strange than each vector (n, dim); None where unknown."""
        return None

    def of_clip(self, clip: Clip) -> Floats:
        """Estimates (target,) of a clip: their mean over its windows."""
        vectors = self.encoder.embed_windows(clip, [self.layer], windows=self.windows)[self.layer]
        mean: Floats = self.estimate(vectors).mean(axis=0)
        return mean


@dataclass(frozen=True, eq=False)
class NativeEstimator(Estimator):
    """The outputs of an encoder that are named after the targets."""

    name: str
    encoder: Encoder
    layer: str
    targets: tuple[str, ...]
    windows: Windows

    @classmethod
    def of(cls, model: Encoder) -> NativeEstimator:
        """Valence and energy of an encoder that estimates them itself; raises for one that does not."""
        layer = estimating_layer(model)
        return cls(model.spec.name, model, layer.name, NATIVE_TARGETS, model.spec.windows)

    def estimate(self, vectors: npt.ArrayLike) -> Floats:
        labels = self.encoder.spec.layer(self.layer).labels
        columns = [labels.index(target) for target in self.targets]
        return np.asarray(vectors)[..., columns].astype(np.float64)


@dataclass(frozen=True, eq=False)
class ProbeEstimator(Estimator):
    """A probe on the layer and windows that it learnt from; one of quadrants also gives valence and arousal."""

    name: str
    encoder: Encoder
    layer: str
    targets: tuple[str, ...]
    windows: Windows
    trained: TrainedProbe

    @classmethod
    def of(cls, trained: TrainedProbe, encoder: str | None = None) -> ProbeEstimator:
        """The probe on its own encoder, opened by its name or by `encoder` for weights of your own."""
        view = trained.card.view
        model = trained.encoder(encoder)
        return cls(trained.name, model, view.layer, trained.targets, view.windows, trained)

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        return self.trained.scales

    def estimate(self, vectors: npt.ArrayLike) -> Floats:
        return self.trained.estimate(vectors)

    def novelty(self, vectors: npt.ArrayLike) -> Floats | None:
        return self.trained.probe.novelty(vectors)


def estimator(encoder: str = DEFAULT_ENCODER, probe: Path | None = None) -> Estimator:
    """What estimates emotion: an encoder's own valence and energy, or the probe in a file on its encoder.

    Parameters
    ----------
    encoder
        An encoder with outputs named valence and energy. With a probe: the probe's encoder, such as `mert-95m:PATH`
        for weights of your own; the default stands for the probe's by its name.
    probe
        A file that `wetdry probe train` wrote.

    Raises
    ------
    EncoderError
        Where the encoder estimates nothing itself, or is another than the probe was trained on.
    DataError
        Where the file holds no probe.
    """
    if probe is None:
        return NativeEstimator.of(open_encoder(encoder))
    from wetdry.studies.probe import read_probe

    return ProbeEstimator.of(read_probe(probe), None if encoder == DEFAULT_ENCODER else encoder)


def estimating_layer(model: Encoder) -> Layer:
    """The layer whose outputs are named after the targets."""
    for layer in model.spec.layers:
        if set(NATIVE_TARGETS) <= set(layer.labels):
            return layer
    raise EncoderError(
        f"{model.spec.name} estimates no {' or '.join(NATIVE_TARGETS)}: use one that does, such as vibenet, "
        "give a probe trained on it with --probe, or use `wetdry embed` for its embeddings."
    )
