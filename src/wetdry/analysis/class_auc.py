"""ROC AUCs of several classes against the rest on the same resamples of clips, so that their mean has an interval.

Of each class the groups are resampled by themselves: no resample lacks a class, and figures of different settings and
classes can be subtracted and averaged draw by draw.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.auc import auc_draws, roc_auc
from wetdry.analysis.resampled import group_draws
from wetdry.analysis.statistics.units import Float64, membership
from wetdry.errors import DataError


def class_auc(
    scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    classes: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[Float64, Float64]:
    """ROC AUC of each class against all others, as measured and in resamples of groups.

    Parameters
    ----------
    scores
        Score of each row for each class, shape (setting …, class, n).
    labels
        Class of each row, shape (n,).
    classes
        Classes in the order of the scores, shape (class,), each with rows of its own.
    groups
        Label of each row, shape (n,): rows of one group and class are drawn together. Every row is its own if None.
    resamples, seed
        Of the bootstrap. Same rows, same seed, same draws, whatever the scores.

    Returns
    -------
    tuple of ndarray
        (setting …, class), and (setting …, class, resample). The resamples' spread is free of the bias that few groups
        cause. It is NaN for a class of a single group, or whose negatives have but one group a class: what other groups
        would give cannot be told from one.

    >>> found, drawn = class_auc([[0.9, 0.2, 0.1], [0.1, 0.8, 0.7]], ["a", "b", "b"], ["a", "b"], resamples=5)
    >>> found.tolist(), drawn.shape, bool(np.isnan(drawn).all())
    ([1.0, 1.0], (2, 5), True)
    """
    values = np.asarray(scores, dtype=np.float64)
    names: npt.NDArray[np.str_] = np.asarray(labels).astype(str)
    order: npt.NDArray[np.str_] = np.asarray(classes).astype(str)
    if values.ndim < 2 or values.shape[-2:] != (len(order), len(names)):
        raise DataError(
            f"Scores of shape {values.shape} do not fit {len(order)} classes and {len(names)} rows: "
            "give (setting …, class, row)."
        )
    member, _ = membership(groups, len(names))
    units, unit = np.unique(np.stack([np.unique(names, return_inverse=True)[1], member]), axis=1, return_inverse=True)
    times = group_draws(units[0], resamples, seed)[unit]
    repeats = np.bincount(units[0]) - 1
    names_of_strata = np.unique(names)
    positive = names == order[:, np.newaxis]
    found = roc_auc(values, np.broadcast_to(positive, values.shape))
    drawn = np.empty((*values.shape[:-1], resamples))
    for place, flags in enumerate(positive):
        own = names_of_strata == order[place]
        known = repeats[own].sum() > 0 and repeats[~own].sum() > 0
        drawn[..., place, :] = auc_draws(values[..., place, :], flags, times) if known else np.nan
    return found, drawn
