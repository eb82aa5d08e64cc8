"""Which estimated class clips go over to when they get wet, and whether any class gains by it.

Every clip is its own control: it is dry and wet, and what counts are those that change class. Tables of dry class × wet
class are tested for equal margins; a table of level × class, as if its clips were all different ones, is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, chi2

from wetdry.analysis.resampled import cluster_sums
from wetdry.analysis.statistics.permutation import sign_patterns
from wetdry.analysis.statistics.units import Counts, Flags, Float64, membership
from wetdry.errors import DataError

NEGLIGIBLE = 1e-9
"""Eigenvalues of a table of counts that are smaller than this share of the largest one are 0 but for rounding."""


@dataclass(frozen=True, eq=False)
class ChiSquare:
    """A chi-square test, each field of the shape of the columns; numpy scalars for one table.

    Attributes
    ----------
    statistic
        At least 0.
    freedom
        Degrees of freedom.
    p
        P-value; 1 where there are no degrees of freedom, for then nothing differs.
    """

    statistic: Float64
    freedom: Counts
    p: Float64


def transitions(dry: npt.ArrayLike, wet: npt.ArrayLike, *, classes: int | None = None) -> Counts:
    """How many clips go from each class when dry to each class when wet.

    Parameters
    ----------
    dry
        Numbers of the classes of dry clips, shape (n,), from 0; or their class probabilities (n, class), of which the
        largest tells the class, the first of equals.
    wet
        The same of wet clips, (n, …) or (n, …, class), with any columns …. A clip with NaN in `dry` or in a column is
        not counted there.
    classes
        How many classes there are, if `dry` numbers them; as many as occur if None.

    Returns
    -------
    ndarray
        Counts (…, dry class, wet class).

    >>> transitions([0, 0, 1, 1], [0, 1, 1, 1]).tolist()
    [[1, 1], [0, 2]]
    """
    before, after, count, columns = _classes(dry, wet, classes)
    present = (before >= 0)[:, np.newaxis] & (after >= 0)
    places = (np.arange(after.shape[1]) * count + before[:, np.newaxis]) * count + after
    counts = np.bincount(places[present], minlength=after.shape[1] * count**2)
    return counts.reshape(*columns, count, count).astype(np.int64)


def stuart_maxwell(counts: npt.ArrayLike) -> ChiSquare:
    """Test of Stuart and Maxwell that classes are as frequent wet as dry, for counts (…, class, class) of clips.

    Clips are assumed independent: see `marginal_shift_p` for clips of the same song. Classes that no clip enters or
    leaves (empty ones among them) say nothing and are dropped. If clips move only within groups of classes, one class
    of each group follows from its others: the degrees of freedom are the rank of the covariance, classes less groups.

    References
    ----------
    Stuart (1955), A test for homogeneity of the marginal distributions in a two-way classification;
    Maxwell (1970), Comparing the classification of subjects by two independent judges.

    >>> found = stuart_maxwell([[10, 8], [2, 20]])  # with two classes McNemar's, (8 − 2)² / (8 + 2)
    >>> round(float(found.statistic), 12), int(found.freedom)
    (3.6, 1)
    """
    table = _tables(counts).astype(np.float64)
    gain = table.sum(axis=-2) - table.sum(axis=-1)
    both = table + np.swapaxes(table, -2, -1)
    # Covariance of the gains if they are 0 on the whole: moves between two classes go either way.
    covariance = np.eye(table.shape[-1]) * both.sum(axis=-1)[..., np.newaxis] - both
    whitening, rank = _whitening(covariance)
    statistic = np.square(np.einsum("...c,...ck->...k", gain, whitening)).sum(axis=-1)
    return ChiSquare(statistic[()], rank[()], _upper_tail(statistic, rank))


def mcnemar_p(counts: npt.ArrayLike) -> Float64:
    """McNemar's exact p-value for each class against all others, shape (…, class), of counts (…, class, class).

    Of the clips that enter or leave a class, as many should enter as leave. 1 where none does. Clips are assumed
    independent.

    >>> mcnemar_p([[10, 5], [0, 20]]).tolist()  # 2 · 2⁻⁵
    [0.0625, 0.0625]
    """
    table = _tables(counts)
    stay = np.diagonal(table, axis1=-2, axis2=-1)
    leave, enter = table.sum(axis=-1) - stay, table.sum(axis=-2) - stay
    p: Float64 = np.minimum(1.0, 2.0 * binom.cdf(np.minimum(leave, enter), leave + enter, 0.5))
    return p


def marginal_shift_p(
    dry: npt.ArrayLike,
    wet: npt.ArrayLike,
    clusters: npt.ArrayLike | None = None,
    *,
    classes: int | None = None,
    permutations: int = 9999,
    seed: int = 0,
) -> Float64:
    """P-values of the permutation test that classes are as frequent wet as dry, of clips in clusters.

    Under the null dry and wet may be exchanged, which is done for all clips of a cluster at once: clips of one song may
    depend on each other in any way. The statistic is the squared gain of the classes in units of the clusters' own
    gains; where every clip is its own cluster, that of `stuart_maxwell`. All columns share the exchanges, which are
    enumerated where there are no more than `permutations` + 1.

    Parameters
    ----------
    dry, wet, classes
        As for `transitions`.
    clusters
        Label of each clip, shape (n,); every clip is its own cluster if None.
    permutations, seed
        Random exchanges.

    Returns
    -------
    ndarray
        Shape …; 1 where no clip changes class, NaN where no clip has both estimates.

    >>> float(marginal_shift_p([0, 0, 0, 0, 0], [1, 1, 1, 1, 1]))  # two of 32 exchanges
    0.0625
    """
    before, after, count, columns = _classes(dry, wet, classes)
    member, units = membership(clusters, len(before))
    present = (before >= 0)[:, np.newaxis] & (after >= 0)
    gains = np.eye(count)[after] - np.eye(count)[before][:, np.newaxis]
    sums = cluster_sums(np.where(present[..., np.newaxis], gains, 0.0), member, units)
    whitening, _ = _whitening(np.einsum("gvc,gvd->vcd", sums, sums))
    white = np.einsum("gvc,vck->gvk", sums, whitening)
    p = _exchange_p(white, permutations, seed)
    return np.where(present.any(axis=0), p, np.nan).reshape(columns)[()]


def level_chi_square(counts: npt.ArrayLike) -> ChiSquare:
    """Published test of level × class: Pearson's chi-square of independence on counts (…, level, class).

    It is here to stand beside published figures. It takes the same clips at all levels for different ones
    (pseudo-replication), so its p-value is wrong: too large where clips mostly keep their class from level to level,
    too small where clips of a song change together. Nor does it see that levels are ordered. Classes that never occur
    are dropped.

    >>> found = level_chi_square([[10, 0], [0, 10]])
    >>> float(found.statistic), int(found.freedom)
    (20.0, 1)
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim < 2 or (table < 0).any() or not np.isfinite(table).all():
        raise DataError(f"A table of levels and classes needs counts (…, level, class), not shape {table.shape}.")
    rows, columns = table.sum(axis=-1, keepdims=True), table.sum(axis=-2, keepdims=True)
    total = table.sum(axis=(-2, -1), keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = rows * columns / total
        statistic = np.where(expected > 0, np.square(table - expected) / expected, 0.0).sum(axis=(-2, -1))
    occurring = [(margin > 0).sum(axis=(-2, -1)) for margin in (rows, columns)]
    freedom: Counts = np.maximum(occurring[0] - 1, 0) * np.maximum(occurring[1] - 1, 0)
    return ChiSquare(statistic[()], freedom[()], _upper_tail(statistic, freedom))


def _classes(
    dry: npt.ArrayLike, wet: npt.ArrayLike, classes: int | None
) -> tuple[Counts, Counts, int, tuple[int, ...]]:
    """Classes (n,) and (n, column), −1 where missing, how many there are, and the shape that the columns came in."""
    before, after = np.asarray(dry), np.asarray(wet)
    numbered = before.ndim == 1 and before.dtype.kind in "iu" and after.dtype.kind in "iu"
    fits = after.ndim >= before.ndim > 0 and after.shape[:1] == before.shape[:1] and before.size > 0
    if not fits or not (numbered or (before.ndim == 2 and after.shape[-1] == before.shape[-1])):
        raise DataError(
            f"Wet classes of shape {after.shape} do not fit dry ones of shape {before.shape}: give numbers (clip,) and "
            "(clip, column), or probabilities (clip, class) and (clip, column, class)."
        )
    columns = after.shape[1 : after.ndim - (not numbered)]
    if not numbered:
        return _likeliest(before), _likeliest(after).reshape(len(after), -1), before.shape[1], columns
    count = int(max(before.max(), after.max(initial=0))) + 1 if classes is None else classes
    if min(before.min(), after.min(initial=0)) < 0 or max(before.max(), after.max(initial=0)) >= count:
        raise DataError(f"Numbers of {count} classes must lie between 0 and {count - 1}.")
    return before.astype(np.int64), after.reshape(len(after), -1).astype(np.int64), count, columns


def _likeliest(probabilities: npt.NDArray[np.floating]) -> Counts:
    missing: Flags = np.asarray(np.isnan(probabilities).any(axis=-1))
    return np.where(missing, -1, np.where(missing[..., np.newaxis], 0.0, probabilities).argmax(axis=-1))


def _tables(counts: npt.ArrayLike) -> Counts:
    table = np.asarray(counts)
    if table.ndim < 2 or table.shape[-1] != table.shape[-2] or table.dtype.kind not in "iu" or (table < 0).any():
        raise DataError(f"Transitions need counts (…, class, class) of clips, not shape {table.shape} ({table.dtype}).")
    return table.astype(np.int64)


def _whitening(covariance: Float64) -> tuple[Float64, Counts]:
    """W (…, c, c) with W Wᵀ the pseudo-inverse of covariances (…, c, c), and their rank (…)."""
    values, vectors = np.linalg.eigh(covariance)
    real = values > NEGLIGIBLE * np.maximum(values[..., -1:], 1.0)
    scale = np.where(real, 1.0 / np.sqrt(np.where(real, values, 1.0)), 0.0)
    return vectors * scale[..., np.newaxis, :], real.sum(axis=-1)


def _upper_tail(statistic: Float64, freedom: Counts) -> Float64:
    p: Float64 = np.where(freedom > 0, chi2.sf(statistic, np.maximum(freedom, 1)), 1.0)[()]
    return p


def _exchange_p(gains: Float64, permutations: int, seed: int) -> Float64:
    """Share (column,) of exchanges whose summed gains (cluster, column, c) are at least as long as those observed."""
    units, columns, width = gains.shape
    flat = gains.reshape(units, -1)

    def lengths(signs: Float64) -> Float64:
        squares: Float64 = np.square(signs @ flat).reshape(-1, columns, width).sum(axis=-1)
        return squares

    seen = lengths(np.ones((1, units)))[0]
    patterns, exact = sign_patterns(units, permutations, seed)
    extreme, drawn = np.zeros(columns), 0
    for signs in patterns:
        extreme += (lengths(signs) >= seen * (1.0 - NEGLIGIBLE)).sum(axis=0)
        drawn += len(signs)
    # Of random exchanges, the data as they are count as one more.
    return extreme / drawn if exact else (1.0 + extreme) / (1.0 + drawn)
