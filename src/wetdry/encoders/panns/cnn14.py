"""Sizes of a Cnn14 and the layers they make, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from wetdry.encoders.base import Layer


@dataclass(frozen=True)
class Cnn14Shape:
    """Sizes of a Cnn14; the defaults are the published ones."""

    bands: int = 64
    widths: tuple[int, ...] = (64, 128, 256, 512, 1024, 2048)
    embedding: int = 2048
    classes: int = 527

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Six blocks and the embedding."""
        return (
            *(
                Layer(f"block{index}", width, f"convolution block {index}, mean over bands and frames")
                for index, width in enumerate(self.widths, start=1)
            ),
            Layer("embedding", self.embedding, "block 6: mean over bands, maximum plus mean over frames, linear, ReLU"),
        )
