"""How far off a prediction is, from how far off it was on groups that it was not fitted on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.intervals import check_level
from wetdry.analysis.statistics.units import finite, membership


def group_quantile(
    scores: npt.ArrayLike, groups: npt.ArrayLike | None = None, *, level: float = 0.9, guaranteed: bool = True
) -> float:
    """Quantile of scores in which every group counts the same, however many scores it has.

    Guaranteed, at least a share `level` of the scores of new groups is not above it: of a group that is drawn as these
    were, one score at random. Groups are assumed independent; scores of one may depend on each other in any way. It is
    infinite for fewer than `level` / (1 − `level`) groups, 9 for 90 %. The largest score of each group would
    promise that whole groups are covered, and give wider intervals than a single prediction needs.

    Parameters
    ----------
    scores
        Shape (n,), such as absolute errors on groups left out.
    groups
        Label of each score (n,); each is its own group if None.
    level
        Share to cover, between 0 and 1.
    guaranteed
        Count the new group itself, with a score of infinity. Without, the quantile is that of the groups at hand.

    References
    ----------
    Lee, Barber and Willett (2023), Distribution-free inference with hierarchical data;
    Dunn, Wasserman and Ramdas (2022), Distribution-free prediction sets for two-layer hierarchical models.

    >>> group_quantile([1.0, 9.0, 9.0, 9.0], ["a", "b", "b", "b"], level=0.5, guaranteed=False)
    1.0
    >>> group_quantile(np.arange(1.0, 10.0)), group_quantile(np.arange(1.0, 9.0))
    (9.0, inf)
    """
    check_level(level)
    values = finite(scores)
    member, count = membership(groups, len(values))
    share = 1.0 / np.bincount(member, minlength=count)[member] / (count + guaranteed)
    order = np.argsort(values, kind="stable")
    # The sum of shares is exact to a few ulps only; what falls short of the level by that reaches it.
    reached = np.flatnonzero(np.cumsum(share[order]) >= level * (1.0 - 1e-12))
    return float(values[order[reached[0]]]) if reached.size else float("inf")
