"""One model, learnt in one fold and asked about the clips that were left out of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from wetdry.probes import Probe, families, fit_probe
from wetdry.probes.catalogue import SEPARATOR, model_of
from wetdry.probes.scaling import Scaling
from wetdry.probes.selection import DRAWING, reductions
from wetdry.studies.checkpoints import Tables
from wetdry.studies.recognition.fusion import fit_fused
from wetdry.studies.recognition.models import Kind, Model
from wetdry.studies.recognition.protocol import Floats, Fold, Rows, Texts


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a model is to learn, and to be asked about.

    Attributes
    ----------
    model
        A row of the leaderboard.
    vectors
        Of all clips (n, dim); (n, layer, dim) for a sum of layers.
    answers, groups, items
        Of all clips: ratings (n, target), groups (n,) and ids (n,).
    names
        Of the targets.
    fold
        Which clips are learnt from and tested.
    seed
        Of what is drawn.
    labels
        Of the dimensions, or of the layers, as far as they have names.
    blocks
        Dimensions of each block of a fusion.
    folds, search, k
        How settings are chosen, and how many features a selection keeps.
    """

    model: Model
    vectors: Floats
    answers: Floats
    groups: Texts
    items: Texts
    names: tuple[str, ...]
    fold: Fold
    seed: int
    labels: tuple[str, ...] = ()
    blocks: tuple[int, ...] = ()
    folds: int = 3
    search: str = "halving"
    k: int = 15

    @property
    def together(self) -> Texts:
        """What is held out together (n,) when settings are chosen: groups, or each clip by itself."""
        return self.items if self.model.kind == "random split" else self.groups


@dataclass(frozen=True, eq=False)
class Learnt:
    """What came of a lesson.

    Attributes
    ----------
    estimates
        Of the tested clips (m, target).
    settings
        As they were chosen, in words.
    cross_validated
        Mean R² over targets of these settings on groups held out inside; NaN where nothing was chosen so.
    parameters
        Numbers that were learnt.
    more
        Tables besides estimates and fits.
    """

    estimates: Floats
    settings: str = ""
    cross_validated: float = np.nan
    parameters: int = 0
    more: Tables = field(default_factory=dict)


def attend(lesson: Lesson) -> Tables:
    """Learn and be tested: the tables `estimates` and `fits`; of a selection also `selected`, of layers their weights.

    The column `seconds` of `fits` is the time that learning took, which no second run repeats.
    """
    began = time.perf_counter()
    learnt = KINDS[lesson.model.kind](lesson)
    seconds = time.perf_counter() - began
    who = {"model": lesson.model.name, "seed": lesson.seed, "fold": lesson.fold.number}
    fits = pd.DataFrame(
        [
            {
                **who,
                "settings": learnt.settings,
                "cross_validated": learnt.cross_validated,
                "seconds": seconds,
                "parameters": learnt.parameters,
            }
        ]
    )
    tested = lesson.fold.test
    estimates = estimates_table(
        who, lesson.items[tested], lesson.groups[tested], lesson.names, lesson.answers[tested], learnt.estimates
    )
    return {"estimates": estimates, "fits": fits, **learnt.more}


def estimates_table(
    who: Mapping[str, Any], items: Texts, groups: Texts, names: Sequence[str], truth: Floats, estimates: Floats
) -> pd.DataFrame:
    """A row for each clip (m,) and target: what it was rated, and what was estimated, both (m, target)."""
    targets = len(names)
    table = pd.DataFrame(
        {
            "item": np.repeat(items.astype(object), targets),
            "group": np.repeat(groups.astype(object), targets),
            "target": np.tile(np.array(names, dtype=object), len(items)),
            "truth": truth.ravel(),
            "estimate": estimates.ravel(),
        }
    )
    return table.assign(**who)[[*who, *table.columns]]


def starts_at_random(model: Model) -> bool:
    """Whether another seed would give another model though its settings were the same: it is worth several runs."""
    if model.kind in ("mean", "fusion", "ensemble"):
        return False
    if model.kind in ("layer sum", "network") or model.selection in DRAWING:
        return True
    return "seed" in model_of(model.head, {}).get_params()


def in_words(settings: Mapping[str, Any]) -> str:
    """Settings as tables have them.

    >>> in_words({"penalty": 0.1, "bandwidth": 2.0})
    'penalty=0.1, bandwidth=2.0'
    """
    return ", ".join(f"{name}={value}" for name, value in settings.items())


