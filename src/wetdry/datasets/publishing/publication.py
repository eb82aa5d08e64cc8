"""What the publisher of a data set offers, and on which terms.

A kind of data set whose files can be fetched registers a `Publication` under its name, beside its opener. Other
packages do so through the entry point group `wetdry.publications`, under the name that their opener has in
`wetdry.datasets`. The opener must take the folder that the files were unpacked into.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from wetdry.datasets.base import datasets
from wetdry.errors import DataError
from wetdry.registry import Registry
from wetdry.remote.files import RemoteFile


@dataclass(frozen=True)
class Publication:
    """The published files of a data set; those whose names end in `.zip` are unpacked, others kept as they are.

    >>> Publication((RemoteFile("a.zip", url="https://example.org/a.zip"),), "CC0-1.0", "", "", "https://example.org")
    Traceback (most recent call last):
    ...
    ValueError: a.zip: a published file needs a plain name, a URL and a digest
    """

    files: tuple[RemoteFile, ...]
    licence: str
    licence_url: str
    citation: str
    homepage: str
    unpacked: str = ""
    """A folder that the files must give, by which one knows that they hold what they should; empty if any will do."""

    def __post_init__(self) -> None:
        for file in self.files:
            if PurePosixPath(file.name).name != file.name or not file.url or not file.digest:
                raise ValueError(f"{file.name}: a published file needs a plain name, a URL and a digest")


publications: Registry[Publication] = Registry("publication", DataError)


def published(kind: str) -> Publication:
    """What is offered of a kind of data set; raises `DataError` where that is unknown, or nothing."""
    datasets.get(kind)
    if not is_published(kind):
        raise DataError(
            f"{kind}: has no publisher to fetch files from, unlike {', '.join(publications.names())};"
            f" see `wetdry datasets info {kind}` for what it opens."
        )
    return publications.get(kind)


def is_published(kind: str) -> bool:
    """Whether there is anything to fetch of a kind of data set."""
    return kind in publications.names()
