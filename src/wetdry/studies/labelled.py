"""The items of a data set that have the labels that a study is about, numbers on one scale."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from wetdry.datasets import Dataset
from wetdry.studies.targets import Label, Targets, targets_of

RATING, PLANE_UNIT = "rating", "−1 to 1"
"""Units of ratings on a scale that is not known, and on one that was brought to −1 to 1."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """A data set of labelled items, and their labels."""

    dataset: Dataset
    targets: Targets
    unit: str


def labelled_items(data: Dataset, label: str | None) -> Labelled:
    """The items of a data set that have the label, and their labels: from −1 to 1 where their scale is known."""
    targets = targets_of(data, label)
    labelled = replace(data, items=tuple(item for item in data if item.id in targets.labels))
    scales = [data.scales[name] for name in targets.task.names if name in data.scales]
    if targets.task.classes or len(scales) < len(targets.task.names):
        return Labelled(labelled, targets, RATING)
    numbers = np.asarray(targets.of(list(targets.labels)), dtype=np.float64)
    low, high = (np.array([getattr(scale, end) for scale in scales]) for end in ("low", "high"))
    centred = 2.0 * (numbers - low) / (high - low) - 1.0
    labels: dict[str, Label] = {item: tuple(map(float, row)) for item, row in zip(targets.labels, centred, strict=True)}
    return Labelled(labelled, Targets(targets.task, labels, targets.wanted), PLANE_UNIT)
