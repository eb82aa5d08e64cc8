"""How well each plan tells the classes of clips that it never heard, over all splits, and what it takes for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from wetdry.analysis.resampled import limits
from wetdry.analysis.score_figures import SCALES
from wetdry.analysis.scores import class_scores
from wetdry.studies.transfer.adaptation.stages import PLANS

METRICS = {name: scale for name in ("recall", "accuracy", "macro_f1") if (scale := SCALES[name]) is not None}
"""Scores, and the scale on which each is about normal."""

LEVEL = 0.95
DRY = ""
WAY = ["encoder", "method", "plan", "learnt", "tested"]


class Asked(NamedTuple):
    """What one way of adapting says of clips, without an effect or through one.

    Attributes
    ----------
    estimates
        Class of each clip (item, seed).
    truth, groups
        Of each clip (item,).
    """

    estimates: pd.DataFrame
    truth: pd.Series[str]
    groups: pd.Series[str]


def asked(rows: pd.DataFrame) -> Asked:
    """Of rows of `adapted_estimates` of one way and effect: the clips that were tested from every seed."""
    wide = rows.pivot(index="item", columns="seed", values="estimate").dropna().sort_index()
    about = rows.drop_duplicates("item").set_index("item").loc[wide.index]
    return Asked(wide, about["truth"], about["group"])


def scores(
    estimates: pd.DataFrame, adaptations: pd.DataFrame, classes: Sequence[str], *, seed: int = 0, resamples: int = 1000
) -> pd.DataFrame:
    """The table `adapted_scores`: a row a way and metric.

    Splits are pooled: each clip was tested once from each seed. The score is the mean over seeds, what one adaptation
    is worth; its interval is over groups, and the spread over seeds stands beside it as `seed_sd`, NaN for one seed.
    Limits are NaN where all resamples of groups agree, as for a perfect score, and for fewer than 4 groups.
    """
    dry = estimates[estimates["effect"] == DRY]
    learnt = {
        way: {"seeds": own["seed"].nunique(), "splits": own["split"].nunique(), "parameters": own["parameters"].iloc[0]}
        for way, own in adaptations.groupby(WAY, sort=False)
    }
    rows = [
        dict(zip(WAY, way, strict=True)) | row | learnt[way]
        for way, own in dry.groupby(WAY, sort=False)
        for row in _scored(asked(own), classes, seed, resamples)
    ]
    order = [*WAY, "metric", "value", "low", "high", "seed_sd", "clips", "groups", "seeds", "splits", "parameters"]
    return _in_order(pd.DataFrame(rows)[order])


def confusions(estimates: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """The table `confusions`: for each class the share of its clips that are taken for each class, seeds averaged."""
    way = ["encoder", "method", "plan", "tested"]
    rows = []
    for names, own in estimates[estimates["effect"] == DRY].groupby(way, sort=False):
        truth, taken = (
            own[column].to_numpy(str)[:, np.newaxis] == np.array(classes) for column in ("truth", "estimate")
        )
        counts = truth.T.astype(np.int64) @ taken
        clips = own.drop_duplicates("item")["truth"].value_counts()
        rows += [
            {
                **dict(zip(way, names, strict=True)),
                "truth": name,
                "estimate": other,
                "share": float(counts[row, column] / counts[row].sum()),
                "clips": int(clips[name]),
            }
            for row, name in enumerate(classes)
            if name in clips.index
            for column, other in enumerate(classes)
        ]
    return _in_order(pd.DataFrame(rows))


def _scored(of: Asked, classes: Sequence[str], seed: int, resamples: int) -> Iterator[dict[str, Any]]:
    place = {name: number for number, name in enumerate(classes)}
    truth = of.truth.map(place).to_numpy(np.int64)
    chosen = of.estimates.apply(lambda column: column.map(place)).to_numpy(np.int64)
    groups = of.groups.to_numpy(str)
    found = class_scores(truth, np.eye(len(classes))[chosen], groups, resamples=resamples, seed=seed)
    units = np.array(len(np.unique(groups)))
    for metric, scale in METRICS.items():
        low, high = limits(found[metric].drawn.mean(axis=1), units, scale, LEVEL)
        runs = found[metric].estimate
        yield {
            "metric": metric,
            "value": float(runs.mean()),
            "low": float(low),
            "high": float(high),
            "seed_sd": float(runs.std(ddof=1)) if runs.size > 1 else np.nan,
            "clips": len(truth),
            "groups": int(units),
        }


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Encoders and methods as they came, plans within them as reports show them."""
    place = {plan: number for number, plan in enumerate(PLANS)}
    first = {pair: n for n, pair in enumerate(zip(table["encoder"], table["method"], strict=True))}
    pairs = pd.Series(list(zip(table["encoder"], table["method"], strict=True)), index=table.index).map(first)
    keys = pd.DataFrame({"pair": pairs, "plan": table["plan"].map(place)})
    return table.loc[keys.sort_values(["pair", "plan"], kind="stable").index].reset_index(drop=True)
