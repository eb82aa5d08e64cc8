"""`wetdry direction check`: how well a direction reads another data set, and what else it takes for its effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.effect_scale import Reading
from wetdry.analysis.reading_accuracy import accuracy, order_r2
from wetdry.analysis.statistics import Interval, mean_interval
from wetdry.datasets import dataset
from wetdry.errors import DataError
from wetdry.extract import Progress
from wetdry.store import Store
from wetdry.studies.cards import fingerprint
from wetdry.studies.deformations import Deformation, Request, measure
from wetdry.studies.direction.direction import Direction
from wetdry.studies.grids import select_grids
from wetdry.studies.labels import ALL, at_most, class_labels


@dataclass(frozen=True, eq=False)
class Check:
    """What a direction does on a data set that it was not fitted on.

    Attributes
    ----------
    accuracy
        One row for all clips and one for each label: clips, groups, r2, mae, rmse and coverage, each with the
        bounds of its 95 % interval over groups (`r2_low`, `r2_high`, …), mae_of_middle, unlike (share) and dry (mean
        strength read off clips without the effect). Errors are in the unit of the strength.
    others
        One row an effect, the direction's own first: r2 of its strength with the reading, and moved, the mean change
        of the reading from that of the dry clip as a share of the grid, each with bounds; unlike (share).
    failures
        What could not be used, with its reason.
    """

    accuracy: pd.DataFrame
    others: pd.DataFrame
    failures: pd.DataFrame


def check_direction(
    direction: Direction,
    data: str,
    *,
    against: str = "",
    levels: str = "1-10",
    clips: int | None = None,
    encoder: str | None = None,
    store: str | Path | None = None,
    device: str = "auto",
    dtype: str = "fp32",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Check:
    """Apply the direction's effect, and others, to another data set, and read it off the vectors.

    Parameters
    ----------
    direction
        As fitted or loaded.
    data
        Data set, such as `classes:PATH`.
    against
        Comma-separated effects that the direction should not respond to.
    levels
        Of those.
    clips
        Clips of each class at most; all if None.
    encoder
        The encoder with weights of your own; by its name if None.
    store
        Folder of embeddings to take from and add to; without one they are computed and forgotten.
    """
    view, own = direction.card.view, direction.card.effect.grid()
    others = [grid for grid in (select_grids(against, levels) if against else ()) if grid.effect != own.effect]
    opened = dataset(data)
    labels = class_labels(opened)
    model = direction.encoder(encoder, device=device, dtype=dtype)
    request = Request(
        at_most(opened, labels, clips),
        labels,
        [model],
        [own, *others],
        {model.spec.name: [view.layer]},
        windows=view.windows,
        start=view.start,
        seconds=view.seconds,
    )
    with TemporaryDirectory(prefix="wetdry-") as forgotten:
        found = measure(request, Store(store or forgotten), workers=workers, progress=progress)
        if fingerprint(found.clips["clip"]) == direction.card.training.fingerprint:
            raise DataError(
                f"{data} holds the clips that the direction was fitted on: give another data set; how it reads clips "
                "left out is on its card."
            )
        deformations = list(found)
    return Check(
        accuracies(direction, deformations[0]),
        pd.DataFrame([response(direction, deformation) for deformation in deformations]),
        found.failures,
    )


def accuracies(direction: Direction, deformation: Deformation) -> pd.DataFrame:
    """Accuracy on all clips of a deformation by the direction's own effect, and on those of each label."""
    labels = deformation.clips["label"].to_numpy(dtype=str)
    parts = {ALL: deformation}
    if len(set(labels)) > 1:
        parts |= {label: deformation.of(labels == label) for label in sorted(set(labels))}
    return pd.DataFrame([{"label": label, **_accuracy(direction, part)} for label, part in parts.items()])


def response(direction: Direction, deformation: Deformation) -> Mapping[str, Any]:
    """What a direction reads off clips under any effect: a row of `Check.others`."""
    reading, strengths, groups = _read(direction, deformation)
    dry = direction.read(deformation.dry).position
    moved = np.abs(reading.position - np.repeat(dry, len(deformation.strengths)))
    return {
        "effect": deformation.grid.effect,
        "own": deformation.grid.effect == direction.card.effect.effect,
        "clips": len(deformation.clips),
        **_bounds("r2", order_r2(reading.position, strengths, groups)),
        **_bounds("moved", mean_interval(moved, groups)),
        "unlike": float(reading.is_strange.mean()),
    }


def _accuracy(direction: Direction, deformation: Deformation) -> dict[str, Any]:
    reading, strengths, groups = _read(direction, deformation)
    found = accuracy(reading, strengths, direction.scale.strengths, groups)
    return {
        "clips": len(deformation.clips),
        "groups": int(found.mae.units),
        **_bounds("r2", found.r2),
        **_bounds("mae", found.mae),
        **_bounds("rmse", found.rmse),
        "mae_of_middle": found.mae_of_middle,
        **_bounds("coverage", found.coverage),
        "unlike": found.strange,
        "dry": float(direction.read(deformation.dry).strength.mean()),
    }


def _read(
    direction: Direction, deformation: Deformation
) -> tuple[Reading, npt.NDArray[np.float64], npt.NDArray[np.str_]]:
    """What is read off each wet vector (clip · strength), its true strength, and its group."""
    clips, strengths, dim = deformation.wet.shape
    groups = deformation.clips["group"].to_numpy(dtype=str)
    reading = direction.read(deformation.wet.reshape(-1, dim))
    return reading, np.tile(deformation.strengths, clips), np.repeat(groups, strengths)


def _bounds(name: str, found: Interval) -> dict[str, float]:
    return {name: float(found.estimate), f"{name}_low": float(found.low), f"{name}_high": float(found.high)}
