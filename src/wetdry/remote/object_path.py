"""Objects as paths: what readers of data sets ask of `pathlib.Path`, answered by a bucket.

What is below a prefix is listed once, when the first question about it comes, however many files are asked for then;
so a data set is seen as of one moment.
"""

from __future__ import annotations

import errno
import io
import posixpath
from collections.abc import Callable, Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, NamedTuple
from urllib.parse import unquote

from wetdry.errors import DataError
from wetdry.remote.object_listing import Listing, Snapshot
from wetdry.remote.object_service import is_url, without_options
from wetdry.remote.objects import Objects, objects_at


class Status(NamedTuple):
    """What is known of an object without reading it."""

    st_size: int


class ObjectPath:
    """An object, or a folder of them, in a bucket.

    It has the methods of `pathlib.Path` that reading needs, and raises the same errors; what is wrong with the bucket
    or its service, rather than with one object, is a `DataError`.

    >>> song = ObjectPath.of("s3://music/rock/one.mp3?region=us-east-1")
    >>> print(song, song.stem, song.parent / "two.mp3")
    s3://music/rock/one.mp3 one s3://music/rock/two.mp3
    """

    def __init__(self, snapshot: Snapshot, key: str) -> None:
        self._snapshot = snapshot
        self._key = key

    @classmethod
    def of(cls, url: str) -> ObjectPath:
        """The path that a URL names, as `s3://bucket/prefix` with options; raises `DataError` where it names none."""
        place, mark, options = url.partition("?")
        scheme, _, rest = place.partition("://")
        bucket, _, key = rest.partition("/")
        if not scheme or not bucket.rpartition("@")[2]:
            raise DataError(
                f"{without_options(url)}: names no bucket; give s3://bucket/prefix, or a path of this machine."
            )
        found = objects_at(f"{scheme}://{bucket}{mark}{options}")
        key = unquote(key).strip("/")
        return cls(Snapshot(found, key), key)

    def __reduce__(self) -> tuple[Callable[[Objects, str], ObjectPath], tuple[Objects, str]]:
        return _fresh, (self._snapshot.bucket, self._key)

    def __str__(self) -> str:
        return self._snapshot.bucket.url_of(self._key)

    def __repr__(self) -> str:
        return f"ObjectPath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectPath) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __lt__(self, other: ObjectPath) -> bool:
        return self._identity < other._identity

    def __truediv__(self, name: str) -> ObjectPath:
        key = posixpath.normpath(posixpath.join(self._key, name))
        if key.startswith(("..", "/")):
            raise DataError(f"{self}: {name} leads out of the bucket; give a URL instead.")
        return self._to("" if key == "." else key)

    @property
    def name(self) -> str:
        return self._pure.name

    @property
    def stem(self) -> str:
        return self._pure.stem

    @property
    def suffix(self) -> str:
        return self._pure.suffix

    @property
    def parent(self) -> ObjectPath:
        return self._to(self._key.rpartition("/")[0])

    def with_name(self, name: str) -> ObjectPath:
        """Its neighbour of that name."""
        return self.parent / name

    def sibling(self, url: str) -> ObjectPath:
        """The object of another URL, at the same service where it names none of its own."""
        _, mark, options = self._snapshot.bucket.url.partition("?")
        same = url.partition("://")[0] == str(self).partition("://")[0]
        return ObjectPath.of(url if "?" in url or not same else f"{url}{mark}{options}")

    def relative_to(self, other: ObjectPath) -> PurePosixPath:
        """The way from a folder above."""
        return self._pure.relative_to(other._pure)

    def absolute(self) -> ObjectPath:
        """Itself."""
        return self

    def resolve(self) -> ObjectPath:
        """Itself: buckets have no links."""
        return self

    def is_file(self) -> bool:
        """Whether there is such an object."""
        return self._key in self._listing.sizes

    def is_dir(self) -> bool:
        """Whether there are objects below."""
        return self._key in self._listing.folders

    def exists(self) -> bool:
        """Whether it is an object or a folder."""
        return self.is_file() or self.is_dir()

    def stat(self) -> Status:
        """The size of an object."""
        if not self.is_file():
            raise self._missing()
        return Status(self._listing.sizes[self._key])

    def iterdir(self) -> Iterator[ObjectPath]:
        """What lies in a folder, by name."""
        if not self.is_dir():
            raise self._missing()
        return (self._to(f"{self._key}/{name}".lstrip("/")) for name in sorted(self._listing.folders[self._key]))

    def glob(self, pattern: str) -> Iterator[ObjectPath]:
        """What lies in a folder under names of a pattern, which has no slash."""
        return (path for path in (self.iterdir() if self.is_dir() else ()) if fnmatchcase(path.name, pattern))

    def below(self) -> Iterator[tuple[str, ObjectPath]]:
        """Every object at any depth, with the way to it from here."""
        start = f"{self._key}/" if self._key else ""
        return ((key[len(start) :], self._to(key)) for key in self._listing.sizes if key.startswith(start))

    def read_bytes(self) -> bytes:
        """All of an object."""
        try:
            return self._snapshot.bucket.read(self._key)
        except FileNotFoundError:
            with suppress(DataError):  # What may be read may not always be listed.
                # Of itself alone: the listing of all around it may be long.
                if _fresh(self._snapshot.bucket, self._key).is_dir():
                    raise IsADirectoryError(errno.EISDIR, "is a folder", str(self)) from None
            raise

    def open(self, mode: Literal["rb"]) -> BinaryIO:  # noqa: ARG002
        """All of an object, to be read piece by piece."""
        return io.BytesIO(self.read_bytes())

    def read_text(self, encoding: str) -> str:
        """All of an object as text."""
        return self.read_bytes().decode(encoding)

    @property
    def _listing(self) -> Listing:
        return self._snapshot.listing

    @property
    def _identity(self) -> tuple[str, str]:
        return self._snapshot.bucket.url, self._key

    @property
    def _pure(self) -> PurePosixPath:
        return PurePosixPath(self._key)

    def _to(self, key: str) -> ObjectPath:
        return ObjectPath(self._snapshot.of(key), key)

    def _missing(self) -> FileNotFoundError:
        return FileNotFoundError(errno.ENOENT, "no such object", str(self))


AnyPath = Path | ObjectPath
"""A file or folder, wherever it is."""


def located(text: str) -> AnyPath:
    """The file or folder of a path or a URL.

    >>> located("songs/rock"), located("s3://songs/rock")
    (PosixPath('songs/rock'), ObjectPath('s3://songs/rock'))
    """
    return ObjectPath.of(text) if is_url(text) else Path(text)


def _fresh(bucket: Objects, key: str) -> ObjectPath:
    """A path that was sent to another process, where it lists for itself if it has to."""
    return ObjectPath(Snapshot(bucket, key), key)
