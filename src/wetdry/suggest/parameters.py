"""Small moves of an effect's parameters."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from wetdry.effects import Chain, Effect, Parameter
from wetdry.errors import EffectError

SHARE_RANGE = 2.0
"""Parameters whose range is no wider are moved by shares of it; others by factors, as seconds, hertz and decibels."""
FACTOR = 8.0
"""By which a step of 1 would multiply."""
DIGITS = 3
"""Significant, so that keys stay short."""


def neighbours(effect: Effect, step: float, movable: Sequence[bool] = ()) -> list[Effect]:
    """The effect with one parameter moved, up or down by `step` of its range; of a chain, one of one of its links.

    Whole numbers, such as seeds, and parameters without bounds stay, as do links that are not `movable` (empty: all
    are). A move that the effect does not allow is left out.

    >>> from wetdry.effects import effect
    >>> [n.key for n in neighbours(effect("bitcrush(bits=8)"), 1 / 3)]
    ['bitcrush(bits=4)', 'bitcrush(bits=16)']
    """
    links = effect.effects if isinstance(effect, Chain) else (effect,)
    allowed = movable or [True] * len(links)
    moved = []
    for place in [place for place, may in enumerate(allowed) if may]:
        for link in _moved(links[place], step):
            changed = (*links[:place], link, *links[place + 1 :])
            moved.append(link if len(links) == 1 else Chain(changed))
    return moved


def _moved(effect: Effect, step: float) -> list[Effect]:
    moved: list[Effect] = []
    for parameter in effect.parameters():
        for value in _moves(parameter, effect.params[parameter.name], step):
            # In range, but perhaps not together with the other parameters.
            with suppress(EffectError):
                moved.append(effect.with_params(**{parameter.name: value}))
    return moved


def _moves(parameter: Parameter, value: object, step: float) -> list[float]:
    low, high = parameter.low, parameter.high
    if not isinstance(value, float) or low is None or high is None:
        return []
    if high - low <= SHARE_RANGE:
        wanted = [value - step * (high - low), value + step * (high - low)]
    else:
        wanted = [value / FACTOR**step, value * FACTOR**step]
    rounded = [float(f"{min(max(moved, low), high):.{DIGITS}g}") for moved in wanted]
    return [moved for moved in dict.fromkeys(rounded) if moved != value]
