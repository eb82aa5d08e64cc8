"""Do several probes tell the same story? Agreement of their profiles of shifts over effects and strengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.analysis.agreement import FISHER, Scale, concordance, pearson, spearman
from wetdry.analysis.resampled import ARCSINE, limits, resample_weights, resampled_sums
from wetdry.analysis.statistics.intervals import Interval, check_level
from wetdry.analysis.statistics.units import Float64, blocks, cluster_means
from wetdry.errors import DataError

FEWEST_CELLS = 3
"""Two cells always correlate perfectly."""


@dataclass(frozen=True, eq=False)
class ProfileAgreement:
    """Agreement of the profiles of each pair of probes, each field an `Interval` of shape (probe, probe), symmetric.

    Attributes
    ----------
    pearson, spearman
        Correlation over cells of shifts and of their ranks.
    concordance
        Lin's coefficient, for which shifts must be equal in size too.
    same_sign
        Share of the cells in which both shifts go up or both go down (or neither moves).
    cells
        Cells compared: those in which every probe has a shift.
    """

    pearson: Interval
    spearman: Interval
    concordance: Interval
    same_sign: Interval
    cells: int


def profile_agreement(
    shifts: npt.ArrayLike,
    clusters: npt.ArrayLike | None = None,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> ProfileAgreement:
    """Agreement of profiles of shifts between probes, with limits where the clips' own shifts are given.

    Parameters
    ----------
    shifts
        Mean shifts (probe, cell); or those of each clip, (probe, n, cell), of which the mean over clusters is taken,
        NaN where missing. Cells may be effects × strengths × targets in any order, all in one unit.
    clusters
        Label of each clip, shape (n,); every clip is its own if None.
    level
        Confidence level, between 0 and 1.
    resamples, seed
        Of the bootstrap over clusters, which all pairs share.

    Returns
    -------
    ProfileAgreement
        The limits say how sure the agreement is over clips, for these cells; cells are not a sample of many. Chance in
        the means makes profiles less alike than they are, and those of resamples again, so limits are about the
        agreement of profiles of as many clips. They are NaN (`"undetermined"`) for mean shifts alone, for fewer than 4
        clusters, for a probe with itself, and where resamples agree or leave a profile without variation, in which
        case the correlation is NaN as well.

    >>> found = profile_agreement([[0.1, 0.2, 0.4], [0.2, 0.3, 0.5], [-0.1, 0.2, 0.1]])
    >>> found.pearson.estimate[0].round(3).tolist(), found.same_sign.estimate[0].round(3).tolist()
    ([1.0, 1.0, 0.5], [1.0, 1.0, 0.667])
    """
    check_level(level)
    given = np.asarray(shifts, dtype=np.float64)
    alone = given.ndim == 2
    means = _cluster_profiles(given[:, np.newaxis] if alone else given, clusters)
    weights = np.ones((1, 1)) if alone else resample_weights(len(means), resamples, seed)
    profiles = _profiles(means, weights)
    known = ~np.isnan(profiles[0]).any(axis=0)
    if known.sum() < FEWEST_CELLS:
        raise DataError(f"Profiles are compared over {FEWEST_CELLS} cells or more that every probe has a shift in.")
    figures = _compared(profiles[:, :, known])
    units = np.broadcast_to(0 if alone else len(means), figures.shape[-2:])
    correlation, ranks, coefficient, signs = (
        _interval(*pair, units, level) for pair in zip(figures, (FISHER, FISHER, FISHER, ARCSINE), strict=True)
    )
    return ProfileAgreement(correlation, ranks, coefficient, signs, int(known.sum()))


def _cluster_profiles(values: npt.ArrayLike, clusters: npt.ArrayLike | None) -> Float64:
    """Means (cluster, probe, cell) of the shifts (probe, n, cell) of the clips of each cluster."""
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 3 or 0 in given.shape:
        raise DataError(f"Profiles need shifts (probe, cell) or (probe, clip, cell), not shape {given.shape}.")
    means, _ = cluster_means(np.swapaxes(given, 0, 1), clusters)
    return means


def _profiles(means: Float64, weights: Float64) -> Float64:
    """Means (resample, probe, cell) over clusters of (cluster, probe, cell) that count as `weights` say."""
    present = ~np.isnan(means)
    with np.errstate(invalid="ignore"):
        profiles: Float64 = resampled_sums(np.where(present, means, 0.0), weights)
        return profiles / resampled_sums(present.astype(np.float64), weights)


def _compared(profiles: Float64) -> Float64:
    """Pearson, Spearman, concordance and equal signs (4, resample, probe, probe) of (resample, probe, cell)."""
    resamples, probes, cells = profiles.shape
    first, second = np.triu_indices(probes)
    found = np.empty((4, resamples, probes, probes))
    # Measures take (cell, …).
    columns = np.moveaxis(profiles, -1, 0)
    for part in blocks(resamples, cells * len(first)):
        one, other = columns[:, part, first], columns[:, part, second]
        alike = (np.sign(one) == np.sign(other)).mean(axis=0)
        measured = np.stack([pearson(one, other), spearman(one, other), concordance(one, other), alike])
        found[:, part, first, second] = found[:, part, second, first] = measured
    return found


def _interval(figures: Float64, scale: Scale, units: npt.NDArray[np.int64], level: float) -> Interval:
    low, high = limits(figures, units, scale, level) if len(figures) > 1 else np.full((2, *units.shape), np.nan)
    # A probe agrees with itself, of which resamples tell nothing but rounding.
    itself = np.eye(len(units), dtype=bool)
    low, high = np.where(itself, np.nan, low), np.where(itself, np.nan, high)
    return Interval(figures[0], low, high, units, np.where(np.isnan(low), "undetermined", "bootstrap"))
