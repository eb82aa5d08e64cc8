"""What a publisher offers, described: a file, where it is, and what it must hash to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """One published file. `digest` is `sha256:…`, `md5:…` or `git:…` (the id of the file in a git repository)."""

    name: str
    digest: str = ""
    size: int = 0
    """Bytes; 0 where the publisher does not say."""
    url: str = ""
    """Empty for a file of a hub repository."""


def readable(size: int) -> str:
    """Bytes in the unit that people use.

    >>> readable(377_569_754), readable(16_800_000_000)
    ('378 MB', '16.8 GB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"
