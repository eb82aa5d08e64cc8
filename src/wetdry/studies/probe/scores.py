"""Scores of estimates beside those of what always says the mean, or the commonest class."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.agreement import agreement
from wetdry.analysis.scores import Scores, class_scores, regression_scores
from wetdry.analysis.statistics.units import Float64
from wetdry.probes import Task
from wetdry.studies.cards import Figure, rounded
from wetdry.studies.probe.card import Score

BASELINE, PROBE = 0, 1
"""Columns of what is scored; gains are measured from the first."""

Labels = npt.NDArray[np.float64] | npt.NDArray[np.str_]


def baseline(task: Task, learnt_from: Labels) -> Float64:
    """What one says of any clip (output,) who knows the training labels alone: means, or the shares of classes."""
    if task.classes:
        shares: Float64 = (learnt_from[:, np.newaxis] == np.array(task.names)).mean(axis=0)
        return shares
    mean: Float64 = np.asarray(learnt_from, dtype=np.float64).mean(axis=0)
    return mean


def scored(
    task: Task, labels: Labels, estimates: Float64, ignorant: Float64, groups: npt.NDArray[np.str_], *, seed: int
) -> tuple[Score, ...]:
    """Every score of a task, with 95 % intervals over groups.

    Parameters
    ----------
    labels
        Text (n,) or numbers (n, target).
    estimates, ignorant
        Shape (n, output): the probe's, and what `baseline` says of the same clips.
    groups
        Of each clip (n,).
    """
    columns = np.stack([ignorant, estimates], axis=1)
    if task.classes:
        truth = np.array([task.names.index(label) for label in labels.tolist()])
        found = class_scores(truth, columns, groups, seed=seed)
        scores = [_score(metric, "", of_metric, ()) for metric, of_metric in found.items()]
    else:
        found = regression_scores(labels, columns, groups, seed=seed)
        scores = [
            _score(metric, target, of_metric, (number,))
            for number, target in enumerate(task.names)
            for metric, of_metric in found.items()
        ]
    return tuple(score for score in scores if score is not None)


def table_of(scores: Iterable[Score]) -> pd.DataFrame:
    """One row a score: metric, target, value, low, high, baseline, gain, gain_low, gain_high; NaN where unknown."""
    return pd.DataFrame(
        [
            {
                "metric": score.metric,
                "target": score.target,
                **_columns("value", "", score.probe),
                "baseline": np.nan if score.baseline is None else score.baseline,
                **_columns("gain", "gain_", score.gain),
            }
            for score in scores
        ]
    )


def correlations(task: Task, labels: Labels, estimates: Float64, groups: npt.NDArray[np.str_]) -> pd.DataFrame:
    """Pearson's r of each number, which no difference of scales touches, as rows of `table_of`.

    `labels` and `estimates` are of shape (n, target); `groups` (n,) are what is left out for the intervals.
    """
    found = agreement(estimates, labels, groups).pearson
    return pd.DataFrame(
        {"metric": "pearson", "target": task.names, "value": found.estimate, "low": found.low, "high": found.high}
    )


def _columns(name: str, prefix: str, figure: Figure | None) -> dict[str, float]:
    values = (None, None, None) if figure is None else (figure.estimate, figure.low, figure.high)
    known = [np.nan if value is None else value for value in values]
    return dict(zip((name, f"{prefix}low", f"{prefix}high"), known, strict=True))


def _score(metric: str, target: str, found: Scores, at: tuple[int, ...]) -> Score | None:
    """A score as the card has it; None where it has no meaning, as R² of labels that do not vary."""
    own, ignorant = (PROBE, *at), (BASELINE, *at)
    probe = _figure(found.estimate[own], found.low[own], found.high[own])
    if probe is None:
        return None
    return Score(
        metric=metric,
        target=target,
        probe=probe,
        baseline=_known(found.estimate[ignorant]),
        gain=_figure(found.change[own], found.change_low[own], found.change_high[own]),
    )


def _figure(estimate: float, low: float, high: float) -> Figure | None:
    return None if np.isnan(estimate) else Figure(estimate=rounded(estimate), low=_known(low), high=_known(high))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else rounded(value)
