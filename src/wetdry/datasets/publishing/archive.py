"""Zip archives of strangers, unpacked so that nothing in them reaches outside its folder or fills the disk."""

from __future__ import annotations

import errno
import shutil
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from wetdry.errors import DataError
from wetdry.remote.bars import bytes_bar
from wetdry.remote.digests import CHUNK
from wetdry.remote.files import readable

MOST_FILES = 250_000
MOST_RATIO = 100
"""Bytes unpacked for one of the archive; audio and tables of labels stay far below."""
LONGEST_NAME = 255
"""Bytes of the name of a file or folder."""

ENCRYPTED = 0x1
ORDINARY = (0, stat.S_IFREG, stat.S_IFDIR)
"""Kinds of files as Unix states them; 0 where the archive was made on a system that does not."""
DAMAGE = (BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError, OverflowError, ValueError)
"""What `zipfile` raises on bytes that are no archive, or only the beginning of one."""


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip archive into a folder that is there and empty.

    Everything that the archive states is checked before anything is written. It cannot give more than it states:
    `zipfile` reads no byte of a file beyond its stated size.

    Raises
    ------
    DataError
        Where the archive is damaged, or holds what no data set needs: names that lead out of the folder, links,
        a name twice, or far more files or bytes than its size lets expect.
    OSError
        Where the folder cannot be written.
    """
    with _readable(archive), ZipFile(archive) as opened:
        members = opened.infolist()
        _check_size(archive, members, folder)
        _check_names(archive, members)
        _write(opened, members, folder)


def _check_size(archive: Path, members: Sequence[ZipInfo], folder: Path) -> None:
    if len(members) > MOST_FILES:
        raise _refused(archive, f"holds {len(members):,} files, more than {MOST_FILES:,}")
    packed, unpacked = archive.stat().st_size, sum(member.file_size for member in members)
    if unpacked > MOST_RATIO * packed:
        raise _refused(archive, f"would be {unpacked / packed:,.0f} times as large unpacked")
    if unpacked > (free := shutil.disk_usage(folder).free):
        raise DataError(
            f"{folder.parent}: has room for {readable(free)}, and what {archive.name} holds takes"
            f" {readable(unpacked)}; make room, or give another folder."
        )


def _check_names(archive: Path, members: Sequence[ZipInfo]) -> None:
    files: set[PurePosixPath] = set()
    for member in members:
        name = PurePosixPath(member.filename)
        if problem := _problem(member, name):
            raise _refused(archive, f'holds "{member.filename}", {problem}')
        if not member.is_dir():
            if name in files:
                raise _refused(archive, f'holds "{name}" twice')
            files.add(name)
    for member in members:
        name = PurePosixPath(member.filename)
        if both := files.intersection([*name.parents, name] if member.is_dir() else name.parents):
            raise _refused(archive, f'holds "{min(both)}" as a file and as a folder')


def _problem(member: ZipInfo, name: PurePosixPath) -> str:
    """What is wrong with a member of an archive, if anything is."""
    if name.is_absolute() or ".." in name.parts or "\\" in member.filename:
        return "a path that may lead out of the folder"
    if any(len(part.encode()) > LONGEST_NAME for part in name.parts):
        return "a name longer than file systems take"
    if not name.parts and not member.is_dir():
        return "a file without a name"
    if stat.S_IFMT(member.external_attr >> 16) not in ORDINARY:
        return "which is neither a file nor a folder but a link or the like"
    if member.flag_bits & ENCRYPTED:
        return "which is encrypted"
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "which is packed in a way that is not read here"
    return ""


def _write(opened: ZipFile, members: Sequence[ZipInfo], folder: Path) -> None:
    with bytes_bar() as bar:
        task = bar.add_task("unpacking", total=sum(member.file_size for member in members))
        for member in members:
            target = folder / PurePosixPath(member.filename)
            if member.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            # "x": nothing that is there is overwritten, whatever the checks may have missed.
            with opened.open(member) as source, target.open("xb") as stream:
                while chunk := source.read(CHUNK):
                    bar.advance(task, stream.write(chunk))


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    """Turn what reading a damaged archive raises into one sentence."""
    try:
        yield
    except DAMAGE as error:
        raise _damaged(archive, error) from None
    except OSError as error:
        # An offset that leads before the beginning of the file.
        if error.errno == errno.EINVAL and error.filename is None:
            raise _damaged(archive, error) from None
        raise


def _damaged(archive: Path, error: Exception) -> DataError:
    reason = str(error).strip().partition("\n")[0].rstrip(".") or "it ends too early"
    return DataError(f"{archive}: is no whole zip archive ({reason}); fetch it again.")


def _refused(archive: Path, what: str) -> DataError:
    return DataError(f"{archive}: {what}, and was not unpacked; get the archive from its publisher.")
