"""The workers of a run, as the driver knows them: who is there, who died, and what each has in hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from wetdry.errors import EngineError
from wetdry.extract.cluster.bundles import Bundle
from wetdry.extract.cluster.worker import Done
from wetdry.extract.versions import differences, versions

IN_HAND = 2
"""Bundles that a worker has been given: the one it works on, and the next."""
DEATHS = 10
"""So many workers, or three times all there are if that is more, may die in a row before a bundle comes back."""


@dataclass(eq=False)
class Hand:
    """One worker. `joining` is None once it has told that it is there; `bundles` are in the order they were given."""

    actor: Any
    joining: Any
    bundles: dict[Any, Bundle] = field(default_factory=dict)


@dataclass
class News:
    """What was heard of the workers.

    Attributes
    ----------
    back
        Bundles that came back, and what was made of them.
    struck
        Bundles at which a worker died.
    dropped
        Bundles that a worker which died had not begun.
    """

    back: list[tuple[Bundle, Done]] = field(default_factory=list)
    struck: list[Bundle] = field(default_factory=list)
    dropped: list[Bundle] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.back or self.struck or self.dropped)


class Crew:
    """So many workers at any time: one that dies is replaced."""

    def __init__(self, ray: ModuleType, hire: Callable[[], Any], size: int) -> None:
        self._ray = ray
        self._hire = hire
        self._versions = versions()
        self._deaths = 0
        self._most_deaths = max(DEATHS, 3 * size)
        self._hands = [self._new() for _ in range(size)]

    @property
    def is_busy(self) -> bool:
        """Whether a bundle has not come back."""
        return any(hand.bundles for hand in self._hands)

    @property
    def has_joined(self) -> bool:
        """Whether any worker is there."""
        return any(hand.joining is None for hand in self._hands)

    def give(self, next_bundle: Callable[[], Bundle | None]) -> None:
        """Fill the queues of all workers that are there, each with one bundle before any has two."""
        for held in range(IN_HAND):
            for hand in self._hands:
                if hand.joining is not None or len(hand.bundles) != held:
                    continue
                bundle = next_bundle()
                if bundle is None:
                    return
                hand.bundles[hand.actor.work.remote(bundle.items)] = bundle

    def hear(self, seconds: float) -> News:
        """Wait at most so long for something to happen."""
        owners = {ref: hand for hand in self._hands for ref in (*hand.bundles, hand.joining) if ref is not None}
        heard, _ = self._ray.wait(list(owners), num_returns=1, timeout=seconds)
        news = News()
        for reference in heard:
            hand = owners[reference]
            try:
                if reference == hand.joining:
                    self._join(hand)
                else:
                    self._take(hand, reference, news)
            except self._ray.exceptions.RayTaskError as error:
                raise error.as_instanceof_cause() from None
            except self._ray.exceptions.RayError as error:
                self._bury(hand, news, error)
        return news

    def stop(self) -> None:
        """Have every worker end its bundle after the tasks that have begun, and give back the others untouched."""
        for hand in self._hands:
            hand.actor.stop.options(concurrency_group="control").remote()

    def dismiss(self) -> None:
        """End all workers at once."""
        for hand in self._hands:
            self._ray.kill(hand.actor)

    def _new(self) -> Hand:
        actor = self._hire()
        return Hand(actor, actor.versions.remote())

    def _join(self, hand: Hand) -> None:
        there = self._ray.get(hand.joining)
        if told := differences(self._versions, there):
            raise EngineError(f"A worker has other versions, so its vectors might differ ({told}); install the same.")
        hand.joining = None

    def _take(self, hand: Hand, reference: Any, news: News) -> None:
        done = self._ray.get(reference)
        news.back.append((hand.bundles.pop(reference), done))
        self._deaths = 0

    def _bury(self, hand: Hand, news: News, why: Exception) -> None:
        """See to what a dead worker had in hand, and hire another."""
        # It may only be out of reach: then what it has not given back would be waited for without end.
        self._ray.kill(hand.actor)
        gone: list[Bundle] = []
        for reference, bundle in list(hand.bundles.items()):
            try:
                self._take(hand, reference, news)
            except self._ray.exceptions.RayError:
                gone.append(bundle)
        news.struck += gone[:1]
        news.dropped += gone[1:]
        self._deaths += 1
        if getattr(why, "actor_init_failed", False):
            raise EngineError(f"A worker cannot start ({_last_line(why)}); install there what is imported here.")
        if self._deaths >= self._most_deaths:
            raise EngineError(
                f"{self._deaths} workers died in a row ({_last_line(why)}); see the logs in /tmp/ray/session_latest."
            )
        self._hands[self._hands.index(hand)] = self._new()


def _last_line(error: Exception) -> str:
    return next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__)
