"""Placing direct labels so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Move `positions` apart, as little as needed, until neighbours are at least `gap` away from each other.

    Neighbours too close form a block centred on the mean of their wishes (isotonic regression).

    >>> spread([0.0, 5.0, 5.2], gap=1.0)
    [0.0, 4.6, 5.6]
    """
    order = np.argsort(positions, kind="stable")
    blocks: list[list[float]] = []  # (sum of wishes less the own offset, members)
    for rank, index in enumerate(order):
        blocks.append([positions[index] - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, members = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += members
    starts = [total / members for total, members in blocks for _ in range(int(members))]
    placed = np.empty(len(order))
    placed[order] = np.array(starts) + np.arange(len(order)) * gap
    return [round(float(position), 10) for position in placed]


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def about(cls, x: float, y: float, half_width: float, half_height: float) -> Box:
        return cls(x - half_width, y - half_height, x + half_width, y + half_height)

    def hits(self, other: Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def within(self, size: tuple[float, float]) -> bool:
        return self.left >= 0 and self.top >= 0 and self.right <= size[0] and self.bottom <= size[1]


_CHARACTER, _LINE, _AWAY = 7.0, 14.0, 9.0
_SIDES = np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0)])


def label_offsets(
    points: Points, texts: Sequence[str], toward: Points, lines: Sequence[Points], size: tuple[float, float]
) -> list[tuple[float, float] | None]:
    """Where to write `texts` beside `points`: offset of each text's centre in pixels, None where no room is left.

    `points` has shape (n, 2), in pixels from the top left of a picture of `size`, and `toward` the side that each
    text had better be on. A text covers neither points nor `lines` nor an earlier text.
    """
    taken = [Box.about(x, y, 4, 4) for line in lines for x, y in _dense(line)]
    taken += [Box.about(x, y, 4, 4) for x, y in points]
    offsets: list[tuple[float, float] | None] = []
    for (x, y), text, wish in zip(points, texts, toward, strict=True):
        half = _CHARACTER * len(text) / 2
        reach = np.array([half + _AWAY, _LINE])
        offsets.append(None)
        for side in _SIDES[np.argsort(-(_SIDES @ wish), kind="stable")]:
            dx, dy = side * reach
            box = Box.about(x + dx, y + dy, half, _LINE / 2)
            if box.within(size) and not any(box.hits(other) for other in taken):
                offsets[-1] = (float(dx), float(dy))
                taken.append(box)
                break
    return offsets


def _dense(line: Points) -> Points:
    """Points along a line of shape (n, 2), no farther apart than 8 pixels."""
    pieces = [line[-1:]]
    for start, end in pairwise(line):
        steps = max(1, int(np.hypot(*(end - start)) // 8) + 1)
        pieces.append(start + (end - start) * np.linspace(0, 1, steps, endpoint=False)[:, np.newaxis])
    return np.concatenate(pieces)
