"""`reverb`: pedalboard's Freeverb."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wetdry.effects.base import effects, parameter
from wetdry.effects.board import BoardEffect
from wetdry.effects.ringing import DECAY_DB
from wetdry.effects.scale import linear

# Freeverb's longest comb filter, and how its feedback follows from the room size.
LONGEST_COMB_SECONDS = 1617 / 44_100
FEEDBACK_OF_ROOM = (0.7, 0.28)


@effects.register("reverb")
@dataclass(frozen=True)
class Reverb(BoardEffect):
    """Freeverb: eight parallel combs and four all-passes.

    Levels: room_size 0.1 + 0.08 L at wet_level 1 (published, emotion study). Parameters and defaults are
    pedalboard's, and so is the meaning of its levels: **dry_level 0.5 passes the dry sound unchanged**, 1
    doubles it, and the default 0.4 lowers it by 2 dB. Width and freeze mode mean nothing to a single channel.
    """

    name: ClassVar[str] = "reverb"
    strength: ClassVar[str] = "room_size"

    room_size: float = parameter(0.5, "size of the room, and with it the decay time", low=0, high=1)
    damping: float = parameter(0.5, "how much sooner high frequencies decay", low=0, high=1)
    wet_level: float = parameter(0.33, "level of the reverberation", low=0, high=1)
    dry_level: float = parameter(0.4, "level of the dry sound: 0.5 leaves it unchanged", low=0, high=1)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(room_size=linear(0.1, 0.08, level), wet_level=1.0)

    def tail_seconds(self) -> float:
        if self.wet_level == 0:
            return 0.0
        feedback = FEEDBACK_OF_ROOM[0] + FEEDBACK_OF_ROOM[1] * self.room_size
        return LONGEST_COMB_SECONDS * DECAY_DB / (-20.0 * math.log10(feedback))

    def plugin(self, sample_rate: int) -> Any:  # noqa: ARG002
        from pedalboard import Reverb as Plugin

        return Plugin(
            room_size=self.room_size, damping=self.damping, wet_level=self.wet_level, dry_level=self.dry_level
        )
