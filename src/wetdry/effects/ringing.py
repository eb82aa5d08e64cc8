"""Estimates of how long an effect rings on, to about -60 dB."""

import math

DECAY_DB = 60.0


def feedback_tail(delay_seconds: float, feedback: float) -> float:
    """Seconds until an echo that returns every `delay_seconds` at `feedback` is 60 dB down; inf at 1.

    >>> feedback_tail(0.5, 0.0), feedback_tail(0.5, 0.1)
    (0.5, 2.0)
    """
    if delay_seconds == 0 or feedback == 0:
        return delay_seconds
    if abs(feedback) >= 1:
        return math.inf
    # The first echo comes through whole; each further one is `feedback` times the one before.
    further = DECAY_DB / (-20.0 * math.log10(abs(feedback)))
    return delay_seconds * (1 + math.ceil(round(further, 9)))


def filter_tail(frequency_hz: float, q: float = 0.5) -> float:
    """Seconds until a resonance at `frequency_hz` of quality `q` is 60 dB down (0.5: a first-order filter).

    >>> round(filter_tail(100), 4)
    0.011
    """
    return math.log(1000.0) * max(q, 0.5) / (math.pi * frequency_hz)
