"""What a store asks of the place where its files are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import pyarrow as pa

T = TypeVar("T")

Location = Path | str
"""A file as people know it: its path on a disk, its URL elsewhere."""

STALE_SECONDS = 30 * 60.0
"""How long nothing was written to a file before whoever wrote it is taken for dead."""


class Medium(Protocol):
    """Files under names such as `items/0a….parquet`, each whole or absent at any moment, and never changed.

    What is gone raises `FileNotFoundError`; all else that goes wrong is a `StoreError`.
    """

    at_once: int
    """How many files may be read at a time, where that takes less long than one after another."""

    @property
    def root(self) -> Location:
        """Where all of them are, for people."""

    def files(self, folder: str) -> list[str]:
        """Names of the files of a folder, sorted; none if it is missing."""

    def folders(self, folder: str) -> list[str]:
        """The folders in a folder, without the path to them, sorted; none if it is missing."""

    def walk(self, folder: str) -> Iterator[str]:
        """Names of all files at any depth, sorted."""

    def read(self, name: str) -> bytes:
        """All of a file."""

    def using(self, name: str, read: Callable[[pa.NativeFile], T]) -> T:
        """What `read` makes of an opened file; it is called again where a network fails meanwhile."""

    def put(self, name: str, content: bytes) -> None:
        """Make a file: after a crash at any moment all of it is there, or nothing under its name."""

    def remove(self, name: str) -> int:
        """Remove a file; how many bytes that freed, 0 if it was gone."""

    def size(self, name: str) -> int:
        """Bytes of a file."""

    def is_temporary(self, name: str) -> bool:
        """Whether a file is one that is being written, or was when its writer died."""

    def is_stale(self, name: str, older_than: float = STALE_SECONDS) -> bool:
        """Whether the writer of a temporary file is dead, or was silent for so many seconds."""

    def locate(self, name: str) -> Location:
        """Where a file is, for people."""


def is_of_a_service(error: Exception) -> bool:
    """Whether an error of Arrow's comes from the service that holds the files, and not from what is in them."""
    return any(mark in str(error) for mark in ("AWS Error", "curlCode", "google::cloud"))
