"""The spectrograms that networks learn from: those of a whole data set in one file, mapped into memory.

Three seconds are 64 KiB, so DEAM's 1802 songs are some 1.8 GB on disk, of which a run holds a few clips in memory. What
is there is known by the content of the audio files: an interrupted run is continued by the next, and of a data set in
which one file has changed, that file alone is computed and the others are copied. What is no longer asked for stays
until its folder is deleted, which may be done at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.cache import locked
from wetdry.datasets.base import Dataset
from wetdry.encoders import encoder
from wetdry.errors import AudioError, CacheError, DataError
from wetdry.extract.chunk_file import VALUES, ChunkFile, Entry, mapped, replace_text, whole_entries
from wetdry.extract.chunk_run import Excerpt, Run
from wetdry.extract.opening import file_hash
from wetdry.extract.progress import Progress, Silent
from wetdry.extract.threads import default_workers
from wetdry.store import Failure

INDEX = "index.json"


@dataclass(frozen=True, eq=False)
class Chunks:
    """Spectrograms of the items of a data set, each audio once.

    Attributes
    ----------
    values
        Float32 (chunk, band, frame) of shape (n, 128, 128), dB; read from disk as they are asked for.
    items
        Ids of the items that could be used, in the order of the data set.
    row
        (n,) for each chunk, the place of its item in `items`; ascending.
    start
        (n,) seconds into the decoded clip at which each chunk begins.
    clips
        Item → clip hash.
    failures
        What could not be used, with its reason, a row a `wetdry.store.Failure`.
    path
        The folder that they are in, from which `Chunks.open` gives the same in another process.
    """

    values: np.memmap[Any, np.dtype[np.float32]]
    items: tuple[str, ...]
    row: npt.NDArray[np.int64]
    start: npt.NDArray[np.float64]
    clips: dict[str, str]
    failures: pd.DataFrame
    path: Path

    @classmethod
    def open(cls, path: str | Path) -> Chunks:
        """What `chunks` left in a folder, every byte of it compared with its digest.

        Raises
        ------
        CacheError
            Where the folder is not whole.
        """
        path = Path(path)
        with _sentences(path):
            try:
                index = json.loads((path / INDEX).read_text(encoding="utf-8"))
                opened = _opened(path, whole_entries(path), index)
            except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
                raise CacheError(
                    f"{path}: does not hold whole spectrograms; delete the folder, so that they are computed again."
                ) from None
        return opened


def chunks(
    data: Dataset,
    *,
    folder: Path,
    start: float | None = None,
    seconds: float | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Chunks:
    """The spectrograms of every item, by the encoder `logmel`; those that `folder` lacks are computed.

    What cannot be decoded goes to the failures, is tried again the next time, and the run goes on. The bytes do not
    depend on the number of workers, nor on whether the run was interrupted.

    Parameters
    ----------
    folder
        Where they are kept, 64 KiB for three seconds of audio; several data sets may share it.
    start, seconds
        Take only this excerpt of each item; all of it by default. `start=None` takes it from the middle.

    Raises
    ------
    AudioError
        Where no item can be used.
    CacheError
        Where the folder cannot be read or written.
    """
    if not data.items:
        raise DataError(f"{data.name}: has no items; give a data set with at least one recording.")
    excerpt = Excerpt(
        encoder("logmel"), None if start is None else float(start), None if seconds is None else float(seconds)
    )
    hashes = [file_hash(item.path) for item in data]
    progress = progress or Silent()
    progress.start(len(data), "spectrograms")
    try:
        with _sentences(folder):
            place = (
                Path(folder) / _digest(excerpt.about) / _digest([[i.id, h] for i, h in zip(data, hashes, strict=True)])
            )
            place.mkdir(parents=True, exist_ok=True)
            with locked(place / ".lock"):
                return _made(
                    data, hashes, place, Run(excerpt, ChunkFile(place), workers or default_workers(), progress)
                )
    finally:
        progress.close()


def _made(data: Dataset, hashes: Sequence[str], place: Path, run: Run) -> Chunks:
    run.go(data, hashes)
    if not run.items:
        why, path = run.failures[0].reason, run.failures[0].path
        raise AudioError(why if path in why else f"{path}: {why}")
    run.file.finish()
    index = {"items": run.items, "failures": [asdict(failure) for failure in run.failures]}
    replace_text(place / INDEX, json.dumps(index, indent=1) + "\n")
    return _opened(place, run.file.entries, index)


def _opened(path: Path, entries: Sequence[Entry], index: Mapping[str, Any]) -> Chunks:
    """The chunks of a folder with these entries; raises `ValueError` where the index speaks of others."""
    used = [known for known in entries if known.start]
    items = tuple(str(item) for item in index["items"])
    if len(used) != len(items) or (path / VALUES).stat().st_size != sum(known.bytes for known in used):
        raise ValueError("the index does not fit the file")
    return Chunks(
        values=mapped(path, used),
        items=items,
        row=np.repeat(np.arange(len(used)), [len(known.start) for known in used]),
        start=np.concatenate([known.start for known in used]),
        clips={item: known.clip for item, known in zip(items, used, strict=True)},
        failures=pd.DataFrame(
            [asdict(Failure(**row)) for row in index["failures"]],
            columns=[field.name for field in fields(Failure)],
            dtype=object,
        ),
        path=path,
    )


def _digest(content: object) -> str:
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


@contextmanager
def _sentences(folder: Path) -> Iterator[None]:
    """Turn an error of the operating system into a `CacheError` that names the folder."""
    try:
        yield
    except OSError as error:
        raise CacheError(
            f"{error.filename or folder}: cannot be read or written ({error.strerror or error}); make room, which three"
            " seconds of audio need 64 KiB of, or choose another folder: what was computed is kept."
        ) from None
