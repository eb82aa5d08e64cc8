"""From paired responses to tables of shifts. Every claim of difference has its interval.

With one clip the unit of inference is the window, and intervals speak of that clip; with several it is
the clip's group (windows are averaged first), and intervals speak of clips like these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.statistics import (
    benjamini_hochberg,
    cluster_means,
    effect_size,
    mean_interval,
    mean_known,
    ratio_interval,
    sign_flip_p,
    trend_test,
)
from wetdry.studies.responses import Responses, Scope


def shifts(responses: Responses, *, seed: int, resamples: int) -> pd.DataFrame:
    """Mean shift of each target under each variant: one row per scope, variant and target.

    Q-values are adjusted within each scope and control. Level 0 is a sham and no test: it has none.
    """

    def rows(scope: Scope) -> pd.DataFrame:
        values = responses.shift[scope.rows]
        mean = mean_interval(values, scope.clusters, resamples=resamples, seed=seed)
        # The dry mean that a shift starts from is over clusters, as the shift is.
        dry = mean_interval(responses.dry[scope.rows], scope.clusters, resamples=resamples, seed=seed).estimate
        columns = {
            "dry": np.broadcast_to(dry, mean.estimate.shape),
            "wet": dry + mean.estimate,
            "shift": mean.estimate,
            "low": mean.low,
            "high": mean.high,
            "p": sign_flip_p(values, scope.clusters, seed=seed),
            "effect_size": effect_size(values, scope.clusters).estimate,
            "units": mean.units,
        }
        return _long(responses, columns).assign(clip=scope.name, unit=scope.unit)

    table = _each_scope(responses, rows)
    family = table["clip"].astype(str) + "/" + table["control"]
    table["q"] = benjamini_hochberg(table["p"].where(table["level"] != 0.0), family)
    order = ["dry", "wet", "shift", "low", "high", "p", "q", "effect_size", "units", "unit"]
    return table[["clip", "family", "level", "control", "effect", "target", *order]]


def shares(responses: Responses) -> pd.DataFrame:
    """How much of each raw shift a gain of the same change of loudness makes by itself."""
    gain, raw = responses.columns("gain"), responses.columns("raw")
    if gain.size == 0:
        return pd.DataFrame()
    pairs = responses.variants.iloc[raw].reset_index(drop=True)

    def rows(scope: Scope) -> pd.DataFrame:
        values = responses.shift[scope.rows]
        share = ratio_interval(values[:, gain], values[:, raw], scope.clusters)
        loudness = mean_known(cluster_means(responses.gain_db[scope.rows][:, gain], scope.clusters)[0])
        determined = np.isfinite(share.low)
        columns = {
            "share": share.estimate,
            "low": share.low,
            "high": share.high,
            "determined": determined,
            "loudness_change": np.broadcast_to(loudness[:, np.newaxis], determined.shape),
        }
        return _long(responses, columns, pairs).assign(clip=scope.name)

    order = ["share", "low", "high", "determined", "loudness_change"]
    return _each_scope(responses, rows)[["clip", "family", "level", "effect", "target", *order]]


def displacements(responses: Responses, *, seed: int, resamples: int) -> pd.DataFrame:
    """How far the embedding moves, in units of the spread between a clip's own dry windows."""

    def rows(scope: Scope) -> pd.DataFrame:
        mean = mean_interval(responses.distance[scope.rows], scope.clusters, resamples=resamples, seed=seed)
        return responses.variants.assign(
            displacement=mean.estimate, low=mean.low, high=mean.high, units=mean.units, clip=scope.name
        )

    order = ["displacement", "low", "high", "units"]
    return _each_scope(responses, rows)[["clip", "family", "level", "control", "effect", *order]]


def trends(responses: Responses, *, seed: int) -> pd.DataFrame:
    """One test for each effect of whether a target rises or falls with level, level 0 included."""
    swept = responses.variants[responses.variants["level"].notna()]
    sweeps = [group for _, group in swept.groupby(["family", "control"], sort=False) if len(group) > 2]

    def rows(scope: Scope) -> pd.DataFrame:
        found = []
        for sweep in sweeps:
            values = responses.wet[scope.rows][:, sweep.index]
            trend = trend_test(sweep["level"].to_numpy(), values, scope.clusters, seed=seed)
            found.append(
                pd.DataFrame(
                    {
                        "clip": scope.name,
                        "family": sweep["family"].iloc[0],
                        "control": sweep["control"].iloc[0],
                        "target": responses.targets,
                        "rho": trend.rho,
                        "slope": trend.slope,
                        "p": trend.p,
                    }
                )
            )
        return pd.concat(found, ignore_index=True)

    if not sweeps:
        return pd.DataFrame()
    table = _each_scope(responses, rows)
    table["q"] = benjamini_hochberg(table["p"], table["clip"].astype(str) + "/" + table["control"])
    return table


def _each_scope(responses: Responses, rows: Callable[[Scope], pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([rows(scope) for scope in responses.scopes()], ignore_index=True)


def _long(
    responses: Responses, columns: Mapping[str, npt.NDArray[Any]], variants: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Arrays of shape (variant, target) as columns of a table with a row for each pair."""
    described = responses.variants if variants is None else variants
    count = len(responses.targets)
    table = described.loc[described.index.repeat(count)].reset_index(drop=True)
    table["target"] = np.tile(np.array(responses.targets, dtype=object), len(described))
    return table.assign(**{name: np.asarray(values).reshape(-1) for name, values in columns.items()})
