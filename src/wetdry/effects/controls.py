"""Controls: what a shift could also be due to.

Most effects change loudness besides the sound, and encoders hear loudness. `matched` takes the change of
loudness out of an effect; `gain_like` leaves nothing else in it. What an effect does that is in its `matched`
variant and not in its `gain_like` variant is not a matter of loudness.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from wetdry.audio import Clip, Samples, matching_gain
from wetdry.effects.base import effects
from wetdry.effects.wrapper import Wrapper


@dataclass(frozen=True)
class Control(Wrapper):
    """A clip made from a dry clip and what `inner` makes of it.

    Whoever needs several controls of one effect computes the wet clip once, and derives each from it.
    """

    @abstractmethod
    def derive(self, dry: Clip, wet: Clip) -> tuple[Clip, float]:
        """The control's clip, and the gain in dB that was applied; `wet` must be `inner(dry)`."""

    def render(self, dry: Clip) -> Samples:
        clip, _ = self.derive(dry, self.inner(dry))
        return clip.samples


@effects.register("matched")
@dataclass(frozen=True)
class Matched(Control):
    """The wet clip at the loudness of the dry one (integrated, BS.1770).

    Exactly so, whatever the peak: samples are floats, in which nothing clips, and a peak guard would leave
    effects that raise the crest of loud music softer than dry.
    """

    name: ClassVar[str] = "matched"
    version: ClassVar[int] = 2

    def derive(self, dry: Clip, wet: Clip) -> tuple[Clip, float]:
        gain_db = matching_gain(wet, dry, peak_safe=False)
        return wet.scaled(gain_db), gain_db


@effects.register("gain_like")
@dataclass(frozen=True)
class GainLike(Control):
    """The dry clip with the change of loudness that `inner` causes, and nothing else of it.

    The gain is the inverse of that of `matched`, so also a wet clip too soft for the gate of BS.1770 has its
    control. No gain if either clip is silent. The clip is as long as the dry one even if `inner` rings on.
    """

    name: ClassVar[str] = "gain_like"
    version: ClassVar[int] = 2

    def derive(self, dry: Clip, wet: Clip) -> tuple[Clip, float]:
        gain_db = 0.0 - matching_gain(wet, dry, peak_safe=False)
        return dry.scaled(gain_db), gain_db

    def tail_seconds(self) -> float:
        return 0.0
