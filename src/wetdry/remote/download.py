"""Published files into a folder: whole and right, or not at all.

A file is written under a temporary name, compared with what its publisher says of it, and only then given its own
name. Of several processes that want one file, one fetches it and the others wait.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wetdry.cache import locked, settle
from wetdry.remote.bars import bytes_bar
from wetdry.remote.digests import CHUNK, same
from wetdry.remote.unavailable import NO_ROOM, Trouble, UnavailableError, unavailable

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from wetdry.remote.files import RemoteFile

PATIENCE_SECONDS = 30
PARTIAL_CONTENT = 206
NOTHING_BEYOND = 416


def download(file: RemoteFile, folder: Path, *, resume: bool = False) -> Path:
    """`folder/file.name`, fetched from the file's URL unless it is there and right.

    Parameters
    ----------
    resume
        Keep what came before an interruption, and continue there the next time, if the server can. Only for a file
        whose digest is known: nothing else would tell whether two parts belong together.

    Raises
    ------
    UnavailableError
        Where it cannot be had; without `resume` nothing of it is left behind.
    """
    from http.client import HTTPException

    try:
        with _place(file, folder, keep_part=resume and bool(file.digest)) as part:
            if part is not None:
                _receive(file, part)
                if not same(part, file.digest, file.size):
                    part.unlink()
                    raise UnavailableError(
                        f"what {file.url} gives is not the published file, since its size or digest differs",
                        Trouble.DIFFERENT,
                    )
    except (OSError, HTTPException) as error:
        raise unavailable(file.url, _cause(error)) from None
    return folder / file.name


def copy(file: RemoteFile, source: Path, folder: Path) -> Path:
    """`folder/file.name`, copied from a file of the user's, which must be the published one."""
    try:
        with _place(file, folder) as part:
            if part is not None:
                shutil.copyfile(source, part)
                if not same(part, file.digest, file.size):
                    raise not_published(source, file)
    except OSError as error:
        trouble = Trouble.DISK_FULL if error.errno in NO_ROOM else Trouble.NOT_WRITABLE
        raise UnavailableError(f"{source}: cannot be copied to {folder} ({error.strerror or error})", trouble) from None
    return folder / file.name


def not_published(path: Path, file: RemoteFile) -> UnavailableError:
    """What to raise where a file of the user's is not the published one that it was taken for."""
    return UnavailableError(
        f"{path}: is not the published {file.name}, since its size or digest differs", Trouble.DIFFERENT
    )


@contextmanager
def _place(file: RemoteFile, folder: Path, keep_part: bool = False) -> Iterator[Path | None]:
    """A temporary path to write the file to, or None if it is there and right; it gets its name if all goes well."""
    folder.mkdir(parents=True, exist_ok=True)
    final, part = folder / file.name, folder / f".{file.name}.part"
    with locked(folder / f".{file.name}.lock"):
        if final.exists() and same(final, file.digest, file.size):
            yield None
            return
        if not keep_part:
            part.unlink(missing_ok=True)
        try:
            yield part
            settle(part)
            part.replace(final)
        finally:
            if not keep_part:
                part.unlink(missing_ok=True)


def _receive(file: RemoteFile, part: Path) -> None:
    """Bring `part` to the end of the published file, from where it ends now."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    begun = part.stat().st_size if part.exists() else 0
    asked = {"Range": f"bytes={begun}-"} if begun else {}
    # The address comes from a table of published files, never from a user.
    request = Request(file.url, headers=asked)  # noqa: S310
    try:
        answer = urlopen(request, timeout=PATIENCE_SECONDS)  # noqa: S310
    except HTTPError as error:
        if begun and error.code == NOTHING_BEYOND:
            error.close()
            return
        raise
    with answer:
        # A server that cannot begin in the middle sends the whole file.
        _save(file, answer, part, begun if answer.status == PARTIAL_CONTENT else 0)


def _save(file: RemoteFile, answer: HTTPResponse, part: Path, begun: int) -> None:
    """Write the body to `part`, behind the bytes that came before.

    A body that ends before its stated length is an error here, which it is not for http.
    """
    length = int(answer.headers.get("Content-Length") or 0)
    stated = begun + length if length else 0
    with part.open("ab" if begun else "wb") as stream, bytes_bar() as bar:
        task = bar.add_task(file.name, total=stated or file.size or None, completed=begun)
        written = begun
        while chunk := answer.read(CHUNK):
            written += stream.write(chunk)
            bar.update(task, completed=written)
    if stated and written != stated:
        raise UnavailableError(f"{file.url} broke off after {written:,} of {stated:,} bytes")


def _cause(error: Exception) -> Exception:
    """The error of the socket, which urllib hides in a `reason` that may as well be a text."""
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, Exception) else error
