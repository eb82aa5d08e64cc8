"""`classes:PATH` — a folder for each class: `PATH/violin/take 1.wav`.

=========== =====================================================================================
items       the audio files that `folder:PATH` would give, in the same order
id          path relative to PATH, with `/`
group       for a file in a folder inside its class (`violin/sonata/take 1.wav`), class and folder
            (`violin/sonata`): that is where to keep what was cut from one recording; else the id
labels      `class`, the name of the folder below PATH that a file lies in
split       `train`, `validation` or `test`, where PATH holds nothing but folders of these names
            and the classes lie in them (`PATH/train/violin/take 1.wav`); else none
licence     that of the files
=========== =====================================================================================

A file outside the class folders is refused, not left out, and so is a single class: both are what a
mistaken path looks like.
"""

from __future__ import annotations

from collections.abc import Iterable

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.place import place, shown
from wetdry.datasets.sets.folder import audio_below
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

SPLITS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""What folders of a split are called, in small letters, and the split that they hold."""


@datasets.register("classes")
def open_classes(where: str) -> Dataset:
    """A folder for each class, its name the label `class`: `classes:PATH`."""
    root = place("classes", where)
    found = audio_below(root)
    holds_splits = all(item.id.partition("/")[0].lower() in SPLITS for item in found)
    items = tuple(_labelled(item, root, holds_splits) for item in found)
    classes = _names(item.labels["class"] for item in items)
    if len(classes) < 2:
        raise DataError(
            f'{root}: has one class only, "{classes[0]}"; give the folder that holds a folder for each class,'
            f" or use its files without classes as folder:{shown(where)}"
        )
    return Dataset(
        name=f"classes:{shown(where)}",
        items=items,
        about=f"{len(items)} audio files in {len(classes)} classes below {shown(where)}: {', '.join(classes)}",
    )


def _labelled(item: Item, root: AnyPath, holds_splits: bool) -> Item:
    first, *folders = item.id.split("/")[:-1] if holds_splits else ["", *item.id.split("/")[:-1]]
    if not folders:
        raise DataError(f"{root}: {item.id} lies in no class folder; move it into the folder of its class.")
    return Item(
        id=item.id,
        path=item.path,
        labels={"class": folders[0]},
        group="/".join(folders[:2]) if len(folders) > 1 else "",
        split=SPLITS.get(first.lower(), ""),
    )


def _names(labels: Iterable[float | str]) -> list[str]:
    return sorted({str(label) for label in labels})
