"""Where the parameters of an encoder come from, and how a copy is known to be the right one.

They are looked for in this order: the path the user gave, the cache, the publisher (a hub repository at a
pinned revision, or a URL), a package that carries them. A file whose digest is known is hashed before it is
used, so an interrupted or altered download never loads.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from wetdry.errors import EncoderError

HUB = "https://huggingface.co"
CHUNK = 1 << 20


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
    """Parameters on this machine: a folder of hub files, or one file."""

    path: Path
    origin: str
    """`path` (the user's own), `cache`, `download` or `package`."""


def locate(weights: Weights, where: str | Path | None = None) -> Found:
    """Find the parameters, fetching them if they must be.

    Raises
    ------
    EncoderError
        Where they are nowhere to be had; the sentence says which file to put where.
    """
    if where is not None:
        return Found(existing(where), "path")
    raise EncoderError(f"{weights.source} is not fetched.")


def existing(where: str | Path) -> Path:
    """The path the user gave, if there is something there."""
    path = Path(where).expanduser()
    if not path.exists():
        raise EncoderError(f"{path}: no such file or folder of weights; check the path.")
    return path


def local_revision(path: Path) -> str:
    """What stands for a revision where the user gave the path: a digest of the files' bytes."""
    digest = hashlib.sha256()
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(file.name.encode() if path.is_dir() else b"")
            with file.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
    return f"local-{digest.hexdigest()[:12]}"
