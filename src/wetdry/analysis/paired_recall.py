"""How much more of each class one way tells right than another, on the same clips: groups and runs are both samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.crossed import crossed_error
from wetdry.analysis.statistics.intervals import check_level
from wetdry.analysis.statistics.units import Counts, Float64, cluster_means, membership
from wetdry.errors import DataError

SAME = 1e-12
"""A difference of shares of 0 … 1 that is rounding."""


@dataclass(frozen=True)
class RecallGain:
    """A difference of mean recall.

    Attributes
    ----------
    gain, low, high
        The difference, and its limits.
    p
        Two-sided, of no difference; from the same t as the limits.
    groups, runs
        How many there are.
    remark
        Why `low`, `high` and `p` are NaN, or empty.
    """

    gain: float
    low: float
    high: float
    p: float
    groups: int
    runs: int
    remark: str = ""


def recall_gain(
    truth: npt.ArrayLike,
    better: npt.ArrayLike,
    base: npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    level: float = 0.95,
) -> RecallGain:
    """Mean recall of one way less that of another, with an interval that speaks of other groups and other runs.

    Mean recall is the mean over classes of the share of a class's clips that are told right; with clips of one class,
    the recall of that class. The gain is the mean over runs (seeds) of its difference.

    Each group's share in the difference of a run follows from the clips it has of each class (the first-order term of
    leaving it out, as a resampling of whole groups would have it without end). These shares are a table of groups and
    runs, of which both are samples: the variance is that of the two-way random-effects layout, which has the variance
    over groups, that over runs, and takes what both have of clips told differently from run to run only once. It is
    never less than that of groups alone or of runs alone; degrees of freedom after Satterthwaite (1946). With a single
    run the variance is that over groups. In simulations with 12 and 24 groups, 3 runs and 6 classes of even and uneven
    numbers, 95 % intervals covered 93 to 98 %, and up to 99.5 % where neither groups nor runs differ.

    Parameters
    ----------
    truth
        Class of each clip (n,).
    better, base
        Whether (or by what share) each clip is told right in each run (n, run), clips and runs in the same order.
    groups
        Label (n,) of what was held out together.
    level
        Confidence level.

    Raises
    ------
    DataError
        For arrays that do not fit, or no clip at all.

    >>> found = recall_gain(["a", "b"] * 3, [[1], [1], [1], [0], [1], [1]], np.zeros((6, 1)), [1, 1, 2, 2, 3, 3])
    >>> round(found.gain, 3), round(found.low, 3), found.groups
    (0.833, 0.116, 3)
    """
    from scipy.special import stdtr, stdtrit

    check_level(level)
    classes, differences = _checked(truth, better, base)
    member, count = membership(groups, len(classes))
    runs = differences.shape[1]
    table = _shares(classes, differences, member, count)
    mean = float(table.mean())
    gain = mean if abs(mean) > SAME else 0.0
    if count < 2:
        return RecallGain(gain, np.nan, np.nan, np.nan, count, runs, "one group says nothing of others")
    if runs > 1:
        error, freedom = crossed_error(table)
    else:
        error, freedom = float(table.std(ddof=1) / np.sqrt(count)), count - 1.0
    if error <= SAME:
        return RecallGain(gain, np.nan, np.nan, np.nan, count, runs, "all groups agree, which does not say how surely")
    half = float(stdtrit(freedom, (1.0 + level) / 2.0)) * error
    return RecallGain(gain, gain - half, gain + half, float(2.0 * stdtr(freedom, -abs(gain) / error)), count, runs)


def _checked(truth: npt.ArrayLike, better: npt.ArrayLike, base: npt.ArrayLike) -> tuple[Counts, Float64]:
    """Number of each clip's class (n,), and the differences (n, run)."""
    one, other = np.asarray(better, dtype=np.float64), np.asarray(base, dtype=np.float64)
    labels = np.asarray(truth)
    if one.ndim != 2 or one.shape != other.shape or labels.shape != one.shape[:1] or not one.size:
        raise DataError(
            f"Recall is compared on the same clips and as many runs, not on {labels.shape} labels and hits of shapes "
            f"{one.shape} and {other.shape}: give (clip,) and twice (clip, run)."
        )
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise DataError("Recall is compared on clips that both ways have told of: leave out those that one has not.")
    return np.unique(labels, return_inverse=True)[1], one - other


def _shares(classes: Counts, differences: Float64, member: Counts, count: int) -> Float64:
    """A table (group, run) of which the mean over groups is the difference of a run, and the spread its error.

    A group's entry is the difference plus, for each class, what the group's clips of it differ from the class's mean,
    by the share of that class's clips that they are.
    """
    of_class, _ = cluster_means(differences, classes)
    sizes = np.bincount(classes)
    off = (differences - of_class[classes]) / (len(sizes) * sizes[classes])[:, np.newaxis]
    sums = np.zeros((count, differences.shape[1]))
    np.add.at(sums, member, off)
    table: Float64 = of_class.mean(axis=0) + count * sums
    return table
