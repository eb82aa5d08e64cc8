"""Whether a folder holds a data set as it was published, and which audio files it holds of which songs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from wetdry.datasets.sets.folder import EXTENSIONS
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

NAMED_AT_MOST = 3


def laid_out(kind: str, root: AnyPath, *layouts: Sequence[str]) -> tuple[AnyPath, ...]:
    """The files and folders of the first layout that is there whole.

    Parameters
    ----------
    layouts
        What is to be found below `root`, in each way that the data set is handed around.

    Raises
    ------
    DataError
        Where none is whole: with what the nearest one has, and what of it is missing.
    """
    try:
        if not root.exists():
            raise DataError(f"{root}: no such folder; check the path.")
        missing = [[name for name in layout if not (root / name).exists()] for layout in layouts]
    except OSError as error:
        raise DataError(f"{root}: cannot be opened ({error.strerror}); check its permissions.") from None
    nearest = min(range(len(layouts)), key=lambda k: len(missing[k]) / len(layouts[k]))
    if missing[nearest]:
        lacking = _listed(missing[nearest]) if len(missing[nearest]) < len(layouts[nearest]) else "all of them"
        raise DataError(
            f"{root}: is not laid out as {kind} is published, with {_listed(layouts[nearest])};"
            f" it lacks {lacking}; give the folder that holds them."
        )
    return tuple(root / name for name in layouts[nearest])


def audio_by_stem(folder: AnyPath) -> dict[str, AnyPath]:
    """The audio files that lie in a folder, by their names without ending; of several, the alphabetically first.

    So songs are found in whatever format they were converted to.
    """
    try:
        files = sorted((path for path in folder.iterdir() if path.suffix.lower() in EXTENSIONS), reverse=True)
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror}); check its permissions.") from None
    return {path.stem: path for path in files if not path.name.startswith(".")}


def rated_audio(folder: AnyPath, songs: Collection[str], example: str) -> dict[str, AnyPath]:
    """The audio file of each song that has one, in the order of `songs`; raises `DataError` where none has."""
    audio = audio_by_stem(folder)
    found = {song: audio[song] for song in songs if song in audio}
    if not found:
        raise DataError(f"{folder}: holds no audio of the {len(songs)} rated songs, such as {example}; put it there.")
    return found


def without_audio(count: int, noun: str) -> str:
    """What to say of rated songs that are left out, in brackets; nothing where none is.

    >>> without_audio(1, "song")
    ' (1 rated song has no audio here)'
    """
    if not count:
        return ""
    return f" (1 rated {noun} has no audio here)" if count == 1 else f" ({count} rated {noun}s have no audio here)"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {rest} more" if rest > 0 else "")
