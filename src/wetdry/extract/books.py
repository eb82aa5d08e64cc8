"""What a run counts: the items it has settled, and which of them failed and why."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from wetdry.extract.opening import Report
from wetdry.extract.plan import Plan
from wetdry.extract.progress import Progress
from wetdry.store import Failure, Store


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


class Accounts(Protocol):
    """Whoever is told what becomes of the items of a run."""

    def advance(self, variants: int, audio_seconds: float) -> None:
        """So many variants more are done, for which this much audio was embedded."""

    def settle(self, report: Report) -> None:
        """An item is done; its vectors are published or about to be."""

    def publish(self) -> None:
        """All that was settled is published."""


class Books:
    """Adds up what an engine tells of its items, and keeps the store's failures true to it."""

    def __init__(self, plan: Plan, store: Store, progress: Progress) -> None:
        self.summary = Summary()
        self._plan = plan
        self._store = store
        self._progress = progress
        self._settled: set[str] = set()
        self._failures: list[Failure] = []
        self._left = len(plan.dataset) * len(plan.variants)
        self._computed = 0
        self._per_hour = 0.0
        self._since = 0.0

    def costs(self, per_hour: float) -> None:
        """From now on an hour of the run costs so much, in whatever currency."""
        self._per_hour, self._since = per_hour, time.monotonic()

    def advance(self, variants: int, audio_seconds: float) -> None:
        """See `Accounts`."""
        self._left -= variants
        # What is in the store already goes by in no time, and says nothing of the rest.
        self._computed += variants if audio_seconds else 0
        self._progress.advance(variants, audio_seconds)
        self._progress.tell(self._words())

    def settle(self, report: Report) -> None:
        """See `Accounts`."""
        self.summary.clips += 1
        self.summary.variants += report.variants
        self.summary.skipped += report.skipped
        self.summary.computed += report.computed
        self.summary.failed += report.failed
        self.summary.audio_seconds += report.audio_seconds
        self._settled.add(report.item.id)
        self._failures += report.failures

    def publish(self) -> None:
        """Bring the store's failures up to date."""
        self._store.update_failures(self._failures, self._was_tried)
        self._failures.clear()
        self._settled.clear()

    def _words(self) -> str:
        """How many clips are done and, where that is known, what the run has cost and will have cost in the end."""
        clips = f"{self.summary.clips:,} of {len(self._plan.dataset):,} clips"
        if not self._per_hour or not self._computed:
            return clips
        spent = self._per_hour * (time.monotonic() - self._since) / 3600.0
        return f"{clips}, cost {spent:.2f} of about {spent * (1.0 + self._left / self._computed):.2f}"

    def _was_tried(self, row: Failure) -> bool:
        """Whether this run settled what a row of the failures table speaks of."""
        return (
            row.dataset == self._plan.dataset.name
            and row.item in self._settled
            and (not row.effect or row.effect in self._plan.variants)
            and (not row.encoder or any(row.encoder == view.key for view in self._plan.views))
        )
