"""How much a search may do: seconds, or a number of evaluations, which makes it repeatable."""

from __future__ import annotations

import time
from collections.abc import Callable

from wetdry.errors import DataError

DEFAULT_SECONDS = 60.0


class Spent(Exception):  # noqa: N818
    """The budget is used up. Ends a search, and is no error."""


class Budget:
    """Counts evaluations and watches the clock; whichever limit is set and met first ends the search.

    Parameters
    ----------
    seconds, evaluations
        Limits; with neither, `DEFAULT_SECONDS`.
    clock
        Seconds since any moment.
    """

    def __init__(
        self,
        seconds: float | None = None,
        evaluations: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if evaluations is not None and evaluations < 1:
            raise DataError(f"A search takes at least one evaluation, not {evaluations}.")
        if seconds is not None and not seconds > 0:
            raise DataError(f"A search takes time: give --budget above 0 s, not {seconds:g}.")
        self._seconds = DEFAULT_SECONDS if seconds is None and evaluations is None else seconds
        self._evaluations = evaluations
        self._clock = clock
        self._began = clock()
        self.used = 0

    @property
    def elapsed(self) -> float:
        """Seconds since it was made."""
        return self._clock() - self._began

    def take(self, wanted: int) -> int:
        """How many of `wanted` evaluations may be made now, which counts them; raises `Spent` where none."""
        if self._seconds is not None and self.elapsed >= self._seconds:
            raise Spent
        left = wanted if self._evaluations is None else min(wanted, self._evaluations - self.used)
        if left < 1:
            raise Spent
        self.used += left
        return left

    @property
    def size(self) -> int:
        """Ticks of a progress bar: evaluations, or else seconds."""
        return self._evaluations or round(self._seconds or 0.0)

    @property
    def ticks(self) -> int:
        """How many of `size` are over."""
        return self.used if self._evaluations else min(self.size, int(self.elapsed))

    def __str__(self) -> str:
        parts = [f"{self._seconds:g} s"] if self._seconds is not None else []
        parts += [f"{self._evaluations} evaluations"] if self._evaluations is not None else []
        return " or ".join(parts)
