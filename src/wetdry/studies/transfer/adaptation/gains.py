"""What one way of adapting tells better than another, clip by clip: the tables `gains` and `augmentation`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wetdry.adapt import Frozen
from wetdry.analysis.paired_recall import recall_gain
from wetdry.analysis.statistics.multiplicity import benjamini_hochberg
from wetdry.studies.transfer.adaptation.adapted_scores import DRY, Asked, asked
from wetdry.studies.transfer.adaptation.stages import AUGMENTED, CONTROL, DIRECT, TWO_STAGES

ALL = "all"
RATE = 0.05
"""Of false discoveries."""

OVER_FROZEN = f" − {Frozen.name}"
"""What differences of a method from a frozen encoder end with."""

HEARD, UNSEEN, WITHOUT = "in training", "unseen", "dry"


def gains(estimates: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """The table `gains`: two stages against learning directly and against as many epochs on one domain, and each method
    against a frozen encoder, in mean recall and in the recall of each class.

    Seeds are paired by their number, clips by themselves; see `analysis.paired_recall` for intervals and p. What
    survives does so among all encoders, methods and domains of one comparison (that with a frozen encoder is one, of
    whatever method), mean recalls and classes apart (Benjamini–Hochberg at 5 %); what has no p, because all groups
    agree, does not.
    """
    dry = estimates[estimates["effect"] == DRY]
    rows: list[dict[str, Any]] = []
    for (encoder, tested), own in dry.groupby(["encoder", "tested"], sort=False):
        ways = {
            (str(method), str(plan)): asked(of) for (method, plan), of in own.groupby(["method", "plan"], sort=False)
        }
        for method, better, base, of in _compared(ways):
            head = {"encoder": encoder, "method": method, "tested": tested, "of": of}
            rows += [head | row for row in _gained(*_paired(ways[better], ways[base]), classes)]
    if not rows:
        return pd.DataFrame()
    table = pd.DataFrame(rows)
    comparison = table["of"].where(~table["of"].str.endswith(OVER_FROZEN), OVER_FROZEN)
    families = comparison + np.where(table["emotion"] == ALL, "", " by class")
    adjusted = benjamini_hochberg(table["p"].to_numpy(np.float64), families.to_numpy(str))
    columns = [*table.columns]
    columns.insert(columns.index("p") + 1, "survives")
    return table.assign(survives=adjusted <= RATE)[columns]


def augmentation(estimates: pd.DataFrame, heard: Sequence[str]) -> pd.DataFrame:
    """The table `augmentation`: mean recall of training that heard effects, against as many steps on dry clips alone.

    Parameters
    ----------
    estimates
        Rows of `adapted_estimates`.
    heard
        Keys of the effects that were heard in training.
    """
    rows = []
    ours = estimates[estimates["plan"].isin([DIRECT, AUGMENTED])]
    for (encoder, method, tested, effect), own in ours.groupby(["encoder", "method", "tested", "effect"], sort=False):
        ways = {str(plan): asked(of) for plan, of in own.groupby("plan", sort=False)}
        if len(ways) < 2:
            continue
        one, other = _paired(ways[AUGMENTED], ways[DIRECT])
        gained = next(_gained(one, other, ()))
        rows.append(
            {
                "encoder": encoder,
                "method": method,
                "tested": tested,
                "effect": effect,
                "heard": WITHOUT if effect == DRY else HEARD if effect in heard else UNSEEN,
                "plain": _recall(other),
                "augmented": _recall(one),
                **{name: gained[name] for name in ("gain", "low", "high", "clips", "groups", "seeds")},
            }
        )
    return pd.DataFrame(rows)


def _compared(
    ways: dict[tuple[str, str], Asked],
) -> Iterator[tuple[str, tuple[str, str], tuple[str, str], str]]:
    """Method, the two ways that are held against each other, and how that is called."""
    for method in dict.fromkeys(method for method, _ in ways):
        for base in (DIRECT, CONTROL):
            pair = (method, TWO_STAGES), (method, base)
            if all(each in ways for each in pair):
                yield method, *pair, f"{TWO_STAGES} − {base}"
        pair = (method, DIRECT), (Frozen.name, DIRECT)
        if method != Frozen.name and all(each in ways for each in pair):
            yield method, *pair, f"{method}{OVER_FROZEN}"


def _paired(better: Asked, base: Asked) -> tuple[Asked, Asked]:
    """Both on the clips and seeds that both have, in one order."""
    items = better.estimates.index.intersection(base.estimates.index)
    seeds = better.estimates.columns.intersection(base.estimates.columns)
    one, other = (
        Asked(each.estimates.loc[items, seeds], each.truth[items], each.groups[items]) for each in (better, base)
    )
    return one, other


def _gained(better: Asked, base: Asked, classes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A row of mean recall, and one of each class, of two that were asked about the same clips."""
    truth, groups = better.truth.to_numpy(str), better.groups.to_numpy(str)
    hits = [each.estimates.to_numpy(str) == truth[:, np.newaxis] for each in (better, base)]
    for name in (ALL, *classes):
        rows = np.ones(len(truth), dtype=bool) if name == ALL else truth == name
        if not rows.any():
            continue
        found = recall_gain(truth[rows], hits[0][rows], hits[1][rows], groups[rows])
        yield {
            "emotion": name,
            "gain": found.gain,
            "low": found.low,
            "high": found.high,
            "p": found.p,
            "clips": int(rows.sum()),
            "groups": found.groups,
            "seeds": found.runs,
        }


def _recall(of: Asked) -> float:
    """Mean recall, the mean over seeds."""
    hits = of.estimates.eq(of.truth, axis=0).mean(axis=1)
    return float(hits.groupby(of.truth).mean().mean())
