"""`Direction`: which way an effect takes the vectors of an encoder, with its strengths marked along it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy.typing as npt

from wetdry.analysis.effect_scale import EffectScale, Reading
from wetdry.encoders import Encoder
from wetdry.studies.direction import files
from wetdry.studies.direction.card import Card


@dataclass(frozen=True, eq=False)
class Direction:
    """An effect's direction for one layer of one encoder.

    Attributes
    ----------
    scale
        The numbers.
    card
        What they were fitted on, how well they read, and what they are no good for.
    """

    scale: EffectScale
    card: Card

    @classmethod
    def load(cls, path: str | Path) -> Direction:
        """Read a direction from a safetensors file; raises `DataError` for anything that is none."""
        return cls(*files.read(Path(path)))

    def save(self, path: str | Path) -> None:
        """Write it to a safetensors file, and its card as JSON beside it."""
        files.write(self.scale, self.card, Path(path))

    def read(self, vectors: npt.ArrayLike) -> Reading:
        """How strong the effect seems to be in vectors (n, dim) of the encoder, layer and windows of the card."""
        return self.scale.read(vectors)

    def encoder(self, text: str | None = None, *, device: str = "auto", dtype: str = "fp32") -> Encoder:
        """The encoder that it was fitted on, opened by its name, or by `text` for weights of your own.

        Raises
        ------
        EncoderError
            If what is found here is another encoder or another revision of it.
        """
        return self.card.view.opened("direction", text, device=device, dtype=dtype)
