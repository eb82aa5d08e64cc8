"""Keeping a signal's length through a process that does not."""

import numpy as np

from wetdry.audio import Samples


def fit(signal: Samples, length: int) -> Samples:
    """`signal` of shape (n,) cut, or filled up with silence, to `length` samples.

    >>> fit(np.array([1, 2, 3]), 2).tolist(), fit(np.array([1]), 3).tolist()
    ([1, 2], [1, 0, 0])
    """
    return np.pad(signal[:length], (0, max(0, length - signal.size)))
