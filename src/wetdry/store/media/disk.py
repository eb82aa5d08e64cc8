"""A store in a folder: files are written under a temporary name, synced, and renamed.

A temporary's name holds host and process of its writer, so that one left behind by a killed process is told from one
being written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from wetdry.errors import StoreError
from wetdry.store.media.base import STALE_SECONDS

T = TypeVar("T")

TEMPORARY_NAME = re.compile(r"\.writing-(?P<host>.*)-(?P<pid>\d+)-[0-9a-f]{16}")


class Disk:
    """Files below a folder of this machine, or one that it mounts."""

    at_once = 1

    def __init__(self, root: Path) -> None:
        self._root = root
        if root.exists() and not root.is_dir():
            raise StoreError(f"{root}: is a file, but a store is a folder; choose another path.")

    @property
    def root(self) -> Path:
        """See `Medium.root`."""
        return self._root

    def files(self, folder: str) -> list[str]:
        """See `Medium.files`."""
        place = self.root / folder
        try:
            return sorted(f"{folder}/{path.name}" for path in place.iterdir() if path.is_file())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise _unreadable(place, error) from None

    def folders(self, folder: str) -> list[str]:
        """See `Medium.folders`."""
        place = self.root / folder
        return sorted(path.name for path in place.iterdir() if path.is_dir()) if place.is_dir() else []

    def walk(self, folder: str) -> Iterator[str]:
        """See `Medium.walk`."""
        for path in sorted((self.root / folder).rglob("*")):
            if path.is_file():
                yield path.relative_to(self.root).as_posix()

    def read(self, name: str) -> bytes:
        """See `Medium.read`."""
        try:
            return self.locate(name).read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unreadable(self.locate(name), error) from None

    def using(self, name: str, read: Callable[[pa.NativeFile], T]) -> T:
        """See `Medium.using`."""
        try:
            source = pa.OSFile(str(self.locate(name)))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unreadable(self.locate(name), error) from None
        with source:
            return read(source)

    def put(self, name: str, content: bytes) -> None:
        """See `Medium.put`."""
        target = self.locate(name)
        temporary = target.parent / f".writing-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(8)}"
        try:
            _make_folder(target.parent)
            try:
                with temporary.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(target)
            finally:
                with contextlib.suppress(OSError):
                    temporary.unlink(missing_ok=True)
            _sync_folder(target.parent)
        except OSError as error:
            why = error.strerror or error
            raise StoreError(f"{target.parent}: cannot be written ({why}); {_remedy(error)}") from None

    def remove(self, name: str) -> int:
        """See `Medium.remove`."""
        path = self.locate(name)
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return 0
        except OSError as error:
            why = error.strerror or error
            raise StoreError(f"{path}: cannot be removed ({why}); check the folder's permissions.") from None
        return size

    def size(self, name: str) -> int:
        """See `Medium.size`."""
        return self.locate(name).stat().st_size

    def is_temporary(self, name: str) -> bool:
        """See `Medium.is_temporary`."""
        return TEMPORARY_NAME.fullmatch(self.locate(name).name) is not None

    def is_stale(self, name: str, older_than: float = STALE_SECONDS) -> bool:
        """See `Medium.is_stale`."""
        path = self.locate(name)
        named = TEMPORARY_NAME.fullmatch(path.name)
        if named and named["host"] == socket.gethostname() and not _alive(int(named["pid"])):
            return True
        try:
            return time.time() - path.stat().st_mtime > older_than
        except FileNotFoundError:
            return False

    def locate(self, name: str) -> Path:
        """See `Medium.locate`."""
        return self.root / name


def _unreadable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path}: cannot be read ({error.strerror or error}); check its permissions.")


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "make room, then run again: what was published is kept."
    return "choose a store folder you may write to."


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents; each new name is synced, or a crash could lose the folder."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for made in reversed(missing):
        made.mkdir(exist_ok=True)
        _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
