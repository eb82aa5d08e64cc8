"""Sweeps: an effect walked through its levels, from neutral to strong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wetdry.effects.base import MAX_LEVEL, Effect, effects
from wetdry.effects.chain import Chain
from wetdry.effects.chain_files import effect
from wetdry.errors import EffectError

ALL_LEVELS = tuple(float(level) for level in range(1, MAX_LEVEL + 1))

RANGE = re.compile(r"(?P<first>\d+(?:\.\d+)?)(?:\s*-\s*(?P<last>\d+(?:\.\d+)?)(?:\s*:\s*(?P<step>\d+(?:\.\d+)?))?)?")


@dataclass(frozen=True)
class Step:
    """One effect of a sweep.

    `family` is what the steps of one sweep have in common, `level` their order in it (None: there is one step only).
    """

    family: str
    level: float | None
    effect: Effect


@dataclass(frozen=True)
class Sweep:
    """The effect `name` at each of `levels`.

    Anything that has no levels gives a single step: an effect without them, a named chain, an effect with
    parameters of its own, a chain. Its family is the chain's label, or else the key.

    >>> for step in Sweep("delay", (0, 10)):
    ...     print(step.family, step.level, step.effect)
    delay 0.0 identity
    delay 10.0 delay(delay_seconds=0.32, feedback=0.6)
    >>> [(step.family, step.level) for step in Sweep("telephone")]
    [('telephone', None)]
    """

    name: str
    levels: tuple[float, ...] = ALL_LEVELS

    def __iter__(self) -> Iterator[Step]:
        if self.name in effects.names() and effects.get(self.name).has_levels():
            for level in self.levels:
                yield Step(self.name, float(level), effects.get(self.name).at_level(level))
        else:
            one = effect(self.name)
            label = one.label if isinstance(one, Chain) else ""
            yield Step(label or one.key, None, one)


def sweep(name: str, levels: Iterable[float] = ALL_LEVELS) -> list[Step]:
    """The steps of the effect or chain `name` at `levels`; see `Sweep`."""
    return list(Sweep(name, tuple(levels)))


def parse_levels(text: str) -> tuple[float, ...]:
    """Levels from text: numbers and ranges with commas between, a range as `first-last` or `first-last:step`.

    A level that is named twice counts once, where it is named first.

    >>> parse_levels("0, 2.5, 5")
    (0.0, 2.5, 5.0)
    >>> parse_levels("1-10:3")
    (1.0, 4.0, 7.0, 10.0)
    """
    levels: list[float] = []
    for part in text.split(","):
        match = RANGE.fullmatch(part.strip())
        if match is None:
            raise EffectError(f'Levels "{text}" cannot be read; write them as 1-10, as 0,2,5 or as 1-10:3.')
        first = float(match["first"])
        last = float(match["last"] or first)
        step = float(match["step"] or 1.0)
        if last < first or last > MAX_LEVEL or step == 0.0:
            raise EffectError(
                f'Levels "{text}" are out of order or range; they rise from 0 to {MAX_LEVEL}, in steps above 0.'
            )
        count = int((last - first) / step + 1e-9) + 1
        if count > 1000:
            raise EffectError(f'Levels "{text}" are {count} levels; give at most 1000.')
        levels.extend(round(first + index * step, 9) for index in range(count))
    return tuple(dict.fromkeys(levels))
