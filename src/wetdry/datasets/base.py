"""What a data set is: a name and items, each one audio file with its labels and group.

A data set is opened from a short text, `kind` or `kind:where` (`folder:~/music`, `csv:songs.csv`,
`etudes`), by the opener registered under its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from wetdry.datasets.scales import Scale
from wetdry.errors import DataError
from wetdry.registry import Registry
from wetdry.remote.object_path import AnyPath
from wetdry.remote.object_service import is_url, without_options


@dataclass(frozen=True)
class Item:
    """One labelled recording, in a file of this machine or an object in a bucket.

    `group` names what must never be split between training and test (song, actor, source
    recording); an item without one is its own group. `split` is a published split, if there is one.
    """

    id: str
    path: AnyPath
    labels: Mapping[str, float | str] = field(default_factory=dict)
    group: str = ""
    split: str = ""

    def __post_init__(self) -> None:
        if not self.group:
            object.__setattr__(self, "group", self.id)


@dataclass(frozen=True)
class Dataset:
    """Items in a fixed order, under a name that says where they come from."""

    name: str
    items: tuple[Item, ...]
    licence: str = "unknown"
    about: str = ""
    synthetic: bool = False
    scales: Mapping[str, Scale] = field(default_factory=dict)
    """Label → the scale that it was rated on, where that is known."""

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


Opener = Callable[[str], Dataset]
datasets: Registry[Opener] = Registry("dataset", DataError)


def dataset(text: str) -> Dataset:
    """Open a data set from `kind` or `kind:where`; raises `DataError` where it is missing or empty."""
    if is_url(text):
        raise DataError(f"{without_options(text)}: is a place; say what it holds, as in folder:{without_options(text)}")
    kind, _, where = text.partition(":")
    return datasets.get(kind)(where)
