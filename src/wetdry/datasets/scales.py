"""The scales that people rate on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """The least and the greatest value that a rating can take."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"

    def onto(self, other: Scale, value: float) -> float:
        """The value at the same place of another scale.

        >>> NINE_POINTS.onto(CENTRED, 7.0)
        0.5
        """
        return other.low + (value - self.low) * (other.high - other.low) / (self.high - self.low)


NINE_POINTS = Scale(1.0, 9.0)
CENTRED = Scale(-1.0, 1.0)
UNIT = Scale(0.0, 1.0)
