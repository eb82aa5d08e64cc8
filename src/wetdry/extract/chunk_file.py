"""One growing file of spectrograms, with a journal of which clip each of them is from.

A line is written to the journal after the spectrograms that it speaks of, with their digest. Whatever a killed process
left beyond the last whole entry is cut off when the file is next opened for writing, so a run that goes on writes the
bytes of an undisturbed one.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wetdry.cache import settle
from wetdry.encoders.logmel.encoder import SHAPE

VALUES, JOURNAL = "chunks.f32", "journal.jsonl"
TYPE = np.dtype("<f4")
CHUNK_BYTES = SHAPE[0] * SHAPE[1] * TYPE.itemsize
"""64 KiB; a song of 45 s has 15 of them."""

Spectrograms = npt.NDArray[np.float32]

NOTHING: Spectrograms = np.empty((0, *SHAPE), dtype=TYPE)


@dataclass(frozen=True)
class Entry:
    """What one audio file gave.

    `file` is the hash of its bytes, `clip` that of its samples, `start` the seconds into the clip at which each
    spectrogram begins, and `digest` that of the spectrograms. An entry without any says that the clip stands before it.
    """

    file: str
    clip: str
    start: tuple[float, ...]
    digest: str

    @property
    def bytes(self) -> int:
        return len(self.start) * CHUNK_BYTES


@dataclass(frozen=True)
class Placed:
    """An entry, and how many bytes of its folder's file stand before it."""

    entry: Entry
    folder: Path
    offset: int

    def read(self) -> Spectrograms | None:
        """The spectrograms (chunk, band, frame); None where they are not as they were written."""
        try:
            with (self.folder / VALUES).open("rb") as file:
                file.seek(self.offset)
                raw = file.read(self.entry.bytes)
        except FileNotFoundError:
            return None
        return np.frombuffer(raw, TYPE).reshape(-1, *SHAPE) if _digest(raw) == self.entry.digest else None


def entry(file: str, clip: str, start: Sequence[float], values: Spectrograms) -> Entry:
    """The entry of the spectrograms (chunk, band, frame) of one file."""
    return Entry(file, clip, tuple(float(second) for second in start), _digest(_bytes(values)))


def placed(folder: Path) -> Iterator[Placed]:
    """What the journal of a folder says, up to the first line that is not whole."""
    try:
        lines = (folder / JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    offset = 0
    for line in lines:
        try:
            said = json.loads(line)
            known = Entry(str(said["file"]), str(said["clip"]), tuple(map(float, said["start"])), str(said["digest"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            return
        if not all(map(math.isfinite, known.start)):
            return
        yield Placed(known, folder, offset)
        offset += known.bytes


def whole_entries(folder: Path) -> list[Entry]:
    """The entries of a folder, up to the first whose spectrograms are not as they were written."""
    return [known.entry for known in takewhile(lambda known: known.read() is not None, placed(folder))]


def mapped(folder: Path, entries: Sequence[Entry]) -> np.memmap[tuple[int, int, int], np.dtype[np.float32]]:
    """The spectrograms (chunk, band, frame) of all entries of a folder, read from disk as they are asked for."""
    chunks = sum(len(known.start) for known in entries)
    return np.memmap(folder / VALUES, dtype=TYPE, mode="r", shape=(chunks, *SHAPE))


class ChunkFile:
    """The file of a folder, opened at its start: what is there is passed over in order, what is not is appended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries = whole_entries(folder)
        """Those that are in the file, passed over or not."""
        self._passed = 0
        self._is_cut = False

    def passes(self, file: str) -> Entry | None:
        """The next entry, if it is that of the audio file with this hash: it is then passed over."""
        if self._passed < len(self.entries) and self.entries[self._passed].file == file:
            self._passed += 1
            return self.entries[self._passed - 1]
        return None

    def append(self, new: Entry, values: Spectrograms) -> None:
        """Write an entry where the last one that was passed over ends; what stood behind it is gone."""
        self._cut()
        with (self.folder / VALUES).open("ab") as file:
            file.write(_bytes(values))
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as journal:
            journal.write(_line(new))
        self.entries.append(new)
        self._passed += 1

    def finish(self) -> None:
        """Cut off what was not passed over, and have all of it written to the disk."""
        self._cut()
        settle(self.folder / VALUES)
        settle(self.folder / JOURNAL)

    def _cut(self) -> None:
        if self._is_cut:
            return
        del self.entries[self._passed :]
        with (self.folder / VALUES).open("ab") as file:
            file.truncate(sum(known.bytes for known in self.entries))
        replace_text(self.folder / JOURNAL, "".join(_line(known) for known in self.entries))
        self._is_cut = True


def replace_text(path: Path, text: str) -> None:
    """Write a file so that it is never seen half-written."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        settle(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _line(known: Entry) -> str:
    return json.dumps(asdict(known)) + "\n"


def _bytes(values: Spectrograms) -> bytes:
    return np.ascontiguousarray(values, dtype=TYPE).tobytes()


def _digest(raw: bytes) -> str:
    return hashlib.blake2b(raw, digest_size=16).hexdigest()
