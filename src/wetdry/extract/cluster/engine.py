"""The Ray engine: one process a core or a share of a GPU, on one machine or on many.

The driver hands out bundles of items and hears what became of them; decoding, effects and encoders run in the workers,
which publish their vectors themselves. So neither audio nor vectors pass through the driver, and its memory does not
grow with the run. A worker, node or driver that dies costs the bundles that it had not finished.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from wetdry.errors import EngineError, WetdryError
from wetdry.extract.books import Books
from wetdry.extract.cluster.bundles import Bundles
from wetdry.extract.cluster.crew import Crew, News
from wetdry.extract.cluster.session import connected
from wetdry.extract.cluster.worker import Assignment, Worker
from wetdry.extract.ledger import Ledger
from wetdry.extract.opening import unusable
from wetdry.extract.plan import Plan
from wetdry.store import Store

PATIENCE_SECONDS = 300.0
"""How long a run waits for the first of its workers."""
LOOK_SECONDS = 1.0
STOP_SECONDS = 60.0
"""How long a run that ends early waits for its workers to publish what they have."""


@dataclass(frozen=True)
class RayEngine:
    """Workers on a Ray cluster.

    Parameters
    ----------
    address
        `host:port`, `auto` or `ray://host:port` of a running cluster. If None, that of the variable RAY_ADDRESS, else
        one is started on this machine's cores.
    workers
        As many as the cluster's cores, or GPUs, allow for if None.
    gpus_per_worker
        0.25 lets four workers share a GPU; 0 computes on CPUs.
    threads
        Threads, and cores, of each worker; more than one where a GPU waits for decoding and effects.
    price
        What an hour of one worker costs, in any currency: progress then tells what a run has cost and will cost.
    """

    address: str | None = None
    workers: int | None = None
    gpus_per_worker: float = 0.0
    threads: int = 1
    price: float = 0.0

    def __post_init__(self) -> None:
        if (self.workers is not None and self.workers < 1) or self.threads < 1:
            raise EngineError("An engine takes at least one worker with at least one thread.")
        if not math.isfinite(self.gpus_per_worker) or self.gpus_per_worker < 0:
            raise EngineError(f"{self.gpus_per_worker} is no share of a GPU; give 0.25, 0.5 or a whole number.")
        if not math.isfinite(self.price) or self.price < 0:
            raise EngineError(f"{self.price} is no price; give what an hour of one worker costs.")

    def work(self, plan: Plan, store: Store, books: Books) -> None:
        """See `Engine.work`."""
        if not len(plan.dataset):
            return
        ledger = Ledger(plan, store)
        with connected(self.address, self.workers and self.workers * self.threads) as ray:
            size = self.crew_size(ray.cluster_resources(), len(plan.dataset))
            books.costs(size * self.price)
            bundles = Bundles(plan.dataset, len(plan.dataset), size)
            crew = Crew(ray, self._hiring(ray, plan, ledger, store), size)
            try:
                _Run(plan, books, crew, bundles).go()
            finally:
                crew.dismiss()

    def crew_size(self, resources: dict[str, float], items: int) -> int:
        """Workers for which a cluster with these resources has room, or those that were asked for."""
        room = resources.get("CPU", 0.0) / self.threads
        if self.gpus_per_worker:
            room = min(room, resources.get("GPU", 0.0) / self.gpus_per_worker)
        return max(1, min(items, self.workers or int(room)))

    def _hiring(self, ray: ModuleType, plan: Plan, ledger: Ledger, store: Store) -> Any:
        """What makes a worker; all of a node share one copy of what they are given."""
        bare = replace(plan, dataset=replace(plan.dataset, items=()))
        given = ray.put(Assignment(bare, ledger, store, str(Path.cwd())))
        kind = ray.remote(num_cpus=self.threads, num_gpus=self.gpus_per_worker, concurrency_groups={"control": 1})(
            Worker
        )
        return lambda: kind.remote(given, self.threads)


class _Run:
    def __init__(self, plan: Plan, books: Books, crew: Crew, bundles: Bundles) -> None:
        self.plan = plan
        self.books = books
        self.crew = crew
        self.bundles = bundles

    def go(self) -> None:
        began = time.monotonic()
        try:
            while self.crew.is_busy or self.bundles.has_more:
                self.crew.give(self.bundles.next)
                self.see_to(self.crew.hear(LOOK_SECONDS))
                if not self.crew.has_joined and time.monotonic() - began > PATIENCE_SECONDS:
                    raise EngineError(
                        f"No worker could start in {PATIENCE_SECONDS:.0f} s: the cluster has no room for one; ask for "
                        "fewer cores or GPUs a worker, or see `ray status`."
                    )
        except BaseException:
            self.end_early()
            raise

    def see_to(self, news: News) -> None:
        """Settle what came back, and have the rest tried again."""
        error = None
        for bundle, done in news.back:
            for report in done.reports:
                self.books.settle(report)
                self.books.advance(report.variants, report.audio_seconds)
            self.bundles.done(bundle, done.seconds)
            error = error or done.error
        for bundle in news.dropped:
            self.bundles.again(bundle)
        for bundle in news.struck:
            for item in self.bundles.struck(bundle):
                why = f"{item.path}: its worker died each time it was tried, perhaps for want of memory."
                self.books.settle(unusable(item, self.plan, "encode", why))
                self.books.advance(len(self.plan.variants), 0.0)
        if news:
            self.books.publish()
        if error is not None:
            raise error

    def end_early(self) -> None:
        """Let the workers publish what they have, and note it; whatever else goes wrong now is of no more interest."""
        until = time.monotonic() + STOP_SECONDS
        with suppress(WetdryError):
            self.crew.stop()
            while self.crew.is_busy and time.monotonic() < until:
                for _, done in self.crew.hear(LOOK_SECONDS).back:
                    for report in done.reports:
                        self.books.settle(report)
            self.books.publish()
