"""Spectrograms of many clips in their order: computed in threads, copied where they are known, written one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wetdry.audio import Clip, load
from wetdry.datasets.base import Dataset, Item
from wetdry.encoders.base import Encoder
from wetdry.errors import DataError, WetdryError
from wetdry.extract.chunk_file import NOTHING, ChunkFile, Entry, Placed, Spectrograms, entry, placed
from wetdry.extract.progress import Progress
from wetdry.extract.threads import import_libraries, single_threaded_kernels
from wetdry.extract.work import reason
from wetdry.remote.object_path import AnyPath
from wetdry.store import Failure

READY = 2
"""Clips that may wait beside the running ones, so that a worker is not kept waiting by a long clip before its own."""


@dataclass(frozen=True, eq=False)
class Excerpt:
    """What is looked at of each item, and by which encoder; `start=None` is the middle, `seconds=None` all of it."""

    encoder: Encoder
    start: float | None
    seconds: float | None

    @property
    def about(self) -> dict[str, str | float | None]:
        """All that the numbers of a given audio file follow from."""
        spec = self.encoder.spec
        return {"encoder": spec.key, "windows": spec.windows.key, "start": self.start, "seconds": self.seconds}

    def spectrograms(self, clip: Clip) -> tuple[list[float], Spectrograms]:
        """Where each window of a clip begins, in seconds, and its spectrogram (chunk, band, frame)."""
        spec = self.encoder.spec
        signal = self.encoder.heard(clip)
        batches = spec.windows.batches(signal, spec.sample_rate, self.encoder.batch)
        values = np.concatenate([self.encoder.prepare(batch) for batch in batches])
        return [first / spec.sample_rate for first in spec.windows.starts(signal.size, spec.sample_rate)], values


@dataclass(frozen=True, eq=False)
class Made:
    """What one file gave, and how many seconds of audio were looked at for it; 0 if it was copied."""

    entry: Entry
    values: Spectrograms
    seconds: float


class Run:
    """Brings a file of chunks up to a data set.

    Attributes
    ----------
    items
        Ids of those that are in the file, in their order.
    failures
        The others, with the reason.
    """

    def __init__(self, excerpt: Excerpt, file: ChunkFile, workers: int, progress: Progress) -> None:
        self.file = file
        self.items: list[str] = []
        self.failures: list[Failure] = []
        self._excerpt = excerpt
        self._workers = workers
        self._progress = progress
        self._elsewhere = _known_beside(file.folder)
        self._clips: dict[str, str] = {}
        self._first: dict[str, AnyPath] = {}

    def go(self, data: Dataset, hashes: Sequence[str]) -> None:
        """Take every item of a data set; `hashes` are those of their files' bytes."""
        import_libraries()
        self._excerpt.encoder.ready()
        pool = ThreadPoolExecutor(self._workers, "wetdry-worker", initializer=single_threaded_kernels)
        waiting: deque[tuple[Item, str, Future[Made | Failure] | None]] = deque()
        there = {known.file for known in self.file.entries}
        try:
            for item, digest in zip(data, hashes, strict=True):
                # The same bytes are looked at once.
                ahead = None if digest in there else pool.submit(self._make, data.name, item, digest)
                there.update({digest} - {""})
                waiting.append((item, digest, ahead))
                if len(waiting) > self._workers + READY:
                    self._take(data.name, *waiting.popleft())
            while waiting:
                self._take(data.name, *waiting.popleft())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _take(self, dataset: str, item: Item, digest: str, ahead: Future[Made | Failure] | None) -> None:
        """Settle the next item: with what is known of its bytes, else with what was made ahead, else now."""
        seconds = 0.0
        clip = self._known(digest)
        if clip is None:
            made = ahead.result() if ahead is not None else self._make(dataset, item, digest)
            if isinstance(made, Failure):
                self.failures.append(made)
                self._progress.advance(1, 0.0)
                return
            clip, seconds = made.entry.clip, made.seconds
            self._append(made)
        if digest:  # without, the file could not be read when its bytes were hashed
            self._clips[digest] = clip
        self._count(dataset, item, clip)
        self._progress.advance(1, seconds)

    def _known(self, digest: str) -> str | None:
        """The clip that these bytes hold, if they were met before or are the next in the file."""
        if not digest:
            return None
        if digest not in self._clips and (known := self.file.passes(digest)) is not None:
            return known.clip
        return self._clips.get(digest)

    def _append(self, made: Made) -> None:
        if made.entry.clip in self._first:
            self.file.append(entry(made.entry.file, made.entry.clip, (), NOTHING), NOTHING)
        else:
            self.file.append(made.entry, made.values)

    def _count(self, dataset: str, item: Item, clip: str) -> None:
        """Count an item in, or out where its audio has been counted before: it would be one more unit."""
        if clip in self._first:
            why = f"{item.path}: holds the same audio as {self._first[clip]}, which is counted once."
            self.failures.append(Failure(dataset, item.id, str(item.path), "", "", "select", why))
        else:
            self._first[clip] = item.path
            self.items.append(item.id)

    def _make(self, dataset: str, item: Item, digest: str) -> Made | Failure:
        """The spectrograms of one item, copied if they are known, or why there are none; called from threads."""
        beside = self._elsewhere.get(digest)
        if beside is not None and (values := beside.read()) is not None:
            return Made(beside.entry, values, 0.0)
        stage, key = "decode", ""
        try:
            clip = load(item.path, start=self._excerpt.start, seconds=self._excerpt.seconds)
            stage, key = "encode", self._excerpt.encoder.spec.key
            starts, values = self._excerpt.spectrograms(clip)
        except DataError:
            raise  # A bucket that is out of reach says nothing of the item.
        except (WetdryError, MemoryError) as error:
            return Failure(dataset, item.id, str(item.path), "", key, stage, reason(error))
        return Made(entry(digest, clip.id, starts, values), values, clip.seconds)


def _known_beside(folder: Path) -> Mapping[str, Placed]:
    """File hash → its spectrograms in the folders beside this one, which were made in the same way."""
    others = sorted(other for other in folder.parent.iterdir() if other != folder and other.is_dir())
    return {known.entry.file: known for other in others for known in placed(other) if known.entry.start}
