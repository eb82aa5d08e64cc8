"""The file or folder named after the colon of a data set's text."""

from pathlib import Path

from wetdry.errors import DataError


def place(kind: str, where: str) -> Path:
    """`where` as a path, `~` expanded; raises `DataError` if it is empty or names an unknown user.

    >>> place("folder", "songs/rock").as_posix()
    'songs/rock'
    """
    if not where:
        raise DataError(f"{kind}: names no place; give {kind}:PATH.")
    try:
        return Path(where).expanduser()
    except RuntimeError:
        raise DataError(f"{kind}:{where} lies in a home that is not known; give the full path.") from None
