"""Where the work of a run is done: what an engine is, and which one is used."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from wetdry.extract.books import Books, Summary
from wetdry.extract.local import Local
from wetdry.extract.plan import Plan
from wetdry.extract.progress import Progress, Silent
from wetdry.store import Store


class Engine(Protocol):
    """Carries a plan out.

    Whatever the engine, what is missing is told by the plan's ledger, the vectors come from the functions of
    `wetdry.extract.work`, and they are published as shards: the rows of a finished run are the same.
    """

    def work(self, plan: Plan, store: Store, books: Books) -> None:
        """Publish what `store` lacks of `plan`, and settle each of its items in `books`.

        However it ends, what was computed by then is published as far as it can be.
        """


_chosen: ContextVar[Engine | None] = ContextVar("engine", default=None)


@contextmanager
def using(engine: Engine) -> Iterator[None]:
    """Within this block, runs that are not given an engine use this one."""
    token = _chosen.set(engine)
    try:
        yield
    finally:
        _chosen.reset(token)


def run(
    plan: Plan,
    store: Store,
    *,
    workers: int | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Compute what `store` lacks of `plan`.

    What fails is recorded in the store's failures and the run goes on. What was computed is
    published every few seconds, and also when the run is interrupted; running again goes on from
    there. The vectors depend neither on the engine nor on the number of workers.

    Parameters
    ----------
    workers
        Threads of the local engine, one a core if None; other engines have settings of their own.
    engine
        That of the surrounding `using` block if None, else the local one.

    Raises
    ------
    StoreError
        The store cannot be read or written.
    """
    chosen = engine or _chosen.get() or Local(workers)
    progress = progress or Silent()
    began = time.monotonic()
    progress.start(len(plan.dataset) * len(plan.variants))
    try:
        books = Books(plan, store, progress)
        chosen.work(plan, store, books)
    finally:
        progress.close()
    books.summary.seconds = time.monotonic() - began
    return books.summary
