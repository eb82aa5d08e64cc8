"""How far the two domains are apart in each layer: the tables of `wetdry fad`, for every class and all together.

Rows are clips, each the mean over its windows. A distance of fewer clips than dimensions is much too large whatever the
formula, and more so the more dimensions a layer has; the tables' columns `equal`, `infinity`, `floor`, `kernel` and
`biased` are there to tell how much of it to believe (see `wetdry.studies.fad`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from wetdry.analysis.frechet import FEWEST_CLIPS
from wetdry.errors import DataError
from wetdry.extract.plan import View
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.distances import ALL, analyse
from wetdry.studies.fad.rows import Layer, Rows
from wetdry.studies.jobs import Job
from wetdry.studies.resumable import resumable
from wetdry.studies.tables import joined
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.measure import Measured

FEWEST_ROWS = 8
"""The least that `FadConfig` takes for the most rows of a set."""


def count(config: TransferConfig, measured: Measured) -> int:  # noqa: ARG001  (parts are counted alike)
    """How many parts there are: one a layer of each encoder, baselines too."""
    return len(measured.layers)


def jobs(config: TransferConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """Calls that give the tables `distances` and `ranking` of one layer each."""
    for view, layer, position in measured.layers:
        follows_from = {
            "part": "distances",
            **layer_follows_from(measured, view, layer, position),
            "settings": [config.halves, config.project, config.seed],
        }
        yield resumable(checkpoints, follows_from, partial(_prepared, config, measured, view, layer, position))


def layer_follows_from(measured: Measured, view: View, layer: str, position: int) -> dict[str, Any]:
    """What the vectors of a layer follow from, and whose they are."""
    return {
        "encoder": view.key,
        "layer": layer,
        "recipe": view.recipe,
        "position": position,
        "baseline": view.encoder.spec.name in measured.baselines,
        "clips": measured.clips.drop(columns="path").to_numpy().tolist(),
    }


def components(wanted: int | None, dim: int, clips: int) -> int | None:
    """The principal axes that are kept: those asked for, or all that so many clips of both domains give, if fewer.

    >>> components(64, 384, 40), components(64, 384, 1000), components(None, 384, 1000)
    (38, 64, None)
    """
    return None if wanted is None else max(1, min(wanted, dim, clips - 2))


def _prepared(config: TransferConfig, measured: Measured, view: View, layer: str, position: int) -> Job:
    name = view.encoder.spec.name
    vectors = measured.vectors(view, layer).astype(np.float64)
    items = measured.clips["item"].to_numpy(str)
    every = Rows(vectors, items, measured.groups, measured.labels)
    first, second = (every.of(measured.domain == domain) for domain in measured.domains.names)
    about = {"baseline": name in measured.baselines, "position": position}
    return partial(layer_distances, Layer(name, layer, first, second), measured.classes, about, config)


def layer_distances(layer: Layer, classes: tuple[str, ...], about: dict[str, Any], config: TransferConfig) -> Tables:
    """The tables `distances` and `ranking` of one layer, with what is known `about` it as columns after its name.

    Parameters
    ----------
    layer
        Clips of the first domain and of the second.
    classes
        Those that both domains have. One that has fewer than 2 clips in a domain has a row all the same, whose `notes`
        say why its distance is unknown; so has a layer whose vectors are all the same.
    config
        Of which `project`, `halves` and `seed` are looked at.
    """
    few = [name for name in classes if min(_clips(layer, name)) < FEWEST_CLIPS]
    settings = FadConfig(
        first="first",
        second="second",
        by="class" if len(few) < len(classes) else None,
        rows=max(FEWEST_ROWS, len(layer.first), len(layer.second)),
        halves=config.halves,
        project=components(config.project, layer.first.vectors.shape[1], len(layer.first) + len(layer.second)),
        seed=config.seed,
    )
    notes = [_unknown(layer, name, _too_few(layer, name)) for name in few]
    try:
        found = analyse(layer, settings)
    except DataError as error:
        # A layer that gives one vector for everything, such as a dead one of an untrained network: others go on.
        found, notes = {}, [_unknown(layer, ALL, str(error)), *notes]
    tables = {"distances": joined([found.get("distances", pd.DataFrame()), pd.DataFrame(notes)])}
    tables["ranking"] = found.get("ranking", pd.DataFrame())
    return {name: _described(table, about) for name, table in tables.items()}


def _clips(layer: Layer, label: str) -> tuple[int, int]:
    sides = [rows.label == label if label != ALL else np.ones(len(rows), dtype=bool) for rows in _sides(layer)]
    return int(sides[0].sum()), int(sides[1].sum())


def _sides(layer: Layer) -> tuple[Rows, Rows]:
    return layer.first, layer.second


def _too_few(layer: Layer, label: str) -> str:
    clips = _clips(layer, label)
    return f"“{label}” has {clips[0]} and {clips[1]} clips, and fewer than {FEWEST_CLIPS} have no covariance."


def _unknown(layer: Layer, label: str, why: str) -> dict[str, Any]:
    """A row of `distances` of which nothing but its clips is known."""
    clips = _clips(layer, label)
    return {
        **layer.name,
        "label": label,
        "unit": "clips",
        "rows_first": clips[0],
        "rows_second": clips[1],
        "dim": layer.first.vectors.shape[1],
        "n": min(clips),
        "biased": True,
        "notes": why,
    }


def _described(table: pd.DataFrame, about: dict[str, Any]) -> pd.DataFrame:
    for place, (name, value) in enumerate(about.items(), start=2):
        if not table.empty:
            table.insert(place, name, value)
    return table
