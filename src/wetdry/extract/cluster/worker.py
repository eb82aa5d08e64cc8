"""What runs in a worker process: the local engine on a few items at a time."""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from wetdry.datasets.base import Item
from wetdry.errors import WetdryError
from wetdry.extract.ledger import Ledger
from wetdry.extract.local import carry_out
from wetdry.extract.opening import Report
from wetdry.extract.plan import Plan
from wetdry.extract.shelf import Shelf
from wetdry.extract.versions import versions
from wetdry.store import Store


@dataclass
class Done:
    """What a worker made of a bundle: the items that are settled, its wall time, and what made it stop, if anything."""

    reports: list[Report]
    seconds: float
    error: WetdryError | None = None


@dataclass(frozen=True)
class Assignment:
    """What all workers of a run are given; the plan's data set is empty, since items come in bundles."""

    plan: Plan
    ledger: Ledger
    store: Store
    folder: str
    """Where the run was started: paths of items may be relative to it."""


class Worker:
    """One process with its own copy of the encoders."""

    def __init__(self, assignment: Assignment, threads: int) -> None:
        self._given = assignment
        self._threads = threads
        self._stop = threading.Event()
        with contextlib.suppress(OSError):
            os.chdir(assignment.folder)

    def versions(self) -> dict[str, str]:
        """What is installed here of all that the numbers depend on."""
        return versions()

    def work(self, items: Sequence[Item]) -> Done:
        """Compute what is missing of some items and publish it; whatever is returned as settled is in the store."""
        began = time.monotonic()
        given, notes = self._given, _Notes(self._stop)
        plan = replace(given.plan, dataset=replace(given.plan.dataset, items=tuple(items)))
        # Never published for time alone: a bundle that is tried again is then cut into the same shards.
        shelf = Shelf(given.store, max_seconds=math.inf)
        error: WetdryError | None = None
        try:
            carry_out(plan, given.ledger, shelf, notes, self._threads)
        except _Stopped:
            pass
        except WetdryError as fatal:
            error = fatal
        return Done(notes.published, time.monotonic() - began, error)

    def stop(self) -> None:
        """End the bundle that is being worked on after the tasks that have begun."""
        self._stop.set()


class _Stopped(Exception):  # noqa: N818 - no error
    """The run was interrupted."""


@dataclass
class _Notes:
    """The books of one bundle: what they say is settled once its vectors are in the store."""

    stop: threading.Event
    settled: list[Report] = field(default_factory=list)
    published: list[Report] = field(default_factory=list)

    def advance(self, variants: int, audio_seconds: float) -> None:  # noqa: ARG002 - a bundle is told of as a whole
        if self.stop.is_set():
            raise _Stopped

    def settle(self, report: Report) -> None:
        self.settled.append(report)

    def publish(self) -> None:
        self.published += self.settled
        self.settled.clear()
