"""The file or folder named after the colon of a data set's text, on this machine or in a bucket."""

from pathlib import Path

from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath, ObjectPath
from wetdry.remote.object_service import is_url, without_options


def place(kind: str, where: str) -> AnyPath:
    """`where` as a path, `~` expanded; raises `DataError` if it is empty or names an unknown user.

    >>> place("folder", "songs/rock").as_posix()
    'songs/rock'
    """
    if not where:
        raise DataError(f"{kind}: names no place; give {kind}:PATH.")
    if is_url(where):
        return ObjectPath.of(where)
    try:
        return Path(where).expanduser()
    except RuntimeError:
        raise DataError(f"{kind}:{where} lies in a home that is not known; give the full path.") from None


def shown(where: str) -> str:
    """`where` as it is told to people: of a URL neither options nor keys, of which only the choices that follow stay.

    >>> shown("songs/rock"), shown("s3://music/irmas?region=eu-west-1,preset=deng2025")
    ('songs/rock', 's3://music/irmas,preset=deng2025')
    """
    if not is_url(where):
        return where
    url, _, options = where.partition("?")
    _, comma, choices = options.partition(",")
    return f"{without_options(url)}{comma}{choices}"
