"""The local engine: threads on one machine.

Each worker takes one effect of one clip through everything (effect, controls, downmix, resampling,
windows, network). The heavy kernels release the interpreter lock, so the cores are kept busy
without queues between stages, and no more than one wet clip a worker is alive. One thread decodes
the next clip meanwhile; the calling thread hands out tasks and writes shards.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from wetdry.audio import load
from wetdry.datasets.base import Item
from wetdry.errors import WetdryError
from wetdry.extract.plan import Ledger, Plan
from wetdry.extract.progress import Progress, Silent
from wetdry.extract.shelf import Shelf
from wetdry.extract.threads import default_workers, import_libraries, single_threaded_kernels
from wetdry.extract.work import Outcome, Task, compute, reason, tasks
from wetdry.store import Failure, ItemRow, Store

READY = 1
"""Tasks that wait beside the running ones, so that a worker never waits for the calling thread."""


@dataclass
class Summary:
    """What a run did. A variant is one effect of one item; `seconds` is wall time."""

    clips: int = 0
    variants: int = 0
    computed: int = 0
    skipped: int = 0
    failed: int = 0
    audio_seconds: float = 0.0
    seconds: float = 0.0


@dataclass
class Opened:
    """An item that was looked at: its row and tasks, or why it cannot be decoded."""

    item: Item
    row: ItemRow | None = None
    tasks: list[Task] = field(default_factory=list)
    skipped: int = 0
    failures: list[Failure] = field(default_factory=list)
    pending: int = 0


def run(plan: Plan, store: Store, *, workers: int | None = None, progress: Progress | None = None) -> Summary:
    """Compute what `store` lacks of `plan`.

    What fails is recorded in the store's failures and the run goes on. What was computed is
    published every few seconds, and also when the run is interrupted; running again goes on from
    there. The vectors do not depend on the number of workers.

    Raises
    ------
    StoreError
        The store cannot be read or written.
    """
    progress = progress or Silent()
    progress.start(len(plan.dataset) * len(plan.variants))
    try:
        with single_threaded_kernels():
            return _Run(plan, store, workers or default_workers(), progress).go()
    finally:
        progress.close()


class _Run:
    def __init__(self, plan: Plan, store: Store, workers: int, progress: Progress) -> None:
        self.plan = plan
        self.store = store
        self.workers = workers
        self.progress = progress
        self.ledger = Ledger(plan, store)
        self.shelf = Shelf(store)
        self.summary = Summary()
        self.running: dict[Future[Outcome], Opened] = {}
        self.settled: set[str] = set()
        self.failures: list[Failure] = []
        self.is_ready = False

    def go(self) -> Summary:
        began = time.monotonic()
        pool = ThreadPoolExecutor(self.workers, "wetdry-worker", initializer=single_threaded_kernels)
        try:
            with closing(self.opened_items()) as items:
                for opened in items:
                    if opened.tasks:
                        self.make_ready()
                    self.take(opened)
                    while opened.tasks:
                        self.running[pool.submit(compute, opened.tasks.pop(0))] = opened
                        self.collect(down_to=self.workers + READY - 1)
            self.collect(down_to=0)
        finally:
            try:
                pool.shutdown(wait=True, cancel_futures=True)
                self.keep_finished()
            finally:
                self.publish()
        self.summary.seconds = time.monotonic() - began
        return self.summary

    def make_ready(self) -> None:
        """Load what the workers will need, before the first of them starts and only if one will."""
        if not self.is_ready:
            import_libraries()
            for encoder in self.plan.encoders:
                encoder.ready()
        self.is_ready = True

    def opened_items(self) -> Generator[Opened, None, None]:
        """Items in order, each looked at while the one before is being computed."""
        with ThreadPoolExecutor(1, "wetdry-decoder") as decoder:
            ahead: Future[Opened] | None = None
            for item in self.plan.dataset:
                following = decoder.submit(open_item, item, self.plan, self.ledger)
                if ahead is not None:
                    yield ahead.result()
                ahead = following
            if ahead is not None:
                yield ahead.result()

    def take(self, opened: Opened) -> None:
        """Count an item in, before its tasks are handed out."""
        self.summary.clips += 1
        self.summary.variants += len(self.plan.variants)
        self.summary.skipped += opened.skipped
        self.progress.advance(opened.skipped, 0.0)
        if opened.row is None:
            self.summary.failed += len(self.plan.variants)
            self.progress.advance(len(self.plan.variants), 0.0)
        elif not self.ledger.has_item(opened.row):
            self.shelf.add_item(opened.row)
        opened.pending = len(opened.tasks)
        self.settle(opened)

    def collect(self, down_to: int) -> None:
        """Wait until at most `down_to` tasks are unfinished, and keep what the others gave."""
        while len(self.running) > down_to:
            done, _ = wait(self.running, return_when=FIRST_COMPLETED)
            for future in done:
                self.keep(future)
            if self.shelf.due:
                self.publish()

    def keep(self, future: Future[Outcome]) -> None:
        opened = self.running.pop(future)
        outcome = future.result()
        for spec, layer, part in outcome.parts:
            self.shelf.add(spec, layer, part)
        failed = {trouble.effect for trouble in outcome.troubles}
        opened.failures += [
            failure(self.plan, opened.item, t.stage, t.reason, effect=t.effect, encoder=t.encoder)
            for t in outcome.troubles
        ]
        self.summary.failed += len(failed)
        self.summary.computed += outcome.variants - len(failed)
        audio = outcome.variants * outcome.seconds
        self.summary.audio_seconds += audio
        self.progress.advance(outcome.variants, audio)
        opened.pending -= 1
        self.settle(opened)

    def settle(self, opened: Opened) -> None:
        if opened.pending == 0:
            self.settled.add(opened.item.id)
            self.failures += opened.failures

    def keep_finished(self) -> None:
        """After an interruption: keep what the workers had finished; what failed is tried again next time."""
        for future in list(self.running):
            if future.done() and not future.cancelled() and future.exception() is None:
                self.keep(future)

    def publish(self) -> None:
        self.shelf.publish()
        self.store.update_failures(self.failures, self.was_tried)
        self.failures.clear()
        self.settled.clear()

    def was_tried(self, row: Failure) -> bool:
        """Whether this run settled what a row of the failures table speaks of."""
        return (
            row.dataset == self.plan.dataset.name
            and row.item in self.settled
            and (not row.effect or row.effect in self.plan.variants)
            and (not row.encoder or any(row.encoder == view.key for view in self.plan.views))
        )


def open_item(item: Item, plan: Plan, ledger: Ledger) -> Opened:
    """Decode an item, unless all of its file's variants are there."""
    try:
        digest = file_hash(item.path)
        known = ledger.decoded(digest)
        if known is not None and not ledger.missing(known.clip):
            row = item_row(item, plan, digest, known.clip, known.seconds, known.sample_rate, known.channels)
            return Opened(item, row, skipped=len(plan.variants))
        clip = load(item.path, start=plan.start, seconds=plan.seconds)
        wanted = ledger.missing(clip.id)
    except (WetdryError, MemoryError) as error:
        return Opened(item, failures=[failure(plan, item, "decode", reason(error))])
    row = item_row(item, plan, digest, clip.id, clip.seconds, clip.sample_rate, clip.channels)
    return Opened(item, row, tasks(clip, wanted), skipped=len(plan.variants) - len(wanted))


def file_hash(path: Path) -> str:
    """32 hex digits over the bytes of a file; empty where it cannot be read (decoding says why)."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except (OSError, ValueError):
        return ""


def item_row(
    item: Item, plan: Plan, digest: str, clip: str, seconds: float, sample_rate: int, channels: int
) -> ItemRow:
    return ItemRow(
        dataset=plan.dataset.name,
        item=item.id,
        path=str(item.path),
        file_hash=digest,
        excerpt=plan.excerpt,
        clip=clip,
        group=item.group,
        split=item.split,
        labels=json.dumps(dict(item.labels), sort_keys=True, ensure_ascii=False, default=float),
        seconds=seconds,
        sample_rate=sample_rate,
        channels=channels,
    )


def failure(plan: Plan, item: Item, stage: str, why: str, *, effect: str = "", encoder: str = "") -> Failure:
    return Failure(plan.dataset.name, item.id, str(item.path), effect, encoder, stage, why)
