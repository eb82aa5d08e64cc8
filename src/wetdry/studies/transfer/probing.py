"""What every layer tells of the classes in either domain, and what a probe of one domain knows of the other.

A part of the study is a layer and a family of probes. For each held-out part of the groups, a probe is learnt on the
rest of one domain and asked about the held-out clips of both: so it has heard no group that it is asked about, in
neither domain. Beside it stands what a split that leaks would tell, clips of one domain held out at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.scores import class_scores
from wetdry.encoders import Vectors
from wetdry.errors import DataError
from wetdry.extract.plan import View
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.jobs import Job
from wetdry.studies.resumable import resumable
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.learners import fold_probes
from wetdry.studies.transfer.measure import Measured, Texts

GROUPS, RANDOM = "groups", "random"
"""Ways to hold clips out; random ones leak where several clips are of one group."""

METRICS = ("recall", "accuracy", "macro_f1")

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lesson:
    """A layer, a family of probes, and all that is known of the clips.

    Attributes
    ----------
    about
        Columns that all rows have: encoder, baseline, layer, position, probe.
    vectors
        Of all clips of both domains (n, dim).
    domain, item, group, label
        Of each clip (n,).
    domains
        Both names, in order.
    classes
        In order.
    parts
        Number of the part (n,) in which each clip is held out, for each way to hold clips out.
    seed, resamples
        Of what is drawn.
    """

    about: dict[str, Any]
    vectors: Vectors
    domain: Texts
    item: Texts
    group: Texts
    label: Texts
    domains: tuple[str, str]
    classes: tuple[str, ...]
    parts: dict[str, Counts]
    seed: int
    resamples: int

    def together(self, split: str) -> Texts:
        """What is held out together (n,) when settings are chosen: groups, or each clip by itself."""
        return self.group if split == GROUPS else np.arange(len(self.label)).astype(str)


class Asked(NamedTuple):
    """Probabilities (n, class) of all clips by probes of one domain; NaN for clips that they were not asked about."""

    learnt: str
    split: str
    estimates: Floats


def count(config: TransferConfig, measured: Measured) -> int:
    """How many parts there are: one a layer and family of probes.

    Raises
    ------
    DataError
        Where what is left to learn from has a class of one group, so that no settings could be chosen on another.
    """
    _check_learnable(measured)
    return len(measured.layers) * len(_families(config))


def jobs(config: TransferConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """Calls that give parts of `probing` and `probe_estimates`, which can be sent to another process."""

    @lru_cache(maxsize=1)
    def vectors(view: View, layer: str) -> Vectors:
        return measured.vectors(view, layer)

    for view, layer, position in measured.layers:
        for family in _families(config):
            about = {
                "encoder": view.encoder.spec.name,
                "baseline": view.encoder.spec.name in measured.baselines,
                "layer": layer,
                "position": position,
                "probe": family,
            }

            def prepared(view: View = view, layer: str = layer, about: dict[str, Any] = about) -> Job:
                return partial(attend, _lesson(config, measured, vectors(view, layer), about))

            yield resumable(checkpoints, _follows_from(config, measured, view, about), prepared)


def attend(lesson: Lesson) -> Tables:
    """Learn in each domain and be asked about both: the tables `probing` and `probe_estimates`."""
    asked = [_asked(lesson, learnt, split) for learnt in lesson.domains for split in (GROUPS, RANDOM)]
    scores = [_scores(lesson, tested, asked) for tested in lesson.domains]
    estimates = [_estimates(lesson, tested, each) for tested in lesson.domains for each in _of(asked, tested)]
    return {
        "probing": pd.concat(scores, ignore_index=True),
        "probe_estimates": pd.concat(estimates, ignore_index=True),
    }


def _families(config: TransferConfig) -> tuple[str, ...]:
    return tuple(dict.fromkeys(config.probes))


def _check_learnable(measured: Measured) -> None:
    """Raise where a part that is learnt from has a class in which nothing can be held out once more."""
    clips = measured.clips
    for part in np.unique(measured.folds.probes):
        left = clips[measured.folds.probes != part].groupby(["domain", "label"])["group"].nunique()
        domain, label = left.idxmin()
        if left.min() < 2:
            raise DataError(
                f"“{label}” in {domain} is of so few groups (actors, songs) that one alone is left to learn from while "
                "others are tested, where settings are to be chosen on yet another: give clips of more groups of it."
            )


def _lesson(config: TransferConfig, measured: Measured, vectors: Vectors, about: dict[str, Any]) -> Lesson:
    return Lesson(
        about=about,
        vectors=vectors,
        domain=measured.domain,
        item=measured.clips["item"].to_numpy(str),
        group=measured.groups,
        label=measured.labels,
        domains=measured.domains.names,
        classes=measured.classes,
        parts={GROUPS: measured.folds.probes, RANDOM: measured.folds.random},
        seed=config.seed,
        resamples=config.resamples,
    )


def _follows_from(config: TransferConfig, measured: Measured, view: View, about: dict[str, Any]) -> dict[str, Any]:
    return {
        "part": "probing",
        "about": about,
        "view": [view.key, view.recipe],
        "excerpt": [config.start, config.seconds],
        "clips": measured.clips[["domain", "item", "clip", "group", "label"]].to_numpy().tolist(),
        "classes": measured.classes,
        "folds": [measured.folds.probes.tolist(), measured.folds.random.tolist()],
        "draws": [config.seed, config.resamples],
    }


def _asked(lesson: Lesson, learnt: str, split: str) -> Asked:
    """What probes of one domain say of the clips held out with each part, of both domains where groups are."""
    estimates = np.full((len(lesson.label), len(lesson.classes)), np.nan)
    of_domain = lesson.domain == learnt
    for probe, held_out in fold_probes(
        lesson.vectors,
        lesson.label,
        lesson.together(split),
        of_domain,
        lesson.parts[split],
        family=lesson.about["probe"],
        names=lesson.classes,
        seed=lesson.seed,
    ):
        # At random, a clip of the other domain may be of a group that was learnt from.
        places = held_out if split == GROUPS else held_out[of_domain[held_out]]
        estimates[places] = probe.estimate(lesson.vectors[places])
    return Asked(learnt, split, estimates)


def _of(asked: list[Asked], tested: str) -> list[Asked]:
    """Those that were asked about a domain: of its own probes first, by groups and at random, then the other's."""
    about = [each for each in asked if each.split == GROUPS or each.learnt == tested]
    return sorted(about, key=lambda each: each.learnt != tested)


