"""Writing files so that none is ever seen half-written."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wetdry.errors import ReportError


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` beside `path`, flush it to disk, and rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)  # noqa: PTH105
    finally:
        unfinished.unlink(missing_ok=True)


def try_folder(folder: Path) -> None:
    """Raise `OSError` unless files can be written to `folder`, or it can be made: to be known before hours of work."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    with tempfile.TemporaryFile(dir=there):
        pass


def check_folder(folder: Path) -> None:
    """The same for the folder of a report, as a `ReportError`."""
    with one_sentence_errors(folder):
        try_folder(folder)


@contextlib.contextmanager
def one_sentence_errors(folder: Path) -> Iterator[None]:
    """Turn an error of the operating system into a `ReportError` that names the folder."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReportError(
            f'Cannot write the report to "{folder}" ({reason}): choose a folder that can be written and has room.'
        ) from error
