"""How a file is known to be the one that was published, and how that is found out only once.

Hashing some hundred megabytes takes a second or two. A file that was found whole is remembered in the cache
folder by its path, size and time of change, so a later run reads it straight away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from wetdry.cache import cache_folder

CHUNK = 1 << 20
WORTH_REMEMBERING = 8 * CHUNK


class Hash(Protocol):
    """What hashlib's functions return."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def _git(size: int) -> Hash:
    # Git names a file by the SHA-1 of its content behind a header; no secret depends on it.
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)


KINDS: dict[str, Callable[[int], Hash]] = {
    "sha256": lambda _size: hashlib.sha256(),
    "md5": lambda _size: hashlib.md5(usedforsecurity=False),
    "git": _git,
}
"""Kind of digest → the hash to begin with for a file of that many bytes."""


def digest_of(path: Path, kind: str) -> str:
    """`kind:hex` of the file's bytes.

    >>> digest_of(Path("/dev/null"), "git")
    'git:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    found = KINDS[kind](path.stat().st_size)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
    return f"{kind}:{found.hexdigest()}"


def same(path: Path, digest: str, size: int = 0) -> bool:
    """Whether the file has that digest and that many bytes, as far as they are given."""
    if size and path.stat().st_size != size:
        return False
    if not digest:
        return True
    note = _note(path, digest)
    if note is not None and note.exists():
        return True
    if digest_of(path, digest.partition(":")[0]) != digest:
        return False
    if note is not None:
        _leave(note)
    return True


def _note(path: Path, digest: str) -> Path | None:
    """The empty file whose existence says that this very file was once found to have that digest."""
    real = path.resolve()
    facts = real.stat()
    if facts.st_size < WORTH_REMEMBERING:
        return None
    identity = f"{real}\0{facts.st_size}\0{facts.st_mtime_ns}\0{digest}"
    return cache_folder() / "encoders" / ".verified" / hashlib.sha256(identity.encode()).hexdigest()


def _leave(note: Path) -> None:
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()
    except OSError:
        pass  # A cache that cannot be written costs the next run a second, nothing else.
