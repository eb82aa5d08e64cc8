"""What went wrong in runs: one row when something fails, and another when it has been tried again.

Rows are only ever added, as shards, so that processes on several machines may tell of failures without a lock.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa

from wetdry.store import format as fmt
from wetdry.store.media import Medium
from wetdry.store.shards import publish, read_each

FOLDER = "failures"


@dataclass(frozen=True)
class Failure:
    """Why one item, or one effect of it, or one encoder's view of that, is missing from a store.

    `stage` is `decode`, `effect` or `encode`; `effect` and `encoder` are empty where the failure
    came before them. `reason` is one sentence.
    """

    dataset: str
    item: str
    path: str
    effect: str
    encoder: str
    stage: str
    reason: str


SCHEMA = pa.schema([(name, pa.string()) for name in fmt.FAILURE_FIELDS])


def read_failures(medium: Medium) -> pa.Table:
    """What stands, sorted; empty if nothing has failed."""
    standing, _ = _standing(medium)
    rows = sorted(standing, key=dataclasses.astuple)
    return pa.Table.from_pylist([dataclasses.asdict(row) for row in rows], SCHEMA)


def update_failures(medium: Medium, failures: Iterable[Failure], settled: Callable[[Failure], bool]) -> None:
    """Add `failures`, and drop the rows that are `settled`: tried again, with whatever outcome."""
    new = set(failures)
    standing, latest = _standing(medium)
    gone = {row for row in standing if settled(row)} - new
    # Never before what is known, or an event would be lost where a clock was set back.
    now = max(time.time_ns() // 1000, latest + 1)
    events = [
        {**dataclasses.asdict(row), "settled": row in gone, "recorded": now}
        for row in sorted((new - standing) | gone, key=dataclasses.astuple)
    ]
    if events:
        publish(medium, FOLDER, fmt.plain_bytes(pa.Table.from_pylist(events, fmt.EVENT_SCHEMA), b"failures"))


def _standing(medium: Medium) -> tuple[set[Failure], int]:
    """The failures that stand, and when the last event of any was recorded."""
    tables = read_each(medium, FOLDER, lambda name: fmt.decode(medium, name))
    last: dict[Failure, tuple[int, bool]] = {}
    for event in (event for table in tables for event in table.to_pylist()):
        row = Failure(*(event[name] for name in fmt.FAILURE_FIELDS))
        # Of two at the same moment, the failure stands: it may be tried once more than needed, but never hides.
        known = (event["recorded"], not event["settled"])
        last[row] = max(known, last.get(row, known))
    latest = max((recorded for recorded, _ in last.values()), default=0)
    return {row for row, (_, stands) in last.items() if stands}, latest
