"""The folder of what is made or fetched once and used again, and how a file gets into it whole."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wetdry.errors import CacheError


def cache_folder() -> Path:
    """`$WETDRY_CACHE`, else `wetdry` in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`)."""
    if chosen := os.environ.get("WETDRY_CACHE"):
        return Path(chosen)
    common = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # By the XDG rules a relative path does not count.
    if common.is_absolute():
        return common / "wetdry"
    try:
        return Path.home() / ".cache" / "wetdry"
    except RuntimeError:
        raise CacheError("There is no home folder to keep a cache in; set WETDRY_CACHE to a folder.") from None


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold `file` against other processes; the system lets go of it even if this one is killed."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def settle(file: Path) -> None:
    """Have the system write `file` to the disk now."""
    with file.open("rb") as written:
        os.fsync(written.fileno())
