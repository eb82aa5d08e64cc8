"""Sizes of the HTSAT of Microsoft's CLAP and the layers they make, without torch."""

from __future__ import annotations

from dataclasses import dataclass, field

from wetdry.encoders.base import Layer
from wetdry.encoders.clap.checkpoint import AudioTower


@dataclass(frozen=True)
class HtsatShape:
    """Sizes of an HTSAT; the defaults are the published ones."""

    tower: AudioTower = field(default_factory=AudioTower)
    heads: tuple[int, ...] = (4, 8, 16, 32)
    """Of each stage."""
    bands: int = 64

    @property
    def embedding(self) -> int:
        return self.tower.pooled

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The blocks of all stages and the embedding."""
        return (
            *(
                Layer(f"block{index}", dim, f"stage {stage}, block {number}, mean over patches")
                for index, (stage, number, dim) in enumerate(self.tower.stages, start=1)
            ),
            Layer("embedding", self.embedding, "last stage after its layer norm, mean over patches"),
        )
