"""A batch of mutations of one kind, read one after another in this process."""

from __future__ import annotations

import mmap
import resource
import signal
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from fuzzing.reader import Reader
from wetdry.errors import LONGEST_SENTENCE, WetdryError

MOST_MEMORY = 1 << 30
"""Bytes of addresses that reading may take beyond what the process has when it begins."""
MOST_GROWTH = 256 << 20
"""Bytes that the process may grow by over one file."""


def run(
    reader: Reader, folder: Path, numbers: range, seed: int, at: mmap.mmap, tell: Callable[[int, str], None]
) -> Counter[str]:
    """How many of the mutations of these numbers were read, and refused by which error.

    What should not be is told at once, with its number; and `at` always holds the number at hand, for whoever finds
    the process dead.
    """
    warnings.simplefilter("error")
    valid = list(reader.make(folder))
    path = folder / reader.file
    for content in valid:
        path.write_bytes(content)
        if not reader.holds(reader.read(folder)):
            raise AssertionError(f"{reader.kind}: a valid file is not read as it should be")
    counts: Counter[str] = Counter()
    _limit_memory()
    for number in numbers:
        at[:8] = number.to_bytes(8, "little")
        path.write_bytes(mutation(reader, valid, number, seed))
        _forget_peak()
        had = _peak()
        signal.setitimer(signal.ITIMER_REAL, reader.seconds)
        outcome, finding = _outcome(reader, folder)
        signal.setitimer(signal.ITIMER_REAL, 0)
        counts[outcome] += 1
        if (grown := _peak() - had) > MOST_GROWTH:
            finding = finding or f"takes {grown >> 20} MB"
        if finding:
            tell(number, finding)
    return counts


def mutation(reader: Reader, valid: list[bytes], number: int, seed: int) -> bytes:
    """The bytes of one mutation, which follow from kind, seed and number."""
    return reader.mutate(Random(f"{reader.kind} {seed} {number}"), valid)  # noqa: S311


def _outcome(reader: Reader, folder: Path) -> tuple[str, str]:
    """What became of the file, and what is wrong with that, if anything is."""
    try:
        value = reader.read(folder)
        return "read", "" if reader.holds(value) else f"read as {value!r:.200}"
    except WetdryError as error:
        kind = type(error).__name__
        if not isinstance(error, reader.refuses):
            return kind, f"refused by {kind}: {error!s:.300}"
        return kind, _wrong_with(str(error), reader.names, folder)
    except (Exception, SystemExit) as error:
        last = traceback.extract_tb(sys.exc_info()[2])
        ours = next((frame for frame in reversed(last) if "/wetdry/" in frame.filename), last[-1])
        return "leak", f"{type(error).__name__}: {error!s:.200} from {Path(ours.filename).name}:{ours.lineno}"


def _wrong_with(sentence: str, name: str, folder: Path) -> str:
    """What a reader would miss or mind in a sentence."""
    if name not in sentence and str(folder) not in sentence:
        return f"does not name {name}: {sentence:.300}"
    if len(sentence) > LONGEST_SENTENCE:
        return f"is {len(sentence):,} signs long: {sentence:.300}"
    if len(sentence.splitlines()) > 1:
        return f"is of several lines: {sentence!r:.300}"
    return ""


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """Bytes of memory that this process has had at most since that was last forgotten."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) << 10
