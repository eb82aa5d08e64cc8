"""What is fuzzed: a kind of file, how a valid one is made, what reads it, and what must be true of what is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutations import Mutation, damaged

from wetdry.errors import WetdryError


def anything(value: Any) -> bool:  # noqa: ARG001
    """Where a reader's own type is all that is promised."""
    return True


@dataclass(frozen=True)
class Reader:
    """One row of the table of readers.

    Attributes
    ----------
    kind
        What is read, as the table of results names it.
    make
        Fills an empty folder with what belongs to a valid file; returns valid contents of `file`, one or more.
    file
        The file of that folder whose content is mutated.
    read
        Reads it, given the folder.
    holds
        What must be true of what `read` returns.
    refuses
        Errors that a file may be refused with; none where a reader makes do without what it cannot use.
    named
        What the sentence that refuses it names, where that is not the name of the file.
    share
        Of the number of mutations, where one takes long to read.
    seconds
        For one file, by the clock: then the process is ended, be it in Python or in a library.
    """

    kind: str
    make: Callable[[Path], Sequence[bytes]]
    file: str
    read: Callable[[Path], Any]
    mutate: Mutation = damaged
    holds: Callable[[Any], bool] = anything
    refuses: type[WetdryError] | tuple[type[WetdryError], ...] = ()
    named: str = ""
    share: float = 1.0
    seconds: float = 5.0

    @property
    def names(self) -> str:
        return self.named or Path(self.file).name
