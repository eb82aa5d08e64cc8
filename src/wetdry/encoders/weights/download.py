"""Files of parameters into the cache: whole and right, or not at all.

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
from wetdry.encoders.weights.digests import CHUNK, same
from wetdry.encoders.weights.unavailable import UnavailableError, unavailable
from wetdry.errors import EncoderError

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from rich.progress import Progress

    from wetdry.encoders.weights.files import RemoteFile

PATIENCE_SECONDS = 30


def download(file: RemoteFile, folder: Path) -> Path:
    """`folder/file.name`, fetched from the file's URL unless it is there and right."""
    from http.client import HTTPException
    from urllib.request import urlopen

    try:
        with _place(file, folder) as part:
            if part is not None:
                # The address comes from the table of published files, never from a user.
                with urlopen(file.url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
                    _save(file, answer, part)
                if not same(part, file.digest, file.size):
                    raise UnavailableError(
                        f"what {file.url} gives is not the published file, since its size or digest differs"
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
                    raise EncoderError(
                        f"{source}: is not the published {file.name}, since its size or digest differs; "
                        "get it from its publisher."
                    )
    except OSError as error:
        raise EncoderError(
            f"{source}: cannot be copied to {folder} ({error.strerror or error});"
            " check room and permissions, or set WETDRY_CACHE to another folder."
        ) from None
    return folder / file.name


@contextmanager
def _place(file: RemoteFile, folder: Path) -> Iterator[Path | None]:
    """A temporary path to write the file to, or None if it is there and right; it gets its name if all goes well."""
    folder.mkdir(parents=True, exist_ok=True)
    final, part = folder / file.name, folder / f".{file.name}.part"
    with locked(folder / f".{file.name}.lock"):
        if final.exists() and same(final, file.digest, file.size):
            yield None
            return
        try:
            yield part
            settle(part)
            part.replace(final)
        finally:
            part.unlink(missing_ok=True)


def _save(file: RemoteFile, answer: HTTPResponse, part: Path) -> None:
    """Write the body to `part`; one that ends before its stated length is an error here, which it is not for http."""
    stated = int(answer.headers.get("Content-Length") or 0)
    with part.open("wb") as stream, _bar() as bar:
        task = bar.add_task(file.name, total=stated or file.size or None)
        written = 0
        while chunk := answer.read(CHUNK):
            written += stream.write(chunk)
            bar.update(task, completed=written)
    if stated and written != stated:
        raise UnavailableError(f"{file.url} broke off after {written:,} of {stated:,} bytes")


def _bar() -> Progress:
    """A progress bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)


def _cause(error: Exception) -> Exception:
    """The error of the socket, which urllib hides in a `reason` that may as well be a text."""
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, Exception) else error
