"""`untrained:vibenet`: the EfficientNet of vibenet before any training."""

from __future__ import annotations

from threading import Lock
from typing import Any

from wetdry.encoders.base import EncoderSpec
from wetdry.encoders.untrained.graph import drawn_graph
from wetdry.encoders.untrained.identity import twin_of
from wetdry.encoders.untrained.sounds import synthetic_sounds
from wetdry.encoders.vibenet.encoder import VibeNet

DRAWING = "drawn1"
"""To be counted up when other numbers come of a seed."""


class UntrainedVibeNet(VibeNet):
    """Drawn when first needed; the published bytes that it starts from are a copy of its own."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed
        self._drawing = Lock()
        self._drawn = False

    @property
    def spec(self) -> EncoderSpec:
        return twin_of(super().spec, self._seed, [DRAWING])

    def ready(self) -> None:
        super().ready()
        self._draw()

    def _session(self, outputs: tuple[str, ...]) -> Any:
        self._draw()
        return super()._session(outputs)

    def _draw(self) -> None:
        with self._drawing:
            if not self._drawn:
                self._model = drawn_graph(
                    self._model, self._seed, self.prepare(synthetic_sounds(self.spec.sample_rate))
                )
                self._drawn = True
