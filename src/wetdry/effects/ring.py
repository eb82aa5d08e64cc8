"""`ring`: lets an effect ring on after the end of the clip."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wetdry.audio import Clip, Samples
from wetdry.effects.base import effects
from wetdry.effects.wrapper import Wrapper

LONGEST_SECONDS = 60.0


@effects.register("ring")
@dataclass(frozen=True)
class Ring(Wrapper):
    """Gives `inner` as much silence after the clip as it takes to ring out, so the wet clip is longer.

    Without it the ringing is cut at the end of the dry clip. The silence is `inner.tail_seconds()` long,
    rounded up to a sample, and a minute at most.
    """

    name: ClassVar[str] = "ring"

    def render(self, dry: Clip) -> Samples:
        silence = int(np.ceil(min(self.inner.tail_seconds(), LONGEST_SECONDS) * dry.sample_rate))
        return self.inner(dry.with_samples(np.pad(dry.samples, ((0, 0), (0, silence))))).samples

    def tail_seconds(self) -> float:
        return 0.0
