"""The options of the corpus, as they stand after the colon of `etudes:`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wetdry.errors import DataError
from wetdry.registry import did_you_mean

EXAMPLE = "give e.g. etudes:200 or etudes:count=200,seed=7,seconds=10"


@dataclass(frozen=True)
class Options:
    """How many pieces, from which seed, how long in seconds."""

    count: int = 40
    seed: int = 0
    seconds: float = 10.0

    def __str__(self) -> str:
        return f"count={self.count},seed={self.seed},seconds={self.seconds:g}"


# Least and greatest value. Below 4 s there is no room for a motif and an ending.
RANGES = {"count": (1, 10_000), "seed": (0, 2**31 - 1), "seconds": (4, 120)}


def parse_options(text: str) -> Options:
    """Read options: empty, a count, or `name=value` separated by commas.

    >>> parse_options("200"), parse_options("seed=7, seconds=12.5")
    (Options(count=200, seed=0, seconds=10.0), Options(count=40, seed=7, seconds=12.5))
    """
    given: dict[str, float] = {}
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    for position, part in enumerate(parts):
        name, equals, value = (side.strip() for side in part.partition("="))
        if not equals and position == 0:
            name, value = "count", part
        elif not equals:
            raise DataError(f'etudes: "{part}" is not name=value; {EXAMPLE}')
        if name not in RANGES:
            raise DataError(f'etudes has no option "{name}": {did_you_mean(name, RANGES)}')
        if name in given:
            raise DataError(f"etudes: {name} is given twice; {EXAMPLE}")
        given[name] = _number(name, value)
    defaults = Options()
    return Options(
        count=int(given.get("count", defaults.count)),
        seed=int(given.get("seed", defaults.seed)),
        seconds=given.get("seconds", defaults.seconds),
    )


def _number(name: str, text: str) -> float:
    low, high = RANGES[name]
    kind = "number" if name == "seconds" else "whole number"
    try:
        value = float(text) if name == "seconds" else int(text)
    except ValueError:
        raise DataError(f'etudes: {name} takes a {kind}, not "{text}"; {EXAMPLE}') from None
    if not low <= value <= high or math.isnan(value):
        raise DataError(f"etudes: {name} must lie in {low} to {high}, not {text}.")
    # As precise as the text by which the corpus is known.
    return float(f"{value:g}") if name == "seconds" else value
