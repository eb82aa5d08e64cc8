"""Which label of a data set a study goes by, and as many clips of each class as were asked for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from wetdry.datasets import Dataset
from wetdry.errors import DataError
from wetdry.registry import did_you_mean

USUAL = ("class", "instrument")
ALL = "all"
"""What tables call all clips together, so that no class can be called so."""
MOST_CLASSES = 100
"""A text label with more values names the clips rather than their classes."""


def class_labels(data: Dataset, name: str | None = None) -> dict[str, str]:
    """Item → its class: the label called `name`, else `class`, `instrument` or the only text label; {} if none fits."""
    known = {key for item in data for key in item.labels}
    if name is not None:
        if name not in known:
            hint = did_you_mean(name, known) if known else "its items have no labels"
            raise DataError(f'{data.name} has no label "{name}": {hint}')
        return _labels(data, name)
    candidates = [key for key in USUAL if key in known] or sorted(key for key in known if _names_classes(data, key))
    if not candidates or (len(candidates) > 1 and candidates[0] not in USUAL):
        return {}
    return _labels(data, candidates[0])


def at_most(data: Dataset, labels: Mapping[str, str], clips: int | None, seed: int = 0) -> Dataset:
    """The data set with at most `clips` clips of each class (of all, without classes), drawn with a seed, in order."""
    if clips is None:
        return data
    by_class: dict[str, list[str]] = {}
    for item in data:
        by_class.setdefault(labels.get(item.id, ""), []).append(item.id)
    kept: set[str] = set()
    for members in by_class.values():
        kept.update(random.Random(seed).sample(sorted(members), min(clips, len(members))))  # noqa: S311
    return replace(data, items=tuple(item for item in data if item.id in kept))


def _labels(data: Dataset, name: str) -> dict[str, str]:
    labels = {item.id: str(item.labels[name]) for item in data if name in item.labels}
    if ALL in labels.values():
        raise DataError(f'{data.name} has a class "{ALL}", which is what the tables call all clips: rename it.')
    return labels


def _names_classes(data: Dataset, key: str) -> bool:
    values = [item.labels[key] for item in data if key in item.labels]
    return all(isinstance(value, str) for value in values) and 1 < len(set(values)) <= min(
        MOST_CLASSES, len(values) // 2
    )
