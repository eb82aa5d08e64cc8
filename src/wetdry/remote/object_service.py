"""Services that hold objects, such as S3: how they are reached by URL, and how requests to them fail.

What can be mended by waiting is tried again; what a caller has to tell its user comes as a `ServiceError`, which has
the words, and the caller the names: of what was asked for, and of what it is good for.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from pyarrow import fs

T = TypeVar("T")

ATTEMPTS = 8
"""Of a request that fails, a minute or so in all: services throttle, and networks are cut for a while."""
FIRST_WAIT = 0.25
LONGEST_WAIT = 16.0

NO_BUCKET = "there is no such bucket; make it, or check the name."
DENIED = ("ACCESS_DENIED", "PERMISSION_DENIED", "UNAUTHENTICATED")
FOR_GOOD = {
    **dict.fromkeys(
        DENIED, "its credentials may not do that, or there are none; ask for permission to {rights} there."
    ),
    "NO_SUCH_BUCKET": NO_BUCKET,
    "' not found": NO_BUCKET,
    "INVALID_ACCESS_KEY_ID": "its access key is not known there; check AWS_ACCESS_KEY_ID.",
    "SIGNATURE_DOES_NOT_MATCH": "its secret key is wrong; check AWS_SECRET_ACCESS_KEY.",
    "HTTP status 301": "the bucket is in another region; name that in the URL, as in s3://bucket/prefix?region=NAME",
}
"""What trying again does not mend, by the words in which Arrow tells it, and what to do."""
OUT_OF_REACH = ("NETWORK_CONNECTION", "curlCode", "SLOW_DOWN", "UNAVAILABLE", "REQUEST_TIMEOUT")
"""By which one tells that the service failed, and not one object of it."""

GOOGLES_PATIENCE = "retry_limit_seconds"
GOOGLES_SECONDS = 8
"""Of trying inside of one attempt; left to itself, Google's client would be silent for a quarter of an hour."""
HARMLESS = "/:@!$&'()*+,;=~"
"""Characters of a key that stand for themselves in a URL, beside letters and digits."""


class ServiceError(Exception):
    """A request was refused, or failed each time it was tried."""

    def __init__(self, said: str, attempts: int) -> None:
        super().__init__(said)
        self.said = said
        self.attempts = attempts
        self.remedy = next((remedy for words, remedy in FOR_GOOD.items() if words in said), "")

    @property
    def is_denied(self) -> bool:
        """Whether what was asked for may not be had."""
        return any(words in self.said for words in DENIED)

    @property
    def is_of_one_object(self) -> bool:
        """Whether others may be had all the same."""
        return self.is_denied or not (self.remedy or any(words in self.said for words in OUT_OF_REACH))

    def sentence(self, where: str, done: str, *, rights: str, kept: str = "") -> str:
        """What happened and what to do.

        >>> print(ServiceError("AWS Error ACCESS_DENIED", 1).sentence("s3://songs", "read", rights="list and read"))
        s3://songs: cannot be read; its credentials may not do that, or there are none; ask for permission to list and
        read there.
        """
        if self.remedy:
            return f"{where}: cannot be {done}; {self.remedy.format(rights=rights)}"
        return (
            f"{where}: cannot be {done} after {self.attempts} attempts ({self.said}); run again when the network and"
            f" the service are there, or correct the URL{kept}."
        )


def is_url(text: str) -> bool:
    """Whether a text names a place by URL.

    >>> is_url("s3://music/rock"), is_url("folder:s3://music"), is_url("rock: the best/one.mp3")
    (True, False, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text) is not None


def without_options(url: str) -> str:
    """A URL as people know it: without options, and without the keys to the service.

    >>> without_options("s3://key:secret@songs/rock/?endpoint_override=localhost:9000&scheme=http")
    's3://songs/rock'
    """
    scheme, _, rest = url.partition("?")[0].partition("://")
    bucket, slash, key = rest.partition("/")
    return f"{scheme}://" + f"{bucket.rpartition('@')[2]}{slash}{key}".rstrip("/")


def connect(url: str) -> tuple[fs.FileSystem, str]:
    """A connection to the service of a URL, and `bucket/key` there.

    Parameters
    ----------
    url
        As Arrow takes it; a service other than Amazon's is named by options, as in
        `s3://bucket/prefix?endpoint_override=localhost:9000&scheme=http`.

    Raises
    ------
    ValueError
        Where the URL is not understood.
    ServiceError
        Where it has to be asked in which region the bucket is, and that fails.
    """
    import pyarrow as pa
    from pyarrow import fs

    if url.startswith("file:"):
        raise ValueError("a folder of this machine is named by its path")
    place, mark, options = url.partition("?")
    scheme, _, rest = place.partition("://")
    bucket, slash, key = rest.partition("/")
    if scheme in ("gs", "gcs") and GOOGLES_PATIENCE not in options:
        mark, options = "?", f"{options}{'&' if options else ''}{GOOGLES_PATIENCE}={GOOGLES_SECONDS}"
    # As people write it: a blank is a blank, and `%20` is one too.
    exact = f"{scheme}://{bucket}{slash}{quote(unquote(key), safe=HARMLESS)}{mark}{options}"

    def connected() -> tuple[fs.FileSystem, str]:
        try:
            files, path = fs.FileSystem.from_uri(exact)
        except pa.ArrowInvalid as error:
            raise ValueError(in_one_line(error).replace(exact, without_options(url))) from None
        return files, path.strip("/")

    return patiently(connected)


def patiently(attempt: Callable[[], T], *, attempts: int = ATTEMPTS) -> T:
    """What `attempt` gives, tried again while the service or the network fails.

    Raises
    ------
    ServiceError
        Where it fails for good, or each time.
    FileNotFoundError
        Where there is no such object.
    """
    import pyarrow as pa

    wait = FIRST_WAIT
    for number in range(1, attempts + 1):
        try:
            return attempt()
        except FileNotFoundError:
            raise
        except (pa.ArrowException, OSError) as error:
            failed = ServiceError(in_one_line(error), number)
        if failed.remedy or number == attempts:
            raise failed
        # Not all at once: many workers meet the same limit.
        time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311
        wait = min(2 * wait, LONGEST_WAIT)
    raise AssertionError


def in_one_line(error: Exception) -> str:
    """What an error says, without line breaks."""
    return " ".join(str(error).split())
