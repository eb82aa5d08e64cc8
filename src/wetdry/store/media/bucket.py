"""A store of objects: `s3://bucket/prefix`, `gs://bucket/prefix`, or whatever else Arrow reads by URL.

An object comes into being when the last byte of it was taken, and not before: there is nothing to rename, and what a
killed writer leaves behind is never listed. (S3 keeps, and charges for, parts of uploads that were not completed, until
a lifecycle rule of the bucket removes them.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pyarrow as pa
from pyarrow import fs

from wetdry.errors import StoreError
from wetdry.remote.object_service import ATTEMPTS, ServiceError, connect, patiently, without_options
from wetdry.store.media.base import STALE_SECONDS

T = TypeVar("T")

RIGHTS = "list, read, write and delete"


class Bucket:
    """Objects under a prefix.

    Parameters
    ----------
    url
        As Arrow takes it; a service other than Amazon's is named by options, as in
        `s3://bucket/prefix?endpoint_override=localhost:9000&scheme=http`.
    """

    at_once = 8

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            self._files, self._prefix = connect(url)
        except ValueError as error:
            raise StoreError(f"{self.root}: cannot be used as a store ({error}); check the URL.") from None
        except ServiceError as error:
            raise StoreError(error.sentence(self.root, "reached", rights=RIGHTS)) from None
        if not self._prefix:
            raise StoreError(f"{self.root}: names no bucket; give s3://bucket/prefix.")

    @property
    def root(self) -> str:
        """See `Medium.root`."""
        return without_options(self._url)

    def __reduce__(self) -> tuple[type[Bucket], tuple[str]]:
        return Bucket, (self._url,)

    def files(self, folder: str) -> list[str]:
        """See `Medium.files`."""
        return self._listed(folder, fs.FileType.File, recursive=False)

    def folders(self, folder: str) -> list[str]:
        """See `Medium.folders`."""
        return [name.rpartition("/")[2] for name in self._listed(folder, fs.FileType.Directory, recursive=False)]

    def walk(self, folder: str) -> Iterator[str]:
        """See `Medium.walk`."""
        yield from self._listed(folder, fs.FileType.File, recursive=True)

    def read(self, name: str) -> bytes:
        """See `Medium.read`."""
        return self.using(name, lambda source: bytes(source.read()))

    def using(self, name: str, read: Callable[[pa.NativeFile], T]) -> T:
        """See `Medium.using`."""

        def opened() -> T:
            with self._files.open_input_file(self._path(name)) as source:
                return read(source)

        return self._patiently("read", name, opened)

    def put(self, name: str, content: bytes) -> None:
        """See `Medium.put`."""

        def put() -> None:
            with self._files.open_output_stream(self._path(name)) as stream:
                stream.write(content)
            if self.size(name) != len(content):
                raise OSError("fewer bytes arrived than were sent")

        self._patiently("written", name, put)

    def remove(self, name: str) -> int:
        """See `Medium.remove`."""
        try:
            size = self.size(name)
            self._patiently("removed", name, lambda: self._files.delete_file(self._path(name)))
        except FileNotFoundError:
            return 0
        return size

    def size(self, name: str) -> int:
        """See `Medium.size`."""
        info = self._patiently("read", name, lambda: self._files.get_file_info(self._path(name)))
        if info.type != fs.FileType.File:
            raise FileNotFoundError(self.locate(name))
        return int(info.size)

    def is_temporary(self, name: str) -> bool:  # noqa: ARG002
        """See `Medium.is_temporary`."""
        return False

    def is_stale(self, name: str, older_than: float = STALE_SECONDS) -> bool:  # noqa: ARG002
        """See `Medium.is_stale`."""
        return False

    def locate(self, name: str) -> str:
        """See `Medium.locate`."""
        return f"{self.root}/{name}"

    def _path(self, name: str) -> str:
        return f"{self._prefix}/{name}" if name else self._prefix

    def _listed(self, folder: str, kind: Any, *, recursive: bool) -> list[str]:
        wanted = fs.FileSelector(self._path(folder), allow_not_found=True, recursive=recursive)
        found = self._patiently("listed", folder, lambda: self._files.get_file_info(wanted))
        return sorted(info.path[len(self._prefix) + 1 :] for info in found if info.type == kind)

    def _patiently(self, done: str, name: str, attempt: Callable[[], T]) -> T:
        """What `attempt` gives, tried again while the service or the network fails."""
        try:
            return patiently(attempt, attempts=ATTEMPTS)
        except ServiceError as error:
            told = error.sentence(self.locate(name), done, rights=RIGHTS, kept=": what was published is kept")
            raise StoreError(told) from None
