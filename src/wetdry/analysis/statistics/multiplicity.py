"""Many tests at once: control of the false discovery rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError


def benjamini_hochberg(p: npt.ArrayLike, families: npt.ArrayLike | None = None) -> Float64:
    """Adjusted p-values (q) of Benjamini and Hochberg: reject q ≤ α to keep the false discovery rate below α.

    Valid for tests that are independent or positively dependent, as levels of one sweep are.

    Parameters
    ----------
    p
        P-values of any shape; NaN marks a test that was not made, and stays NaN.
    families
        Label of each test, of the shape of `p`; each family is adjusted by itself. One family if None.

    Returns
    -------
    ndarray
        Of the shape of `p`.

    References
    ----------
    Benjamini and Hochberg (1995), Controlling the false discovery rate.

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    given = np.asarray(p, dtype=np.float64)
    if ((given < 0) | (given > 1)).any():
        raise DataError("P-values must lie between 0 and 1: mark tests that were not made with NaN.")
    labels = np.zeros(given.shape, dtype=int) if families is None else np.asarray(families)
    if labels.shape != given.shape:
        raise DataError(f"Families of shape {labels.shape} do not fit p-values of shape {given.shape}.")
    if labels.dtype == object:
        labels = labels.astype(str)
    _, member = np.unique(labels.ravel(), return_inverse=True)
    flat = given.ravel()
    q = np.full(flat.shape, np.nan)
    made = np.flatnonzero(~np.isnan(flat))
    # Families side by side, each from its largest p-value down.
    order = made[np.lexsort((-flat[made], member[made]))]
    for family in np.split(order, np.flatnonzero(np.diff(member[order])) + 1):
        # A factor of at least 1, lest rounding take q below p.
        scaled = flat[family] * (family.size / np.arange(family.size, 0, -1))
        q[family] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return q.reshape(given.shape)
