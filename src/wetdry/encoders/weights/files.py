"""The published parameters of an encoder, described, and where they were found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wetdry.remote.files import RemoteFile

HUB = "https://huggingface.co"


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
