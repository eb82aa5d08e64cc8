"""A suggestion as tables: candidates, everything tried, and the windows behind the candidates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from wetdry.suggest import words
from wetdry.suggest.candidates import Candidate
from wetdry.suggest.run import Suggestion


def candidates(found: Suggestion) -> pd.DataFrame:
    """One row a candidate, best first.

    rank (from 1), name, effect (key), reached, share (on the windows searched, less one standard error),
    held_out_share, cost, novelty, and for each target its wet mean, the change with its 95 % interval over all windows,
    and the change on the windows held out.
    """
    rows = [{"rank": rank, **_row(candidate, found)} for rank, candidate in enumerate(found.candidates, 1)]
    return pd.DataFrame(rows, columns=["rank", *_columns(found)])


def summary(found: Suggestion) -> pd.DataFrame:
    """The candidates in words, for a page or a terminal: one row each, best first."""
    rows = []
    for rank, candidate in enumerate(found.candidates, 1):
        moved = candidate.change
        changes = {
            f"Δ {wish.target}": words.with_interval(moved.estimate[k], moved.low[k], moved.high[k])
            for wish in found.goal.wishes
            for k in [found.goal.targets.index(wish.target)]
        }
        rows.append(
            {
                "rank": rank,
                "effect": candidate.trial.effect.key,
                "searched": words.percent(candidate.trial.share),
                "held out": words.percent(candidate.held_out_share),
                "cost": f"{candidate.trial.cost:.2f}",
                **changes,
                **({"novelty": f"{candidate.novelty:.2f}"} if np.isfinite(candidate.novelty) else {}),
            }
        )
    return pd.DataFrame(rows)


def trials(found: Suggestion) -> pd.DataFrame:
    """One row an effect that was judged, in order: effect, name, share, distance, cost, front, and the changes."""
    best = {trial.effect.key for trial in found.front}
    return pd.DataFrame(
        [
            {
                "effect": trial.effect.key,
                "name": " + ".join(trial.names),
                "share": trial.share,
                "distance": trial.distance,
                "cost": trial.cost,
                "front": trial.effect.key in best,
                **{f"{t}_change": value for t, value in zip(found.goal.targets, trial.change, strict=True)},
                **{f"{t}_error": value for t, value in zip(found.goal.targets, trial.doubt, strict=True)},
            }
            for trial in found.trials
        ]
    )


def windows(found: Suggestion) -> pd.DataFrame:
    """One row a window and candidate: rank, start in seconds, held_out, and dry and wet of each target."""
    seconds = found.part.windows.seconds or found.part.dry.seconds
    parts = []
    for rank, candidate in enumerate(found.candidates, 1):
        rows = pd.DataFrame({"rank": rank, "start": np.arange(found.part.count) * seconds})
        rows["held_out"] = np.isin(np.arange(found.part.count), found.part.held_out)
        for k, target in enumerate(found.goal.targets):
            rows[f"{target}_dry"] = found.dry.estimates[:, k]
            rows[f"{target}_wet"] = candidate.estimates[:, k]
        parts.append(rows)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"rank": [], "start": [], "held_out": []})


def failures(found: Suggestion) -> pd.DataFrame:
    """One row an effect that could not be judged: effect and reason."""
    rows = [{"effect": failure.effect, "reason": failure.reason} for failure in found.failures]
    return pd.DataFrame(rows, columns=["effect", "reason"])


def _row(candidate: Candidate, found: Suggestion) -> dict[str, Any]:
    trial = candidate.trial
    fixed = (
        candidate.name,
        trial.effect.key,
        trial.reached,
        trial.share,
        candidate.held_out_share,
        trial.cost,
        candidate.novelty,
    )
    moved = candidate.change
    values = [
        value
        for k in range(len(found.goal.targets))
        for value in (
            found.dry_mean[k] + moved.estimate[k],
            moved.estimate[k],
            moved.low[k],
            moved.high[k],
            candidate.held_out_change[k],
        )
    ]
    return dict(zip(_columns(found), [*fixed, *map(float, values)], strict=True))


def _columns(found: Suggestion) -> list[str]:
    fixed = ["name", "effect", "reached", "share", "held_out_share", "cost", "novelty"]
    parts = ("", "_change", "_low", "_high", "_held_out_change")
    return [*fixed, *(f"{target}{part}" for target in found.goal.targets for part in parts)]
