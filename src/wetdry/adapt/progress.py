"""How far a training is, and how long it may still take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """What a callback is told.

    Attributes
    ----------
    stage
        `"features"` while clips go through what stays as it is, once each; then `"training"`.
    done, total
        Clips, or epochs. A first word of training comes after a few steps, with 0 epochs done: in time to break a
        long one off, by raising.
    spent
        Seconds of this stage, also of processes before this one.
    left
        Seconds that the rest of this stage takes at most, by what it took so far; training may stop earlier.
    """

    stage: str
    done: int
    total: int
    spent: float
    left: float