def _scores(lesson: Lesson, tested: str, asked: list[Asked]) -> pd.DataFrame:
    """Rows of `probing` on the clips of one domain, all on the same resamples of its groups."""
    clips = lesson.domain == tested
    columns = _of(asked, tested)
    truth = (lesson.label[clips, np.newaxis] == np.array(lesson.classes)).argmax(axis=1)
    probabilities = np.stack([each.estimates[clips] for each in columns], axis=1)
    found = class_scores(truth, probabilities, lesson.group[clips], resamples=lesson.resamples, seed=lesson.seed)
    rows = [
        {
            **lesson.about,
            "learnt": column.learnt,
            "tested": tested,
            "split": column.split,
            "metric": metric,
            "value": found[metric].estimate[place],
            "low": found[metric].low[place],
            "high": found[metric].high[place],
            "clips": int(clips.sum()),
            "groups": int(found[metric].units[place]),
            "chance": 1.0 / len(lesson.classes),
        }
        for place, column in enumerate(columns)
        for metric in METRICS
    ]
    return pd.DataFrame(rows)


def _estimates(lesson: Lesson, tested: str, asked: Asked) -> pd.DataFrame:
    """Rows of `probe_estimates` of the clips of one domain."""
    clips = lesson.domain == tested
    columns = {name: lesson.about[name] for name in ("encoder", "layer", "probe")}
    columns |= {"learnt": asked.learnt, "tested": tested, "split": asked.split, "domain": tested}
    table = pd.DataFrame(
        {
            "item": lesson.item[clips].astype(object),
            "group": lesson.group[clips].astype(object),
            "truth": lesson.label[clips].astype(object),
            "estimate": np.array(lesson.classes, dtype=object)[asked.estimates[clips].argmax(axis=1)],
        }
    )
    return table.assign(**columns)[[*columns, *table.columns]]
