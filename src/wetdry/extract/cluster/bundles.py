"""Which items are handed to a worker at once, and what happens to those whose worker died."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from wetdry.datasets.base import Item

SHORTEST_SECONDS, LONGEST_SECONDS = 10.0, 300.0
"""How long a bundle takes: what a worker that dies has not published yet is lost."""
BUNDLES = 200
"""Of each worker, where that is between these: each makes a shard, and a store of millions of them is slow to read."""
LARGEST = 512
ATTEMPTS = 3
"""An item at which so many workers died is given up."""


@dataclass(frozen=True)
class Bundle:
    """Items that one worker takes together; `attempt` counts from 1."""

    items: tuple[Item, ...]
    attempt: int = 1


class Bundles:
    """Hands out the items of a run, as many at once as can be done in some seconds.

    A bundle whose worker died is tried again as it was: what that worker had published is then published under the
    same names. In the last attempt its items are alone, so that one which kills its worker takes no other with it.
    """

    def __init__(self, items: Iterable[Item], count: int, workers: int) -> None:
        self._items: Iterator[Item] = iter(items)
        self._count = self._left = count
        self._workers = workers
        self._again: deque[Bundle] = deque()
        self._seconds_per_item: float | None = None

    @property
    def has_more(self) -> bool:
        """Whether items wait to be handed out."""
        return bool(self._again) or self._left > 0

    def next(self) -> Bundle | None:
        """The next bundle; None where there is nothing left to hand out."""
        if self._again:
            return self._again.popleft()
        items = tuple(islice(self._items, self._size()))
        self._left -= len(items)
        return Bundle(items) if items else None

    def done(self, bundle: Bundle, seconds: float) -> None:
        """A bundle came back, on which a worker spent this long."""
        each, before = seconds / len(bundle.items), self._seconds_per_item
        # What is quicker is believed at once: the first bundle of a worker has waited for its encoders to load.
        self._seconds_per_item = each if before is None or each < before else (before + each) / 2

    def again(self, bundle: Bundle) -> None:
        """Hand out a bundle again, for a worker that had not begun it."""
        self._again.appendleft(bundle)

    def struck(self, bundle: Bundle) -> tuple[Item, ...]:
        """A worker died at a bundle, which is tried again; returns the items that are given up."""
        if bundle.attempt == ATTEMPTS:
            return bundle.items
        if bundle.attempt + 1 == ATTEMPTS:
            self._again += [Bundle((item,), ATTEMPTS) for item in bundle.items]
        else:
            self._again.append(Bundle(bundle.items, bundle.attempt + 1))
        return ()

    def _size(self) -> int:
        """As many as take some seconds, one before that is known, and fewer at the end, so that all end together."""
        if self._seconds_per_item is None:
            return 1
        share = self._count * self._seconds_per_item / (self._workers * BUNDLES)
        wanted = min(max(share, SHORTEST_SECONDS), LONGEST_SECONDS) / max(self._seconds_per_item, 1e-9)
        return max(1, int(min(wanted, LARGEST, self._left // (2 * self._workers))))
