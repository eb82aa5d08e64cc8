"""How well a score holds up over all of a sweep: the area under its curve, as a share of that of the dry clips."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.agreement import FEWEST_UNITS
from wetdry.analysis.scores import Scores
from wetdry.analysis.statistics.intervals import Interval, check_level, student_quantile
from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError

SAME = 1e-12
"""Squared width of an interval, as a share of the squared ratio, that is no more than rounding."""


def robustness(
    scores: Scores,
    columns: npt.ArrayLike,
    strengths: npt.ArrayLike,
    *,
    lower_is_better: bool = False,
    level: float = 0.95,
) -> Interval:
    """Robustness of a score to each effect: 1 is as good as dry at every strength, 0 as bad as can be.

    The area under the curve of the score over strength (by trapezia) is divided by that of the dry clips, on the clips
    that each strength has. Of errors the ratio is turned round: 1 is as small as dry, ½ twice as large on average.

    Parameters
    ----------
    scores
        Of the columns (column, …) of all effects, with the dry one as the reference.
    columns
        Which columns belong to each effect at rising strength, shape (effect, strength); the dry one, at strength 0, is
        mostly the first.
    strengths
        Shape (strength,), rising.
    lower_is_better
        Whether the score is an error.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Of shape (effect, …); `units` is the smallest number of clusters at any strength. The limits are Fieller's for
        a ratio, with the variances over the scores' resamples. They are `"undetermined"` where the divisor is not
        surely positive, as for a score that is poor even dry, where resamples agree, and for fewer than 4 clusters.
        The estimate is NaN where the divisor is not positive: a share of no skill is no share. 95 % limits covered 93
        to 97 % in simulations of 12 to 80 clips. Those of `ece` do not cover, as its own would not.

    References
    ----------
    Fieller (1954), Some problems in interval estimation.

    >>> from wetdry.analysis.scores import regression_scores
    >>> truth = np.arange(8.0)[:, np.newaxis]
    >>> error = np.array([1.0, 1.0, 3.0])[:, np.newaxis] * np.array([[[1.0]], [[-1.0]]] * 4)
    >>> mae = regression_scores(truth, truth[:, np.newaxis] + error)["mae"]
    >>> robustness(mae, [[0, 1, 2]], [0, 1, 2], lower_is_better=True).estimate.round(9).tolist()  # 2 / (1 + 2)
    [[0.666666667]]
    """
    check_level(level)
    places, doses = _sweeps(columns, strengths, len(scores.estimate))
    wet, dry = (_areas(drawn, places, doses) for drawn in (scores.drawn, scores.drawn_reference))
    units: Counts = scores.units[places].min(axis=1)
    return _ratio(dry, wet, units, level) if lower_is_better else _ratio(wet, dry, units, level)


def _sweeps(columns: npt.ArrayLike, strengths: npt.ArrayLike, available: int) -> tuple[Counts, Float64]:
    places, doses = np.asarray(columns), np.asarray(strengths, dtype=np.float64)
    if places.ndim != 2 or doses.shape != places.shape[1:] or doses.size < 2 or not (np.diff(doses) > 0).all():
        raise DataError(
            f"Columns of shape {places.shape} do not fit strengths of shape {doses.shape}: give (effect, strength) and "
            "at least two strengths that rise."
        )
    if places.dtype.kind not in "iu" or (places < 0).any() or (places >= available).any():
        raise DataError(f"Columns of a sweep are numbers from 0 to {available - 1}, for so many have scores.")
    return places.astype(np.int64), doses


def _areas(drawn: Float64, places: Counts, doses: Float64) -> Float64:
    """Mean height (1 + resample, effect, …) of curves of figures (1 + resample, column, …) over their doses."""
    heights = np.trapezoid(np.moveaxis(drawn[:, places], 2, -1), doses, axis=-1) / (doses[-1] - doses[0])
    return np.asarray(heights, dtype=np.float64)


def _ratio(above: Float64, below: Float64, units: Counts, level: float) -> Interval:
    """Fieller's interval (effect, …) of a ratio of figures (1 + resample, effect, …)."""
    a, b = above[0], below[0]
    resamples = len(above) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        over, under = above[1:] - above[1:].mean(axis=0), below[1:] - below[1:].mean(axis=0)
        variances = [
            (one * other).sum(axis=0) / (resamples - 1) for one, other in ((over, over), (over, under), (under, under))
        ]
        t2 = np.square(student_quantile(level, units))
        # The ratios r with curve · r² − 2 · middle · r + end ≤ 0.
        end, middle, curve = (
            mean - t2 * variance for mean, variance in zip((a**2, a * b, b**2), variances, strict=True)
        )
        squared = middle**2 - curve * end
        known = (b > 0) & (curve > 0) & (squared > SAME * middle**2) & (units >= FEWEST_UNITS)
        root = np.sqrt(np.where(known, squared, np.nan))
        low, high = (middle - root) / curve, (middle + root) / curve
        estimate = np.where(b > 0, a / b, np.nan)
    method = np.where(known, "fieller", "undetermined")
    return Interval(estimate, low, high, units, method)
