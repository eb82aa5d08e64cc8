"""What a publisher offers, described: the files, where they are, and what they must hash to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HUB = "https://huggingface.co"


@dataclass(frozen=True)
class RemoteFile:
    """One published file. `digest` is `sha256:…`, `md5:…` or `git:…` (the id of the file in a git repository)."""

    name: str
    digest: str = ""
    size: int = 0
    url: str = ""
    """Empty for a file of the hub repository."""


@dataclass(frozen=True)
class Weights:
    """The published parameters of one encoder."""

    revision: str
    """A commit of the hub repository, or the publisher's version."""
    files: tuple[RemoteFile, ...]
    repository: str = ""
    """Id on the hub; empty where the files have URLs of their own."""
    package: str = ""
    """`distribution:module/folder` of an installable package that carries the parameters as well."""
    name: str = ""
    """The encoder they are for, as `wetdry encoders fetch` takes it."""

    @property
    def source(self) -> str:
        """Where a person finds them."""
        return f"{HUB}/{self.repository}" if self.repository else self.files[0].url

    @property
    def size(self) -> int:
        """Bytes of all files of known size."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Found:
    """Parameters on this machine: a folder of all their files, or the file itself where there is only one."""

    path: Path
    origin: str
    """`path` (the user's own), `cache`, `download` or `package`."""


def readable(size: int) -> str:
    """Bytes in the unit that people use.

    >>> readable(377_569_754), readable(16_800_000_000)
    ('378 MB', '16.8 GB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"
