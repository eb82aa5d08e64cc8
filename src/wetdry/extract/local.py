"""The local engine: threads on one machine.

Each worker takes one effect of one clip through everything (effect, controls, downmix, resampling,
windows, network). The heavy kernels release the interpreter lock, so the cores are kept busy
without queues between stages, and no more than one wet clip a worker is alive. Beside several workers
one thread decodes the next clip meanwhile; the calling thread hands out tasks and writes shards.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass

from wetdry.extract.books import Accounts, Books
from wetdry.extract.ledger import Ledger
from wetdry.extract.opening import Opened, open_item
from wetdry.extract.plan import Plan
from wetdry.extract.shelf import Shelf
from wetdry.extract.threads import default_workers, import_libraries, single_threaded_kernels
from wetdry.extract.work import Outcome, compute
from wetdry.store import Store

READY = 1
"""Tasks that wait beside the running ones, so that a worker never waits for the calling thread."""


@dataclass(frozen=True)
class Local:
    """Threads of this process; one a core if `workers` is None."""

    workers: int | None = None

    def work(self, plan: Plan, store: Store, books: Books) -> None:
        """See `Engine.work`."""
        carry_out(plan, Ledger(plan, store), Shelf(store), books, self.workers or default_workers())


def carry_out(plan: Plan, ledger: Ledger, shelf: Shelf, books: Accounts, workers: int) -> None:
    """Compute in threads what the ledger lacks of a plan, and publish it by way of the shelf."""
    with single_threaded_kernels():
        _Run(plan, ledger, shelf, books, workers).go()


class _Run:
    def __init__(self, plan: Plan, ledger: Ledger, shelf: Shelf, books: Accounts, workers: int) -> None:
        self.plan = plan
        self.ledger = ledger
        self.shelf = shelf
        self.books = books
        self.workers = workers
        self.running: dict[Future[Outcome], Opened] = {}
        self.is_ready = False

    def go(self) -> None:
        pool = ThreadPoolExecutor(self.workers, "wetdry-worker", initializer=single_threaded_kernels)
        try:
            with closing(self.opened_items()) as items:
                for opened in items:
                    if opened.tasks:
                        self.make_ready()
                    self.take(opened)
                    while opened.tasks:
                        task = opened.tasks.pop(0)
                        opened.pending += 1
                        self.running[pool.submit(compute, task)] = opened
                        self.collect(down_to=self.workers + READY - 1)
            self.collect(down_to=0)
        finally:
            try:
                pool.shutdown(wait=True, cancel_futures=True)
                self.keep_finished()
            finally:
                self.publish()

    def make_ready(self) -> None:
        """Load what the workers will need, before the first of them starts and only if one will."""
        if not self.is_ready:
            import_libraries()
            for encoder in self.plan.encoders:
                encoder.ready()
        self.is_ready = True

    def opened_items(self) -> Generator[Opened, None, None]:
        """Items in order, each looked at while the one before is being computed, if there is more than one worker."""
        if self.workers == 1:
            # Whoever asks for one has no second core to spare, as where each core of a cluster has its own worker.
            yield from (open_item(item, self.plan, self.ledger) for item in self.plan.dataset)
            return
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
        """Note an item, before its tasks are handed out."""
        self.books.advance(opened.report.variants, 0.0)
        if opened.row is not None and not self.ledger.has_item(opened.row):
            self.shelf.add_item(opened.row)
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
        opened.pending -= 1
        for spec, layer, part in outcome.parts:
            self.shelf.add(spec, layer, part)
        opened.report.add(self.plan, outcome)
        self.settle(opened)
        self.books.advance(outcome.variants, outcome.audio_seconds)

    def settle(self, opened: Opened) -> None:
        if not opened.tasks and not opened.pending:
            self.books.settle(opened.report)

    def keep_finished(self) -> None:
        """After an interruption: keep what the workers had finished; what failed is tried again next time."""
        for future in list(self.running):
            if future.done() and not future.cancelled() and future.exception() is None:
                self.keep(future)

    def publish(self) -> None:
        self.shelf.publish()
        self.books.publish()
