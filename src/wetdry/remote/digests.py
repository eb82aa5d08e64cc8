"""How a file is known to be the one that was published, and how that is found out only once.

Hashing some hundred megabytes takes a second or two. The digest of a large file is noted in the cache folder under
its path, size and time of change, so a later run reads it straight away.
"""

from __future__ import annotations

import hashlib
import re
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


LENGTHS = {"sha256": 64, "md5": 32, "git": 40}
"""Hexadecimal digits of each kind."""


def digest_of(path: Path, kind: str) -> str:
    """`kind:hex` of the file's bytes.

    >>> digest_of(Path("/dev/null"), "git")
    'git:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    note = _note(path, kind)
    if note is not None and (known := _noted(note, kind)):
        return known
    found = KINDS[kind](path.stat().st_size)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
    digest = f"{kind}:{found.hexdigest()}"
    if note is not None:
        _leave(note, digest)
    return digest


def same(path: Path, digest: str, size: int = 0) -> bool:
    """Whether the file has that digest and that many bytes, as far as they are given."""
    if size and path.stat().st_size != size:
        return False
    return not digest or digest_of(path, digest.partition(":")[0]) == digest


def _note(path: Path, kind: str) -> Path | None:
    """Where the digest of this very file is noted, if it is worth that."""
    real = path.resolve()
    facts = real.stat()
    if facts.st_size < WORTH_REMEMBERING:
        return None
    identity = f"{real}\0{facts.st_size}\0{facts.st_mtime_ns}\0{kind}"
    return cache_folder() / ".digests" / hashlib.sha256(identity.encode()).hexdigest()


def _noted(note: Path, kind: str) -> str:
    """The digest in a note; empty where there is none, or a torn one."""
    try:
        said = note.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
    return said if re.fullmatch(rf"{kind}:[0-9a-f]{{{LENGTHS[kind]}}}", said) else ""


def _leave(note: Path, digest: str) -> None:
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(digest, encoding="ascii")
    except OSError:
        pass  # A cache that cannot be written costs the next run a second, nothing else.
