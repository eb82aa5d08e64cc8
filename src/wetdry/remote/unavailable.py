"""Why a file could not be had, in words that fit a sentence.

What would help is for the room that wanted the file to say: it knows what its user typed, and which folder can be
chosen. `Trouble` is what it chooses the words by.
"""

from __future__ import annotations

import errno
from enum import Enum, auto

from wetdry.errors import WetdryError


class Trouble(Enum):
    """What kind of obstacle it is."""

    CONNECTION = auto()
    ACCESS = auto()
    GONE = auto()
    BUSY = auto()
    DIFFERENT = auto()
    DISK_FULL = auto()
    NOT_WRITABLE = auto()


STATUS = {
    401: ("asks who you are", Trouble.ACCESS),
    403: ("refuses access", Trouble.ACCESS),
    404: ("is not there", Trouble.GONE),
    429: ("has too many requests", Trouble.BUSY),
}
"""HTTP status → what happened."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


class UnavailableError(WetdryError):
    """A file cannot be had now: the reason, without the remedy."""

    def __init__(self, reason: str, trouble: Trouble = Trouble.CONNECTION) -> None:
        super().__init__(reason)
        self.trouble = trouble


def unavailable(source: str, error: Exception) -> UnavailableError:
    """What an exception of the network or of the disk means.

    >>> str(unavailable("https://example.org/x", TimeoutError()))
    'https://example.org/x does not answer'
    """
    # httpx and the hub's library keep the answer, urllib is the answer.
    status = getattr(getattr(error, "response", None), "status_code", getattr(error, "code", None))
    if isinstance(status, int):
        happened, trouble = STATUS.get(status, (f"answers with error {status}", Trouble.BUSY))
        return UnavailableError(f"{source} {happened}", trouble)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return UnavailableError("there is no room on the disk", Trouble.DISK_FULL)
    if isinstance(error, OSError) and error.errno in NOT_WRITABLE:
        return UnavailableError(f"{error.filename} cannot be written", Trouble.NOT_WRITABLE)
    if "Timeout" in type(error).__name__:
        return UnavailableError(f"{source} does not answer")
    return UnavailableError(f"{source} cannot be reached")
