"""Why a file could not be fetched, in words that fit a sentence."""

from __future__ import annotations

import errno

from wetdry.errors import EncoderError

LOG_IN = "accept its conditions on that page and log in with `hf auth login`"
STATUS = {
    401: ("asks who you are", LOG_IN),
    403: ("refuses access", LOG_IN),
    404: ("is not there", "look for a newer wetdry"),
    429: ("has too many requests", "try again later"),
}
"""HTTP status → what happened, and what to do about it."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)
OTHER_FOLDER = "set WETDRY_CACHE (HF_HOME for files of the hub) to a folder that can be written"


class UnavailableError(EncoderError):
    """A file cannot be had from its publisher now: the reason, and what would help if it is known."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy


def unavailable(source: str, error: Exception) -> UnavailableError:
    """What an exception of the network or of the disk means.

    >>> unavailable("https://example.org/x", TimeoutError())
    UnavailableError('https://example.org/x does not answer')
    """
    # httpx and the hub's library keep the answer, urllib is the answer.
    status = getattr(getattr(error, "response", None), "status_code", getattr(error, "code", None))
    if isinstance(status, int):
        happened, remedy = STATUS.get(status, (f"answers with error {status}", "try again later"))
        return UnavailableError(f"{source} {happened}", remedy)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return UnavailableError("there is no room on the disk", "make room")
    if isinstance(error, OSError) and error.errno in NOT_WRITABLE:
        return UnavailableError(f"{error.filename} cannot be written", OTHER_FOLDER)
    if "Timeout" in type(error).__name__:
        return UnavailableError(f"{source} does not answer")
    return UnavailableError(f"{source} cannot be reached")
