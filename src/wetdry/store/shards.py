"""Files that are either whole or absent: content-addressed shards, published by rename.

A shard's name is the checksum of its bytes. A temporary's name holds host and process of its
writer, so that one left behind by a killed process is told from one being written.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from wetdry.errors import StoreError

T = TypeVar("T")

SUFFIX = ".parquet"
SHARD_NAME = re.compile(r"[0-9a-f]{32}\.parquet")
TEMPORARY_NAME = re.compile(r"\.writing-(?P<host>.*)-(?P<pid>\d+)-[0-9a-f]{16}")
STALE_SECONDS = 30 * 60.0
ATTEMPTS = 20


def checksum(content: bytes) -> str:
    """32 hex digits that name a shard of these bytes."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def publish(folder: Path, content: bytes) -> Path:
    """Write a shard into `folder` (made if missing) and return its path."""
    target = folder / (checksum(content) + SUFFIX)
    replace(target, content)
    return target


def replace(target: Path, content: bytes) -> None:
    """Put a file in place at once: after a crash at any moment it is the old one or the new one."""
    temporary = target.parent / _temporary_name()
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
        raise StoreError(f"{target.parent}: cannot be written ({error.strerror or error}); {_remedy(error)}") from None


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "make room, then run again: what was published is kept."
    return "choose a store folder you may write to."


def _temporary_name() -> str:
    return f".writing-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(8)}"


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


def list_shards(folder: Path) -> list[Path]:
    """Published shards in `folder`, sorted by name; none if the folder is missing.

    A listing is not atomic, and a compaction may publish and remove shards meanwhile: it counts
    once two in a row agree.
    """
    seen = _names(folder)
    for _ in range(ATTEMPTS):
        again = _names(folder)
        if again == seen:
            break
        seen = again
    return [folder / name for name in seen]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if SHARD_NAME.fullmatch(path.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise StoreError(f"{folder}: cannot be read ({error.strerror or error}); check its permissions.") from None


def read_each(folder: Path, read: Callable[[Path], T]) -> list[T]:
    """Apply `read` to each shard, in the order of their names.

    A shard that vanishes between listing and reading was compacted into another, so the folder is
    read again from the start.
    """
    for _ in range(ATTEMPTS):
        try:
            return [read(path) for path in list_shards(folder)]
        except FileNotFoundError:
            continue
    raise _vanishing(folder)


def each(folder: Path, read: Callable[[Path], T]) -> Iterator[T]:
    """What `read` gives of each shard, one at a time, so that a folder larger than memory can be read.

    Where a shard was compacted into another meanwhile, that one is read as well: every row is met at least once.
    """
    met: set[Path] = set()
    for _ in range(ATTEMPTS):
        try:
            for path in [path for path in list_shards(folder) if path not in met]:
                found = read(path)
                met.add(path)
                yield found
            return
        except FileNotFoundError:
            continue
    raise _vanishing(folder)


def _vanishing(folder: Path) -> StoreError:
    return StoreError(f"{folder}: its shards keep vanishing while they are read; stop what is removing them.")


def is_stale(temporary: Path, older_than: float = STALE_SECONDS) -> bool:
    """Whether a temporary's writer is dead, or was silent for `older_than` seconds."""
    named = TEMPORARY_NAME.fullmatch(temporary.name)
    if named and named["host"] == socket.gethostname() and not _alive(int(named["pid"])):
        return True
    try:
        return time.time() - temporary.stat().st_mtime > older_than
    except FileNotFoundError:
        return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
