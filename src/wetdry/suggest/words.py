"""What a search found, in sentences that claim no more than it did."""

from __future__ import annotations

import math

from wetdry.suggest.candidates import Candidate
from wetdry.suggest.front import LEAST_SHARE
from wetdry.suggest.run import Suggestion


def title(found: Suggestion) -> str:
    if found.config.toward:
        return f"{found.name}, toward {found.goal.name}"
    return f"{found.name}: {found.goal.name.replace('-', '−')}"


def lead(found: Suggestion) -> str:
    """The answer, and how it fares on windows that the search has not seen."""
    winner = found.winner
    if winner is None:
        return (
            f"{missed(found)}: none of {tried(found)} goes even {percent(LEAST_SHARE)} of the way to the goal, "
            f"{found.goal}. {unfinished(found)}".strip()
        )
    if winner.trial.reached:
        verdict = (
            f"“{winner.name}” reaches the goal, {found.goal}, at a cost of {winner.trial.cost:.2f} {found.cost.about}."
        )
    else:
        verdict = (
            f"{missed(found)}: the closest of {tried(found)}, “{winner.name}”, goes {percent(winner.trial.share)} of "
            f"the way to the goal, {found.goal}."
        )
    return " ".join(filter(None, [verdict, check(winner, found), sturdier(found), unfinished(found)]))


def missed(found: Suggestion) -> str:
    """How to say that the goal was not reached: that it cannot be, only where all stages were gone through."""
    return "Out of reach" if found.complete else "Not reached so far"


def check(candidate: Candidate, found: Suggestion) -> str:
    """How a candidate fares on the windows held out."""
    count = len(found.part.held_out)
    if not count:
        return "The song is too short to spare windows for a check, so this may be the luck of the search."
    where = (
        f"the {count} windows that the search did not see" if count > 1 else "the window that the search did not see"
    )
    share = candidate.held_out_share
    if candidate.holds_up:
        return f"It does so, too, on {where}." if candidate.trial.reached else f"On {where} it reaches the goal."
    if share <= 0:
        return f"On {where} it does not move toward the goal at all: the search found luck, not an effect."
    return f"On {where} it goes {percent(share)} of the way."


def sturdier(found: Suggestion) -> str:
    """Which candidate reaches the goal on all windows, where the winner does not."""
    if not found.reached or not found.part.held_out.size or found.candidates[0].holds_up:
        return ""
    for candidate in found.candidates[1:]:
        if candidate.trial.reached and candidate.holds_up:
            return f"“{candidate.name}”, at {candidate.trial.cost:.2f}, is the cheapest candidate that does on both."
    return ""


def unfinished(found: Suggestion) -> str:
    """That the budget ended the search early, if it did."""
    if found.complete:
        return ""
    stage = list(found.stages)[-1]
    return f"The budget of {found.budget} ended the search while it looked at {stage}; a larger one may find better."


def tried(found: Suggestion) -> str:
    count = len(found.trials)
    return f"{count} settings tried" if count > 1 else "one setting tried"


def percent(share: float) -> str:
    """A share as text, with a true minus; `unknown` for NaN. What falls short of all is not rounded up to it.

    >>> percent(0.997), percent(1.0), percent(-0.125), percent(float("nan"))
    ('99 %', '100 %', '−13 %', 'unknown')
    """
    if math.isnan(share):
        return "unknown"
    return f"{math.floor(100 * share + 1e-9)} %".replace("-", "−")


def signed(value: float) -> str:
    """A change as text, with a true minus."""
    return f"{value:+.2f}".replace("-", "−")


def with_interval(change: float, low: float, high: float) -> str:
    """A change with its interval, without where it has none."""
    return signed(change) if math.isnan(low) else f"{signed(change)} [{signed(low)}, {signed(high)}]"
