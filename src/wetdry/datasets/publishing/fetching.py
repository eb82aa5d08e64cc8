"""Published data sets into a folder of the user's: all of it, as published, or nothing.

Files are fetched and unpacked in a hidden folder beside the one asked for, `.NAME.fetching`, which is given its
name when all is there. What had come before an interruption stays in it, and the next call continues.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from wetdry.cache import locked
from wetdry.datasets.publishing.archive import unpack
from wetdry.datasets.publishing.publication import Publication, published
from wetdry.errors import DataError
from wetdry.remote.digests import same
from wetdry.remote.download import download, not_published
from wetdry.remote.files import RemoteFile
from wetdry.remote.unavailable import Trouble, UnavailableError, unavailable

OTHER_FOLDER = "give another folder"
AGAIN = "run the same command again"


def fetch(kind: str, folder: str | Path, *, accept_licence: bool, source: str | Path | None = None) -> Path:
    """Fetch the published files of a data set into a folder that is new or empty; it is then opened as `kind:folder`.

    Parameters
    ----------
    accept_licence
        Whether you have read the licence, `published(kind).licence_url`, and accept it.
    source
        A file that was downloaded already, or the folder of them where several are published, instead of the
        network. It is held to the published digest and not changed.

    Returns
    -------
    The folder, as an absolute path.

    Raises
    ------
    DataError
        In one sentence, where the files cannot be had, are not those that were published, or cannot be written.
    """
    offer = published(kind)
    if not accept_licence:
        raise DataError(f"{kind}: comes under {offer.licence}; read {offer.licence_url} and accept it.")
    target = new_folder(folder)
    given = _given(offer, Path(source).expanduser()) if source is not None else None
    working = target.with_name(f".{target.name}.fetching")
    try:
        working.mkdir(parents=True, exist_ok=True)
        with locked(working / ".lock"):
            # Another process may have finished while this one waited.
            new_folder(target)
            try:
                files = given or [download(file, working, resume=True) for file in offer.files]
                _unpack(kind, offer, files, working / "unpacked")
                (working / "unpacked").rename(target)
                shutil.rmtree(working)
            finally:
                _leave_only_what_serves(working)
    except (UnavailableError, OSError) as error:
        raise _in_words(error, kind, target, offer) from None
    return target


def new_folder(folder: str | Path) -> Path:
    """The absolute path of a folder to be made; raises `DataError` where something is there already."""
    if re.match(r"\w+:/", str(folder)):  # of a URL that was made a path, one slash is left
        raise DataError(f"{folder}: is no place to unpack files in; give a folder of this machine, and copy it there.")
    try:
        path = Path(folder).expanduser().resolve()
        if path.is_dir():
            # A folder that a disk is mounted on cannot be replaced by another one.
            taken = "is not empty" if any(path.iterdir()) else "is a mount point" if path.is_mount() else ""
        else:
            taken = "is a file" if path.exists() else ""
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(
            f"{folder}: cannot be used ({getattr(error, 'strerror', None) or error}); {OTHER_FOLDER}."
        ) from None
    if taken:
        raise DataError(f"{path}: {taken}; give a folder that is new or empty.")
    return path


def _given(offer: Publication, source: Path) -> list[Path]:
    """The published files among what the user has; raises `DataError` unless they are those."""
    names = ", ".join(file.name for file in offer.files)
    if source.is_file() and len(offer.files) > 1:
        raise DataError(f"{source}: is one file; give the folder that holds {names}.")
    paths = [source / file.name if source.is_dir() else source for file in offer.files]
    for file, path in zip(offer.files, paths, strict=True):
        _check_given(file, path)
    return paths


def _check_given(file: RemoteFile, path: Path) -> None:
    if not path.is_file():
        raise DataError(f"{path}: no such file; give {file.name}, or the folder that holds it.")
    try:
        right = same(path, file.digest, file.size)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check its permissions.") from None
    if not right:
        raise DataError(f"{not_published(path, file)}; download it again.")


def _unpack(kind: str, offer: Publication, files: Sequence[Path], folder: Path) -> None:
    """Make `folder` of the files, from the start: nothing says how far an earlier process had come."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for published_file, path in zip(offer.files, files, strict=True):
        if published_file.name.endswith(".zip"):
            unpack(path, folder)
        else:
            shutil.copyfile(path, folder / published_file.name)
    if not (folder / offer.unpacked).is_dir():
        names = ", ".join(file.name for file in offer.files)
        raise DataError(f"{kind}: there is no {offer.unpacked} in {names}; look for a newer wetdry.")
    # Once for all: a sync for each of thousands of files takes minutes on a slow disk.
    os.sync()


def _leave_only_what_serves(working: Path) -> None:
    """Remove the working folder, unless it holds what the next call can continue with."""
    shutil.rmtree(working / "unpacked", ignore_errors=True)
    if working.is_dir() and all(path.name.endswith(".lock") for path in working.iterdir()):
        shutil.rmtree(working, ignore_errors=True)


def _in_words(error: UnavailableError | OSError, kind: str, target: Path, offer: Publication) -> DataError:
    """What happened and what would help, in one sentence."""
    if isinstance(error, OSError):
        reason = unavailable(str(target), error)
        if reason.trouble is Trouble.CONNECTION:
            # An error of the disk that is no matter of room or permissions: the network's are told apart before.
            return DataError(f"{target}: cannot be written ({error.strerror or error}); {OTHER_FOLDER}.")
        error = reason
    by_hand = f"download {', '.join(file.name for file in offer.files)} from {offer.homepage} and give it with --from"
    remedy = {
        Trouble.ACCESS: by_hand,
        Trouble.GONE: f"look for a newer wetdry, or {by_hand}",
        Trouble.BUSY: f"{AGAIN} later, or {by_hand}",
        Trouble.DIFFERENT: f"{AGAIN}, and if it stays so, look for a newer wetdry",
        Trouble.DISK_FULL: f"make room and {AGAIN}, or {OTHER_FOLDER}",
        Trouble.NOT_WRITABLE: OTHER_FOLDER,
        Trouble.CONNECTION: f"{AGAIN} with a connection, or {by_hand}",
    }[error.trouble]
    return DataError(f"{kind}: {error}; {remedy}.")
