"""Heads that learn from one data set and are scored on another.

R², RMSE and concordance compare the scales of two sets as well as the order of their clips; Pearson's r compares the
order alone: given the mean and the spread of the labels, the same estimates would have an R² of 2r − 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from wetdry.analysis.correlations import correlations
from wetdry.analysis.scores import regression_scores
from wetdry.analysis.statistics.units import Float64
from wetdry.encoders import Vectors
from wetdry.probes import fit_probe, out_of_fold
from wetdry.studies.checkpoints import Tables
from wetdry.studies.labelled import RATING
from wetdry.studies.recognition.protocol import Texts

HEADS = ("linear", "kernel")
OF_SCALES, METRICS = ("r2", "rmse", "ccc"), ("r2", "rmse", "ccc", "pearson")
"""Metrics that compare the scales of ratings too, and all of them."""

FOLDS = 5

FEWEST_LEARNT, FEWEST_GROUPS, FEWEST_TESTED = 20, 6, 4
"""Clips and groups that a head can be learnt from, and clips that it is scored on."""

UNKNOWN = {"value": np.nan, "low": np.nan, "high": np.nan}

FEW_TESTED = 30
"""Clips below which a score says little, whatever its interval."""


@dataclass(frozen=True, eq=False)
class Rated:
    """A data set as one layer of an encoder has it.

    Attributes
    ----------
    name
        As tables call it.
    unit
        Of the ratings, in words.
    vectors
        Shape (n, dim).
    answers
        Ratings (n, target).
    groups, clips
        What each clip (n,) is kept together with, and the hash of its samples.
    """

    name: str
    unit: str
    vectors: Vectors
    answers: Float64
    groups: Texts
    clips: Texts

    def __len__(self) -> int:
        return len(self.clips)

    def without(self, clips: Texts) -> Rated:
        """The clips that are none of these, by the hashes of their samples."""
        kept = np.flatnonzero(~np.isin(self.clips, clips))
        return replace(
            self,
            vectors=self.vectors[kept],
            answers=self.answers[kept],
            groups=self.groups[kept],
            clips=self.clips[kept],
        )


def transferred(
    sets: Sequence[Rated], learnt: int, names: Sequence[str], about: Mapping[str, str], *, seed: int, resamples: int
) -> Tables:
    """Scores of heads that learnt from one data set, on each of them.

    Parameters
    ----------
    sets
        As one layer has them.
    learnt
        Which of them is learnt from: all of it, and for itself without the fold that is estimated.
    names
        Of the targets.
    about
        Encoder and layer, as columns.
    seed
        Of folds, and of the bootstrap.
    resamples
        Of the bootstrap.

    Returns
    -------
    dict
        `cross`: train, test, encoder, layer, head, target, metric (r2, rmse, ccc, pearson), value, low, high, clips
        that were scored, and shared: clips of the tested set that were left out as they are learnt from. A set of too
        few clips to learn from has no rows as `train`, one of too few to be scored none as `test`. Between scales that
        are known to differ, or of which one is not known, all but `pearson` is NaN.
    """
    of = sets[learnt]
    if not _learnable(of):
        return {"cross": pd.DataFrame()}
    found: list[dict[str, object]] = []
    for head in HEADS:
        probe = fit_probe(of.vectors, of.answers, of.groups, family=head, names=names, seed=seed)
        for test in sets:
            within = test is of
            kept = test if within else test.without(of.clips)
            if len(kept) < FEWEST_TESTED:
                continue
            said = _within(of, head, names, seed) if within else probe.estimate(kept.vectors)
            pair = {"train": of.name, "test": test.name, **about, "head": head}
            left = {"clips": len(kept), "shared": len(test) - len(kept)}
            scores = _scores(kept, said, names, seed=seed, resamples=resamples)
            if test.unit != of.unit:
                scores = [row | UNKNOWN if row["metric"] in OF_SCALES else row for row in scores]
            found += [pair | row | left for row in scores]
    return {"cross": pd.DataFrame(found)}


def _within(of: Rated, head: str, names: Sequence[str], seed: int) -> Float64:
    """Estimates (n, target) of the clips of a data set, by heads that learnt from other groups of it."""
    folds = min(FOLDS, len(np.unique(of.groups)))
    return out_of_fold(of.vectors, of.answers, of.groups, family=head, folds=folds, names=names, seed=seed)[0]


def _scores(of: Rated, said: Float64, names: Sequence[str], *, seed: int, resamples: int) -> list[dict[str, object]]:
    """A row a target and metric, with 95 % intervals over groups."""
    found = regression_scores(of.answers, said[:, np.newaxis], of.groups, resamples=resamples, seed=seed)
    order = correlations(said, of.answers, of.groups)
    rows: list[dict[str, object]] = []
    for target, name in enumerate(names):
        limits = {
            metric: [each[0, target] for each in (each_of.estimate, each_of.low, each_of.high)]
            for metric, each_of in found.items()
        }
        limits["pearson"] = [each[target] for each in (order.estimate, order.low, order.high)]
        for metric in METRICS:
            value, low, high = map(float, limits[metric])
            rows.append({"target": name, "metric": metric, "value": value, "low": low, "high": high})
    return rows


def said_of(sets: Sequence[Rated]) -> Iterator[str]:
    """What must be known of data sets before they are held against each other."""
    for each in sets:
        if not _learnable(each):
            yield (
                f"{each.name} is not learnt from: that needs {FEWEST_LEARNT} clips in {FEWEST_GROUPS} groups, with "
                f"ratings that differ; it has {len(each)} clips in {len(np.unique(each.groups))} groups."
            )
        if len(each) < FEW_TESTED:
            yield f"{each.name}: scores on {len(each)} clips say little."
    yield from _said_of_scales(sets)
    for each, other in combinations(sets, 2):
        if shared := int(np.isin(other.clips, each.clips).sum()):
            yield f"{shared} clips are in both {each.name} and {other.name}; none is scored by what learnt from it."


def _said_of_scales(sets: Sequence[Rated]) -> Iterator[str]:
    units = ", ".join(f"{each.name} ({each.unit})" for each in sets)
    if len({each.unit for each in sets}) > 1:
        yield (
            f"The data sets are on different scales, as far as is known: {units}. Between those of different scales "
            "only Pearson’s r is told."
        )
    elif sets[0].unit == RATING:
        yield f"On which scales these are rated is not known: {units}. Only Pearson’s r does not compare scales too."


def _learnable(of: Rated) -> bool:
    enough = len(of) >= FEWEST_LEARNT and len(np.unique(of.groups)) >= FEWEST_GROUPS
    return enough and bool((np.ptp(of.answers, axis=0) > 0).all())
