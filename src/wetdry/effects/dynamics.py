"""`compressor` and `limiter`: less distance between loud and soft."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wetdry.effects.base import effects, parameter
from wetdry.effects.board import BoardEffect
from wetdry.effects.scale import linear


@effects.register("compressor")
@dataclass(frozen=True)
class Compressor(BoardEffect):
    """Lowers what exceeds a threshold; no make-up gain.

    Levels: threshold -12 - 3 L dB at ratio 4 (ours: from the loudest moments of ordinary programme down to all
    that is heard of it). Ratio 1 is neutral.
    """

    name: ClassVar[str] = "compressor"
    strength: ClassVar[str] = "threshold_db"

    threshold_db: float = parameter(-20.0, "level above which it works", unit="dB", low=-100, high=0)
    ratio: float = parameter(4.0, "how many dB more in make one dB more out", low=1, high=100)
    attack_ms: float = parameter(1.0, "time to react to louder", unit="ms", low=0, high=1000)
    release_ms: float = parameter(100.0, "time to react to softer", unit="ms", low=0, high=10_000)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(threshold_db=linear(-12.0, -3.0, level))

    def plugin(self, sample_rate: int) -> Any:  # noqa: ARG002
        from pedalboard import Compressor as Plugin

        return Plugin(
            threshold_db=self.threshold_db, ratio=self.ratio, attack_ms=self.attack_ms, release_ms=self.release_ms
        )


@effects.register("limiter")
@dataclass(frozen=True)
class Limiter(BoardEffect):
    """A loudness maximiser: raises everything by as much as the threshold is low, and keeps peaks below full scale.

    Levels: threshold -2 L dB (ours: 20 dB is more than any published master is pushed). pedalboard's limiter has a
    fixed stage before the threshold and 3.75 dB of gain after it, so not even a threshold of 0 dB is neutral.
    """

    name: ClassVar[str] = "limiter"
    strength: ClassVar[str] = "threshold_db"

    threshold_db: float = parameter(-10.0, "level that is brought to full scale", unit="dB", low=-60, high=0)
    release_ms: float = parameter(100.0, "time to react to softer", unit="ms", low=1, high=10_000)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(threshold_db=linear(0.0, -2.0, level))

    def plugin(self, sample_rate: int) -> Any:  # noqa: ARG002
        from pedalboard import Limiter as Plugin

        return Plugin(threshold_db=self.threshold_db, release_ms=self.release_ms)
