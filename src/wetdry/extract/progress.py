"""How a run tells how far it is."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from rich.console import Console


class Progress(Protocol):
    """What a run calls as it goes; an item's variants are counted in `start`'s total."""

    def start(self, total: int, about: str = "embedding") -> None:
        """A run of `total` variants begins."""

    def advance(self, n: int, seconds_of_audio: float) -> None:
        """`n` more variants are settled, for which this much audio was embedded (0 if skipped)."""

    def tell(self, words: str) -> None:
        """How far the run is in a few words, to stand beside the rest."""

    def close(self) -> None:
        """The run is over, well or not."""


class Silent:
    """Tells nobody."""

    def start(self, total: int, about: str = "embedding") -> None: ...
    def advance(self, n: int, seconds_of_audio: float) -> None: ...
    def tell(self, words: str) -> None: ...
    def close(self) -> None: ...


class Bar:
    """A line with variants done, how many times faster than real time, time left, and what else is told.

    Silent where the console (standard error if None) is not a terminal. Closes itself at the end of
    a `with` block.
    """

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Rich

        console = console or Console(stderr=True)
        self._audio = 0.0
        self._rich = Rich(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[words]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._rich.add_task("", total=None, rate="", words="")

    def start(self, total: int, about: str = "embedding") -> None:
        self._audio = 0.0
        self._rich.reset(self._task, total=total, description=about, rate="", words="")
        self._rich.start()

    def advance(self, n: int, seconds_of_audio: float) -> None:
        self._audio += seconds_of_audio
        elapsed = self._rich.tasks[0].elapsed or 0.0
        rate = f"{self._audio / elapsed:.0f}× real time" if elapsed > 0 and self._audio else ""
        self._rich.update(self._task, advance=n, rate=rate)

    def tell(self, words: str) -> None:
        self._rich.update(self._task, words=words)

    def close(self) -> None:
        self._rich.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
