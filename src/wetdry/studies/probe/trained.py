"""`TrainedProbe`: a probe with its card, as it is written, read and used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Float64
from wetdry.encoders import Encoder
from wetdry.probes import Probe
from wetdry.studies.probe import files
from wetdry.studies.probe.card import Card, ClassLabels, NumberLabels
from wetdry.studies.targets import AROUSAL, QUADRANTS, VALENCE, plane_of_quadrants, quadrants_of


@dataclass(frozen=True, eq=False)
class TrainedProbe:
    """What estimates labels from the vectors of one layer of one encoder.

    Attributes
    ----------
    probe
        The numbers.
    card
        What it learnt from, how well it does, and what it is no good for.
    clips
        Hashes of the clips that it learnt from.
    """

    probe: Probe
    card: Card
    clips: frozenset[str]

    @classmethod
    def load(cls, path: str | Path) -> TrainedProbe:
        """Read a probe from a safetensors file; raises `DataError` for anything that is none."""
        return cls(*files.read(Path(path)))

    def save(self, path: str | Path) -> None:
        """Write it to a safetensors file, and its card as JSON beside it."""
        files.write(Path(path), self.probe, self.card, self.clips)

    @property
    def name(self) -> str:
        """What reports call it, such as `linear probe on vibenet`."""
        return f"{self.probe.family} probe on {self.card.view.name}"

    @property
    def quadrants(self) -> tuple[str, ...] | None:
        """Which quadrant each class is, if they are the four, so that valence and arousal follow; None if not."""
        return quadrants_of(self.card.names) if self.card.classes else None

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of what `estimate` gives: quadrants by their emotion, then the valence and arousal they amount to."""
        if self.quadrants is None:
            return self.card.names
        return (*(QUADRANTS[name] for name in self.quadrants), VALENCE, AROUSAL)

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Lowest and highest value (target,): of probabilities, of the plane, or of the labels it learnt from."""
        plane = ((-1.0, 1.0),) * (len(self.targets) - len(self.card.outputs))
        return (*(_scale(output) for output in self.card.outputs), *plane)

    def estimate(self, vectors: npt.ArrayLike) -> Float64:
        """Estimates (…, target) from vectors (…, dim) of the card's encoder, layer and windows."""
        found: Float64 = self.probe.estimate(vectors)
        if self.quadrants is None:
            return found
        return np.concatenate([found, plane_of_quadrants(found, self.quadrants)], axis=-1)

    def encoder(self, text: str | None = None, *, device: str = "auto", dtype: str = "fp32") -> Encoder:
        """The encoder that it was trained on, opened by its name, or by `text` for weights of your own.

        Raises
        ------
        EncoderError
            If what is found here is another encoder, another revision of it, or one without the layer.
        """
        model = self.card.view.opened("probe", text, device=device, dtype=dtype)
        model.spec.layer(self.card.view.layer)
        return model


def _scale(output: ClassLabels | NumberLabels) -> tuple[float, float]:
    return (0.0, 1.0) if isinstance(output, ClassLabels) else (output.lowest, output.highest)


def read_probe(path: str | Path) -> TrainedProbe:
    """Read a probe that `wetdry probe train` wrote; raises `DataError` for anything that is none."""
    return TrainedProbe.load(path)
