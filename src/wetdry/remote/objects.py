"""The objects of one bucket: listed, and read whole.

Errors are those of a file system where they are about one object, so that whoever reads files can read objects; what
is wrong with the service or the bucket, and so with all of its objects, is a `DataError`.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeVar

from wetdry.errors import DataError
from wetdry.remote.object_service import ATTEMPTS, NO_BUCKET, ServiceError, connect, patiently, without_options

if TYPE_CHECKING:
    from pyarrow import fs

T = TypeVar("T")

LARGEST_BYTES = 2 << 30
"""Of an object: it is read whole, and no file may fill the memory unasked."""
PART_BYTES = 32 << 20
"""Of one request; most clips are smaller."""
MOST_CONNECTIONS = 16
RIGHTS = "list and read"


class Objects:
    """Those of one bucket, by their keys.

    Parameters
    ----------
    url
        Of the bucket, with its options. It is connected to when something is asked for first.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.root = without_options(url)

    def __reduce__(self) -> tuple[Callable[[str], Objects], tuple[str]]:
        return objects_at, (self.url,)

    def url_of(self, key: str) -> str:
        """An object as people know it."""
        return f"{self.root}/{key}" if key else self.root

    def read(self, key: str) -> bytes:
        """All of an object; raises what `Path.read_bytes` does."""
        if "" in key.split("/"):
            raise OSError(errno.EINVAL, "its key has nothing between two slashes; rename it", self.url_of(key))
        files, bucket = self._connection

        def whole() -> list[bytes]:
            parts: list[bytes] = []
            held = 0
            with files.open_input_stream(f"{bucket}/{key}", compression=None) as source:
                while held <= LARGEST_BYTES and (part := source.read(PART_BYTES)):
                    parts.append(part)
                    held += len(part)
            return parts

        content = b"".join(self._asked(key, "read", whole))
        if len(content) > LARGEST_BYTES:
            most = f"{LARGEST_BYTES / 1e9:.1f} GB"
            raise OSError(errno.EFBIG, f"it has more than {most}, the most that is read of a bucket", self.url_of(key))
        return content

    def sizes(self, prefix: str) -> dict[str, int] | None:
        """Bytes of the object of this key, or of all below it; None where there is nothing of either kind."""
        from pyarrow import fs

        files, bucket = self._connection
        path = f"{bucket}/{prefix}" if prefix else bucket
        below = fs.FileSelector(path, recursive=True, allow_not_found=True)
        found = self._asked(prefix, "listed", lambda: files.get_file_info(below))
        if not found:
            found = [self._asked(prefix, "listed", lambda: files.get_file_info(path))]
            if found[0].type == fs.FileType.NotFound:
                self._check_there(prefix)
                return None
        beyond = len(bucket) + 1
        return {info.path[beyond:]: int(info.size) for info in found if info.type == fs.FileType.File}

    def _check_there(self, prefix: str) -> None:
        """Raise `DataError` where it is not the prefix that is missing, but the bucket."""
        from pyarrow import fs

        files, bucket = self._connection
        with suppress(ServiceError):  # Whoever may list objects may not always look at their bucket.
            if patiently(lambda: files.get_file_info(bucket)).type == fs.FileType.NotFound:
                raise DataError(f"{self.url_of(prefix)}: cannot be listed; {NO_BUCKET}")

    @cached_property
    def _connection(self) -> tuple[fs.FileSystem, str]:
        try:
            return connect(self.url)
        except ValueError as error:
            raise DataError(f"{self.root}: cannot be used ({error}); check the URL.") from None
        except ServiceError as error:
            raise DataError(error.sentence(self.root, "reached", rights=RIGHTS)) from None

    def _asked(self, key: str, done: str, attempt: Callable[[], T]) -> T:
        url = self.url_of(key)
        try:
            return patiently(attempt, attempts=ATTEMPTS)
        except FileNotFoundError:
            raise FileNotFoundError(errno.ENOENT, "no such object", url) from None
        except ServiceError as error:
            if done == "read" and error.is_denied:
                raise PermissionError(errno.EACCES, "its credentials may not read it, or there are none", url) from None
            if done == "read" and error.is_of_one_object:
                raise OSError(errno.EIO, f"{error.said}, {error.attempts} times", url) from None
            raise DataError(error.sentence(url, done, rights=RIGHTS)) from None


@lru_cache(maxsize=MOST_CONNECTIONS)
def objects_at(url: str) -> Objects:
    """The objects of a bucket; one connection for all who ask in this process."""
    return Objects(url)
