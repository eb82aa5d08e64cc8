"""Whether families of probes say the same of effects: agreement of their shifts, for each layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from wetdry.analysis.profiles import FEWEST_CELLS, profile_agreement
from wetdry.studies.emotion.material import Floats

MEASURES = ("pearson", "spearman", "concordance", "same_sign")


def agreement(estimates: pd.DataFrame, targets: Sequence[str], *, seed: int, resamples: int) -> pd.DataFrame:
    """A row for each layer and pair of families of probes: how alike the shifts of effects are, over their levels.

    None where there is one family, or too few effects and emotions for a correlation.

    Parameters
    ----------
    estimates
        Emotions of each clip under each variant, with columns encoder, layer, probe, item, group, effect, level and
        control.
    targets
        Emotions to compare, all in one unit.
    seed, resamples
        Of the bootstrap over groups of clips.
    """
    rows = []
    for (encoder, layer), of_layer in estimates.groupby(["encoder", "layer"], sort=False):
        families = list(of_layer["probe"].unique())
        effects = of_layer.loc[of_layer["effect"] != "dry", "effect"].nunique()
        if len(families) < 2 or effects * len(targets) < FEWEST_CELLS:
            continue
        profiles = [_profile(of_layer[of_layer["probe"] == family], targets) for family in families]
        groups = of_layer.drop_duplicates("item").set_index("item")["group"].sort_index()
        found = profile_agreement(np.stack(profiles), groups.to_numpy(str), seed=seed, resamples=resamples)
        for i, who in enumerate(families):
            for j, other in enumerate(families):
                measures = {name: getattr(found, name) for name in MEASURES}
                rows.append(
                    {
                        "encoder": encoder,
                        "layer": layer,
                        "who": who,
                        "other": other,
                        "value": measures["pearson"].estimate[i, j],
                        "low": measures["pearson"].low[i, j],
                        "high": measures["pearson"].high[i, j],
                        **{name: measures[name].estimate[i, j] for name in MEASURES[1:]},
                        "cells": found.cells,
                    }
                )
    return pd.DataFrame(rows)


def _profile(estimates: pd.DataFrame, targets: Sequence[str]) -> Floats:
    """Each clip's raw shift under each effect over its levels above 0 (clip, effect · emotion), clips by their ids."""
    raw = estimates[estimates["control"] == "raw"]
    dry = raw[raw["effect"] == "dry"].set_index("item")[list(targets)].sort_index()
    wet = raw[(raw["effect"] != "dry") & (raw["level"] != 0.0)]
    cells = wet.groupby(["item", "effect"], sort=True)[list(targets)]
    # A clip on which a level failed has no shift over the levels, as in `overall`.
    complete = cells.count().eq(cells.size(), axis=0)
    means = cells.mean().where(complete).unstack("effect").reindex(dry.index)
    effects = means.columns.get_level_values("effect").unique()
    before = np.repeat(dry.to_numpy(dtype=np.float64), len(effects), axis=1)
    return np.asarray(means.to_numpy(dtype=np.float64) - before)
