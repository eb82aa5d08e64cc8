"""The best of a search, looked at once more: on all windows, also those that the search has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics import Interval, mean_interval
from wetdry.audio import Clip
from wetdry.suggest.bench import Bench, Trial
from wetdry.suggest.part import Heard

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Candidate:
    """An effect worth hearing.

    Attributes
    ----------
    trial
        As the search saw it.
    wet
        The part of the song with it, as it was judged.
    estimates
        Of every window, (window, target).
    change
        Mean over all windows of wet − dry of each estimate (target,), with its 95 % interval; NaN bounds for a single
        window.
    held_out_share
        How much of the way to the goal it goes on the windows that the search has not seen; NaN where there are none.
    held_out_change
        Mean change (target,) on those; NaN where there are none.
    novelty
        Mean share of unprocessed clips that are less strange to the estimator than the wet windows; NaN where the
        estimator cannot tell.
    """

    trial: Trial
    wet: Clip
    estimates: Floats
    change: Interval
    held_out_share: float
    held_out_change: Floats
    novelty: float

    @property
    def name(self) -> str:
        return " + ".join(self.trial.names)

    @property
    def holds_up(self) -> bool:
        """Whether it reaches the goal on the windows held out, too; False where there are none."""
        return self.held_out_share == 1.0


def checked(trial: Trial, bench: Bench, *, seed: int) -> Candidate:
    """Apply a trial's effect again and judge all windows; `seed` is that of the bootstrap."""
    wet = bench.wet(trial.effect)
    heard = bench.hear(wet)
    shift = heard.estimates - bench.dry.estimates
    held_out = bench.part.held_out
    none = np.full(shift.shape[1], np.nan)
    held_out_change = shift[held_out].mean(axis=0) if held_out.size else none
    return Candidate(
        trial=trial,
        wet=wet,
        estimates=heard.estimates,
        change=mean_interval(shift, seed=seed),
        held_out_share=float(bench.goal.share(held_out_change)) if held_out.size else float("nan"),
        held_out_change=held_out_change,
        novelty=mean_novelty(heard, bench),
    )


def mean_novelty(heard: Heard, bench: Bench) -> float:
    """Mean novelty of windows to the estimator, 0 to 1; NaN where it cannot tell."""
    found = bench.estimator.novelty(heard.vectors[bench.estimator.layer])
    return float("nan") if found is None else float(np.mean(found))
