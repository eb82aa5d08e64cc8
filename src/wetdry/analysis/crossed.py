"""The interval of a mean over listeners and clips: both are samples, and every listener hears every clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.errors import DataError

LEVEL = 0.95

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bounds:
    """An estimate with its 95 % interval; `remark` says why bounds are NaN, or is empty."""

    estimate: float
    low: float
    high: float
    remark: str = ""


def crossed_mean(values: npt.ArrayLike) -> Bounds:
    """Mean of `values` (rater, clip), with an interval that speaks of other listeners and other clips at once.

    The variance of the mean is that of the two-way random-effects layout, (MS_raters + MS_clips − MS_residual) /
    (raters · clips), but never less than either of the first two alone would make it; degrees of freedom after
    Satterthwaite (1946). In simulations with 3 to 20 listeners and 3 to 12 clips, 95 % intervals cover 94 to 98 %
    where listeners or clips differ, and up to 99 % where neither do.

    Raises
    ------
    DataError
        For a missing value: listeners are only compared on what all have heard.

    >>> crossed_mean([[0.1, 0.3], [0.2, 0.4]]).estimate
    0.25
    """
    from scipy.stats import t

    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise DataError(f"A mean over listeners and clips needs a full table of them, not one of shape {table.shape}.")
    mean = float(table.mean())
    listeners, clips = table.shape
    if min(listeners, clips) < 2:
        what = "listener" if listeners < 2 else "clip"
        return Bounds(mean, np.nan, np.nan, f"one {what} says nothing of others")
    error, freedom = crossed_error(table)
    half = float(t.ppf((1.0 + LEVEL) / 2.0, freedom) * error) if error > 0.0 else 0.0
    return Bounds(mean, mean - half, mean + half)


def crossed_error(table: Floats) -> tuple[float, float]:
    """Standard error of the mean of a full table (rater, clip) of two or more of both, and its degrees of freedom.

    See `crossed_mean`. Where all are the same, the error is 0 and there are no degrees of freedom: NaN.
    """
    squares, freedom = _mean_squares(table)
    total = max(squares @ [1.0, 1.0, -1.0], squares[0], squares[1])
    if total <= 0:
        return 0.0, np.nan
    # Never fewer than the smaller of the two samples has: the difference of mean squares could give less than one.
    # Of shares of the total, for squares of tiny mean squares would be 0.
    effective = max(1.0 / (np.square(squares / total) @ (1.0 / freedom)), freedom[:2].min())
    return float(np.sqrt(total / table.size)), float(effective)


def _mean_squares(table: Floats) -> tuple[Floats, Floats]:
    """Mean squares of raters, clips and residual, and their degrees of freedom."""
    listeners, clips = table.shape
    mean, rows, columns = table.mean(), table.mean(axis=1), table.mean(axis=0)
    residual = table - rows[:, np.newaxis] - columns + mean
    freedom = np.array([listeners - 1.0, clips - 1.0, (listeners - 1.0) * (clips - 1.0)])
    squares = np.array(
        [clips * np.square(rows - mean).sum(), listeners * np.square(columns - mean).sum(), np.square(residual).sum()]
    )
    return squares / freedom, freedom
