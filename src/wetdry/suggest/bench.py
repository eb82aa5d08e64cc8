"""Trying an effect on a song: what changes, how much of the goal that is, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.audio import Clip, loudness, matching_gain
from wetdry.effects import Chain, Effect
from wetdry.errors import AudioError
from wetdry.studies.estimators import Estimator
from wetdry.suggest.cost import Cost
from wetdry.suggest.goal import Goal
from wetdry.suggest.part import Heard, Part, Rows, hear

Floats = npt.NDArray[np.float64]

LOUDNESS_TOLERANCE_LU = 0.1
HANDICAP = 0.1


@dataclass(frozen=True, eq=False)
class Trial:
    """One effect on the windows of the search.

    Attributes
    ----------
    change, doubt
        Wet − dry of each estimate (target,): mean over windows, and its standard error (0 for a single window).
    distance, share
        From the goal, in shares of the scale, and how much of the way to it that is (see `Goal`). Where an estimate has
        to move, only what exceeds the standard error counts: of hundreds of effects those that were lucky with a few
        windows would else come first.
    cost
        See `Cost`.
    """

    effect: Effect
    change: Floats
    doubt: Floats
    distance: float
    share: float
    cost: float

    @property
    def reached(self) -> bool:
        return self.distance == 0.0

    @property
    def merit(self) -> tuple[bool, float, float]:
        """Less is better: what reaches the goal at the least cost, else what comes closest to it.

        Each effect beyond the first has to earn its place: it counts as a tenth more.
        """
        more = 1.0 + HANDICAP * (len(self.names) - 1)
        if self.reached:
            return (False, self.cost * more, 0.0)
        return (True, self.distance * more, self.cost)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the effects in it, in order."""
        return names_of(self.effect)


class Bench:
    """One song, one estimator, one goal, one cost."""

    def __init__(self, part: Part, dry: Heard, estimator: Estimator, goal: Goal, cost: Cost, *, match: bool) -> None:
        self.part, self.dry, self.estimator, self.goal, self.cost, self.match = part, dry, estimator, goal, cost, match
        self._searched = dry.estimates[part.searched]

    def attempt(self, effect: Effect) -> Trial:
        """The effect on the windows of the search; raises `WetdryError` where it cannot be judged."""
        wet = self.wet(effect)
        heard = self.hear(wet, self.part.searched)
        shift = heard.estimates - self._searched
        change, count = shift.mean(axis=0), len(shift)
        doubt = shift.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.zeros_like(change)
        cost = self.cost.of(wet, heard.vectors)
        distance, share = self.goal.distance(change, doubt), self.goal.share(change, doubt)
        return Trial(effect, change, doubt, float(distance), float(share), cost)

    def wet(self, effect: Effect) -> Clip:
        """The wet part as it is judged: at the loudness of the dry one, unless any will do."""
        wet = effect(self.part.dry)
        if not self.match:
            return wet
        gain_db = matching_gain(wet, self.part.dry, peak_safe=False)
        # No gain is found for what is silent, and none is needed for what is as loud as it should be.
        if gain_db == 0.0 and not abs(loudness(wet) - loudness(self.part.dry)) < LOUDNESS_TOLERANCE_LU:
            raise AudioError(f"{effect.key}: leaves too little to be brought to the loudness of the dry song.")
        return wet.scaled(gain_db)

    def hear(self, wet: Clip, rows: Rows | None = None) -> Heard:
        return hear(wet, self.part.windows, self.estimator, self.cost.layers, rows)


def names_of(effect: Effect) -> tuple[str, ...]:
    """Names of an effect's parts in order; a chain that has a name of its own is one part."""
    if not isinstance(effect, Chain):
        return (effect.name,)
    if effect.label:
        return (effect.label,)
    return tuple(link.name for link in effect.effects)
