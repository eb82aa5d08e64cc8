"""How strange the windows of a measurement are to the probe that estimates them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from wetdry.analysis.statistics import mean_interval
from wetdry.studies.probe.evaluate import NOVEL
from wetdry.studies.responses import Floats, Responses


@dataclass(frozen=True, eq=False)
class Novelty:
    """Share of a probe's held-out training clips that are less strange to it than each window."""

    dry: Floats
    """Shape (unit,)."""
    wet: Floats
    """Shape (unit, variant); NaN where a variant failed."""


def strangeness_table(responses: Responses, found: Novelty, *, seed: int, resamples: int) -> pd.DataFrame:
    """Share of windows that are strange to a probe, dry and under each variant, one row a scope and variant.

    A window is strange that is stranger than 95 % of held-out training clips.
    """
    dry, wet = (np.where(np.isnan(shares), np.nan, shares > NOVEL) for shares in (found.dry, found.wet))
    tables = []
    for scope in responses.scopes():
        before = mean_interval(dry[scope.rows], scope.clusters, resamples=resamples, seed=seed)
        after = mean_interval(wet[scope.rows], scope.clusters, resamples=resamples, seed=seed)
        tables.append(
            responses.variants.assign(
                clip=scope.name,
                dry=float(before.estimate),
                strange=after.estimate,
                low=np.clip(after.low, 0.0, 1.0),
                high=np.clip(after.high, 0.0, 1.0),
                units=after.units,
            )
        )
    order = ["clip", "family", "level", "control", "effect", "dry", "strange", "low", "high", "units"]
    return pd.concat(tables, ignore_index=True)[order]