def fitted(lesson: Lesson, vectors: Floats, answers: Floats, names: Sequence[str], rows: Rows, family: str) -> Probe:
    """A probe of some rows of vectors (n, dim) and answers (n, target), its settings chosen among them."""
    grid = families.get(family).GRID
    if SEPARATOR in family:
        grid = {**grid, "k": (lesson.k,)}
    return fit_probe(
        vectors[rows],
        answers[rows],
        lesson.together[rows],
        family=family,
        names=names,
        folds=lesson.folds,
        seed=lesson.seed,
        grid=grid,
        search=lesson.search,
    )


def _mean(lesson: Lesson) -> Learnt:
    fold = lesson.fold
    usual = lesson.answers[fold.learnt].mean(axis=0)
    return Learnt(np.tile(usual, (len(fold.test), 1)), parameters=len(usual))


def _probe(lesson: Lesson) -> Learnt:
    fold, model = lesson.fold, lesson.model
    probe = fitted(lesson, lesson.vectors, lesson.answers, lesson.names, fold.learnt, model.family)
    more = {} if probe.columns is None else {"selected": _selected(lesson, probe.columns)}
    return Learnt(
        probe.estimate(lesson.vectors[fold.test]),
        in_words(probe.settings),
        probe.score,
        probe.parameters,
        more,
    )


def _chosen_outside(lesson: Lesson) -> Learnt:
    """Features chosen on all clips, the tested ones too, then learnt from as if they had always been all there are."""
    fold, selection = lesson.fold, lesson.model.selection
    scaled, answers = (Scaling.of(each).applied(each) for each in (lesson.vectors, lesson.answers))
    estimates, settings, scores, parameters = [], [], [], 0
    for target, chosen in enumerate(reductions(selection, scaled, answers, lesson.k, lesson.seed)):
        name, own = lesson.names[target], lesson.answers[:, [target]]
        kept = chosen.applied(scaled)
        probe = fitted(lesson, kept, own, [name], fold.learnt, lesson.model.head)
        estimates.append(probe.estimate(kept[fold.test])[:, 0])
        settings.append(f"{name}: {in_words(probe.settings)}")
        scores.append(probe.score)
        parameters += probe.parameters
    return Learnt(np.stack(estimates, axis=1), "; ".join(settings), float(np.mean(scores)), parameters)


def _layer_sum(lesson: Lesson) -> Learnt:
    from wetdry.probes.layer_sum import fit_layer_sum  # needs torch

    fold = lesson.fold
    learnt = fold.learnt
    fit = fit_layer_sum(
        lesson.vectors[learnt],
        lesson.answers[learnt],
        np.isin(learnt, fold.validation),
        names=lesson.names,
        seed=lesson.seed,
    )
    weights = pd.DataFrame(
        {
            "encoder": lesson.model.encoder,
            "seed": lesson.seed,
            "fold": fold.number,
            "layer": list(lesson.labels),
            "position": np.arange(len(lesson.labels)),
            "weight": fit.weights,
        }
    )
    estimates = fit.estimate(lesson.vectors[fold.test])
    return Learnt(estimates, parameters=fit.parameters, more={"layer_weights": weights})


def _fusion(lesson: Lesson) -> Learnt:
    fold = lesson.fold
    learnt = fold.learnt
    fused = fit_fused(
        lesson.vectors[learnt],
        lesson.blocks,
        lesson.answers[learnt],
        lesson.groups[learnt],
        names=lesson.names,
        folds=lesson.folds,
        seed=lesson.seed,
        search=lesson.search,
    )
    estimates = fused.probe.outputs(lesson.vectors[fold.test])
    return Learnt(estimates, in_words(fused.settings), fused.score, fused.probe.parameters)


def _selected(lesson: Lesson, columns: Any) -> pd.DataFrame:
    """The features that were chosen for each target, by `columns` (target, dim)."""
    return pd.DataFrame(
        [
            {
                "selection": lesson.model.selection,
                "seed": lesson.seed,
                "fold": lesson.fold.number,
                "target": target,
                "feature": feature,
            }
            for target, kept in zip(lesson.names, columns, strict=True)
            for feature in np.array(lesson.labels)[kept]
        ]
    )


KINDS: dict[Kind, Callable[[Lesson], Learnt]] = {
    "mean": _mean,
    "probe": _probe,
    "random split": _probe,
    "chosen outside": _chosen_outside,
    "layer sum": _layer_sum,
    "fusion": _fusion,
}
"""How a model of each kind learns; networks and ensembles are made elsewhere."""
