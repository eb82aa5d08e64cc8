"""What is worth knowing of many trials: the front of cost against reach, and the best of each kind."""

from __future__ import annotations

from collections.abc import Sequence

from wetdry.suggest.bench import Trial

MOST_WITH_ONE = 2
LEAST_SHARE = 0.05
"""Of the way to the goal: what goes less far is no suggestion."""


def front(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that none other beats in both cost and reach, cheapest first; what only moves away is left out."""
    best: list[Trial] = []
    for trial in sorted(trials, key=lambda trial: (trial.cost, -trial.share)):
        if trial.share > (best[-1].share if best else 0.0):
            best.append(trial)
    return best


def best_of_each(trials: Sequence[Trial], most: int) -> list[Trial]:
    """The best trials that differ to the ear, best first; those that hardly move toward the goal are left out.

    One of each set of effects, no set that only adds to one before it, and no effect more than `MOST_WITH_ONE` times.
    """
    chosen: dict[frozenset[str], Trial] = {}
    for trial in sorted(trials, key=lambda trial: trial.merit):
        names = frozenset(trial.names)
        adds_nothing = any(earlier <= names for earlier in chosen)
        common = any(sum(name in earlier for earlier in chosen) >= MOST_WITH_ONE for name in names)
        if trial.share >= LEAST_SHARE and not adds_nothing and not common:
            chosen[names] = trial
        if len(chosen) == most:
            break
    return list(chosen.values())
