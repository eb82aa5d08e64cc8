"""A few of many things, each as likely as any other, drawn while they pass by.

References
----------
Vitter (1985), Random sampling with a reservoir: algorithm R.
"""

from __future__ import annotations

import numpy as np

from wetdry.analysis.statistics.units import Counts
from wetdry.errors import DataError


def reservoir(total: int, most: int, seed: int) -> Counts:
    """Places (min(total, most),), rising, of what is drawn without replacement of `total` things in their order.

    The k-th takes a random place among k, and is kept if that is one of the reservoir's: what is drawn of the first k
    does not depend on how many follow.

    >>> reservoir(4, 9, seed=0).tolist(), len(reservoir(1000, 9, seed=0))
    ([0, 1, 2, 3], 9)
    """
    if most < 1:
        raise DataError(f"A reservoir of {most} holds nothing: ask for 1 or more.")
    kept = np.arange(min(total, most))
    later = np.arange(most, total)
    place = np.random.default_rng(seed).integers(0, later + 1)
    taken = place < most
    # Of those that take the same place the last stays.
    kept[place[taken]] = later[taken]
    return np.sort(kept)
