"""`folder:PATH` — every audio file below a folder.

=========== =====================================================================================
items       wav, flac, ogg, oga, mp3, aiff and aif files at any depth, sorted by relative path;
            hidden files and folders (`.name`) are left out
id          path relative to the folder, with `/`
group       the id: nothing is known of which files belong together; say it in a `csv:` manifest
labels      `folder`, the name of the sub-folder a file lies in (the first one below PATH), for
            the files of a folder that has such sub-folders; else none
split       none
licence     that of the files
=========== =====================================================================================

Links to folders are followed, but no folder is entered twice: a loop ends, and the same recording is
not counted as two.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.place import place, shown
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath, ObjectPath

EXTENSIONS = frozenset({".wav", ".flac", ".ogg", ".oga", ".mp3", ".aiff", ".aif"})


@datasets.register("folder")
def open_folder(where: str) -> Dataset:
    """Every audio file below a folder: `folder:PATH`."""
    items = audio_below(place("folder", where))
    return Dataset(
        name=f"folder:{shown(where)}",
        items=items,
        about=f"{len(items)} audio files below {shown(where)}",
    )


def audio_below(root: AnyPath) -> tuple[Item, ...]:
    """An item for each audio file at any depth; raises `DataError` where there is none."""
    _check_folder(root)
    found: list[tuple[str, AnyPath]] = sorted(_objects(root) if isinstance(root, ObjectPath) else _files(root))
    if not found:
        known = ", ".join(sorted(extension[1:] for extension in EXTENSIONS))
        raise DataError(f"{root}: holds no audio file ({known}); check the path.")
    return tuple(Item(id=name, path=path, labels=_labels(name)) for name, path in found)


def _check_folder(root: AnyPath) -> None:
    try:
        if root.is_dir():
            return
        exists = root.exists()
    except OSError as error:
        raise DataError(f"{root}: cannot be opened ({error.strerror}); check its permissions.") from None
    if exists:
        raise DataError(f"{root}: is a file, not a folder; give the folder that holds it.")
    raise DataError(f"{root}: no such folder; check the path.")


def _objects(root: ObjectPath) -> Iterator[tuple[str, ObjectPath]]:
    for name, path in root.below():
        is_visible = not any(part.startswith(".") for part in name.split("/"))
        if is_visible and path.suffix.lower() in EXTENSIONS:
            yield name, path


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    for path in _audio_files(root):
        yield _relative(path, root), path


def _audio_files(root: Path) -> Iterator[Path]:
    """Audio files below `root`, each folder entered once."""
    entered: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            # Backwards, since the last one in is the first one out: of two ways to one folder, the
            # alphabetically first is taken, on every machine.
            entries = sorted(folder.iterdir(), reverse=True)
            visible = [entry for entry in entries if not entry.name.startswith(".")]
            folders = [entry for entry in visible if entry.is_dir()]
        except OSError as error:
            raise DataError(f"{folder}: cannot be read ({error.strerror}); check its permissions.") from None
        waiting.extend(folders)
        # A link that leads nowhere is kept: it then fails as its own row, and is not silently missing.
        yield from (e for e in visible if e.suffix.lower() in EXTENSIONS and e not in folders)


def _relative(path: Path, root: Path) -> str:
    """The path below `root` as text any table can hold: bytes that are not UTF-8 appear as hex escapes."""
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")


def _labels(name: str) -> dict[str, float | str]:
    first, slash, _ = name.partition("/")
    return {"folder": first} if slash else {}
