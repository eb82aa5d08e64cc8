"""What the labels and the handcrafted features look like before and beside any model.

All of it is exploration: correlations of features with ratings are over all clips, and nothing here chooses what a
scored model learns from. Only the SHAP values are out of fold: a clip's come from trees that have not seen its group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from wetdry.analysis.correlations import correlations as correlated
from wetdry.analysis.statistics.units import Float64
from wetdry.probes import shap_values
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.jobs import Job
from wetdry.studies.recognition.config import FEATURES as PHASE
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.measure import Measured
from wetdry.studies.recognition.models import ALL_FEATURES, HANDCRAFTED
from wetdry.studies.recognition.protocol import Rows, Texts
from wetdry.studies.resumable import resumable

MOST_FEATURES, MOST_ATTRIBUTED = 20, 15
"""Features of a target that are listed by their correlation, and by their SHAP values."""

MOST_CLIPS = 400
"""Clips whose SHAP values are listed."""

Part = tuple[Rows, Rows]
"""Rows that a model learns from, and rows that it is asked about."""


def count(config: RecognitionConfig, measured: Measured) -> int:
    """How many parts there are: the labels, and in phase 1 the correlations and the attributions of features."""
    return 1 + (2 if _features(config, measured) else 0)


def jobs(config: RecognitionConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """Calls that give the tables `ratings` and `correlations`; in phase 1 also `features`, and `shap`."""
    follows_from: dict[str, Any] = {
        "clips": measured.clips[["item", "clip", "group"]].to_numpy().tolist(),
        "answers": measured.answers.tolist(),
        "targets": measured.names,
    }
    yield resumable(checkpoints, follows_from | {"part": "labels"}, partial(_labels, measured))
    if not (features := _features(config, measured)):
        return
    view = measured.view(HANDCRAFTED)
    follows_from |= {"encoder": view.key, "recipe": view.recipe}
    yield resumable(checkpoints, follows_from | {"part": "features"}, partial(_ranked, measured, features))
    folds = [(fold.learnt, fold.test) for fold in measured.protocol.folds]
    drawn = {"part": "shap", "seed": config.seed, "folds": [[rows.tolist() for rows in fold] for fold in folds]}
    yield resumable(checkpoints, follows_from | drawn, partial(_attributed, measured, folds, features, config.seed))


def _labels(measured: Measured) -> Job:
    return partial(labels, measured.clips, measured.answers, measured.groups, measured.names)


def _ranked(measured: Measured, features: Sequence[str]) -> Job:
    vectors = measured.vectors(HANDCRAFTED, ALL_FEATURES)
    return partial(ranked, vectors, measured.answers, measured.groups, measured.names, features)


def _attributed(measured: Measured, folds: Sequence[Part], features: Sequence[str], seed: int) -> Job:
    vectors, items = measured.vectors(HANDCRAFTED, ALL_FEATURES), list(measured.clips["item"])
    return partial(attributed, vectors, measured.answers, folds, measured.names, features, items, seed)


def _features(config: RecognitionConfig, measured: Measured) -> Sequence[str]:
    """Names of the handcrafted features; none where phase 1 was not asked for."""
    return measured.view(HANDCRAFTED).encoder.spec.layer(ALL_FEATURES).labels if PHASE in config.phases else ()


def labels(clips: pd.DataFrame, answers: Float64, groups: Texts, names: Sequence[str]) -> Tables:
    """Ratings (n, target) as a table, `ratings`, and how they go together, `correlations`."""
    ratings = clips[["item", "group"]].reset_index(drop=True)
    ratings[list(names)] = answers
    return {"ratings": ratings, "correlations": correlations(answers, groups, names)}


def correlations(answers: Float64, groups: Texts, names: Sequence[str]) -> pd.DataFrame:
    """Pearson's r of each target with each, itself too (1, without an interval): row, column, r, low, high.

    `answers` (n, target); the 95 % intervals are over `groups` (n,).
    """
    found = []
    for row, name in enumerate(names):
        r = correlated(answers, answers[:, [row]], groups)
        table = pd.DataFrame({"row": name, "column": list(names), "r": r.estimate, "low": r.low, "high": r.high})
        table.loc[row, ["low", "high"]] = np.nan
        found.append(table)
    return pd.concat(found, ignore_index=True)


def ranked(
    vectors: npt.ArrayLike, answers: Float64, groups: Texts, names: Sequence[str], features: Sequence[str]
) -> Tables:
    """The features that go with each target most, over all clips: the table `features`, in which nothing was held out.

    Parameters
    ----------
    vectors
        Shape (n, feature).
    answers
        Shape (n, target).
    groups
        Of each clip (n,); intervals are over them. Being of the largest of many correlations, these are too narrow.
    features
        Name of each feature.

    Returns
    -------
    dict
        `features`: target, feature, r, low, high, rank (from 1); a feature that never varies is not listed.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    found = []
    for target, name in enumerate(names):
        of = correlated(rows, answers[:, [target]], groups)
        order = np.argsort(-np.nan_to_num(np.abs(of.estimate), nan=-1.0), kind="stable")
        best = [column for column in order[:MOST_FEATURES] if np.isfinite(of.estimate[column])]
        found.append(
            pd.DataFrame(
                {
                    "target": name,
                    "feature": [features[column] for column in best],
                    "r": of.estimate[best],
                    "low": of.low[best],
                    "high": of.high[best],
                    "rank": np.arange(1, len(best) + 1),
                }
            )
        )
    return {"features": pd.concat(found, ignore_index=True)}


def attributed(
    vectors: npt.ArrayLike,
    answers: Float64,
    folds: Sequence[Part],
    names: Sequence[str],
    features: Sequence[str],
    items: Sequence[str],
    seed: int,
) -> Tables:
    """How much each of the features that matter most moves the estimate of each clip, by trees that never saw the clip.

    Parameters
    ----------
    vectors, answers
        Shape (n, feature) and (n, target).
    folds
        Rows that are learnt from, and rows that are asked about.
    names, features, items
        Of targets, features and clips.
    seed
        Of the trees, and of the draw of clips where there are more than `MOST_CLIPS`.

    Returns
    -------
    dict
        `shap`: target, feature, item, shap (in units of the target), value (the feature's rank among all clips, from 0
        for the least to 1 for the greatest). The features of a target are those of the largest mean |shap| over all
        clips asked about, the largest first.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    asked = np.concatenate([each for _, each in folds])
    shap = np.concatenate(
        [shap_values(rows[learnt], answers[learnt], rows[each], seed=seed) for learnt, each in folds], 1
    )
    drawn = np.sort(np.random.default_rng(seed).permutation(len(asked))[:MOST_CLIPS])
    place = (rankdata(rows, axis=0) - 1.0) / max(len(rows) - 1, 1)
    listed = np.array(items)[asked[drawn]]
    found = []
    for target, name in enumerate(names):
        weight = np.abs(shap[target]).mean(axis=0)
        for column in np.argsort(-weight, kind="stable")[:MOST_ATTRIBUTED]:
            found.append(
                pd.DataFrame(
                    {
                        "target": name,
                        "feature": features[column],
                        "item": listed,
                        "shap": shap[target, drawn, column],
                        "value": place[asked[drawn], column],
                    }
                )
            )
    return {"shap": pd.concat(found, ignore_index=True)}
