"""The record of a search: every effect tried, each once, several at a time, until the budget is spent."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from wetdry.effects import Effect
from wetdry.errors import WetdryError
from wetdry.extract import Progress
from wetdry.extract.threads import import_libraries, single_threaded_kernels
from wetdry.suggest.bench import Bench, Trial
from wetdry.suggest.budget import Budget


@dataclass(frozen=True)
class Failure:
    """An effect that could not be judged, and why."""

    effect: str
    reason: str


class Trials:
    """Tries effects on a bench and remembers the outcome by the effect's key.

    Used as a context, which holds the worker threads. What is tried, and in which order it is kept, does not depend
    on their number unless a budget in seconds ends between them.
    """

    def __init__(self, bench: Bench, budget: Budget, *, workers: int, progress: Progress) -> None:
        self.bench, self.budget, self.progress = bench, budget, progress
        self._workers = workers
        self._known: dict[str, Trial | Failure] = {}
        self._ticks = 0

    def __enter__(self) -> Trials:
        import_libraries()
        self.bench.estimator.encoder.ready()
        self._pool = ThreadPoolExecutor(self._workers, "wetdry-suggest", initializer=single_threaded_kernels)
        self.progress.start(self.budget.size, "searching")
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self.progress.close()

    @property
    def made(self) -> list[Trial]:
        """In the order in which they were made."""
        return [outcome for outcome in self._known.values() if isinstance(outcome, Trial)]

    @property
    def failures(self) -> list[Failure]:
        return [outcome for outcome in self._known.values() if isinstance(outcome, Failure)]

    def of(self, effects: Sequence[Effect]) -> list[Trial | None]:
        """The trial of each effect, None for those that failed; raises `Spent` as soon as the budget is."""
        new = list({effect.key: effect for effect in effects if effect.key not in self._known}.values())
        while new:
            allowed = self.budget.take(min(self._workers, len(new)))
            some, new = new[:allowed], new[allowed:]
            for effect, outcome in zip(some, self._pool.map(self._attempt, some), strict=True):
                self._known[effect.key] = outcome
            self._tell()
        outcomes = [self._known[effect.key] for effect in effects]
        return [outcome if isinstance(outcome, Trial) else None for outcome in outcomes]

    def _attempt(self, effect: Effect) -> Trial | Failure:
        try:
            return self.bench.attempt(effect)
        except WetdryError as error:
            return Failure(effect.key, str(error))

    def _tell(self) -> None:
        ticks = self.budget.ticks
        self.progress.advance(ticks - self._ticks, 0.0)
        self._ticks = ticks
