"""What went wrong in a run, one row a failure, in a small table that is rewritten as a whole."""

from __future__ import annotations

import dataclasses
import fcntl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from wetdry.errors import StoreError
from wetdry.store import format as fmt
from wetdry.store.shards import replace

FILE_NAME = "failures.parquet"
LOCK_NAME = ".failures.lock"


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


SCHEMA = pa.schema([(field.name, pa.string()) for field in dataclasses.fields(Failure)])


def read_failures(root: Path) -> pa.Table:
    """The failures table, sorted; empty if nothing has failed."""
    try:
        return fmt.decode(root / FILE_NAME).replace_schema_metadata(None)
    except FileNotFoundError:
        return SCHEMA.empty_table()


def update_failures(root: Path, failures: Iterable[Failure], settled: Callable[[Failure], bool]) -> None:
    """Add `failures`, and drop the rows that are `settled`: tried again, with whatever outcome."""
    new = set(failures)
    if not new and not (root / FILE_NAME).exists():
        return
    with _locked(root):
        before = [Failure(**row) for row in read_failures(root).to_pylist()]
        after = {row for row in before if not settled(row)} | new
        if after == set(before):
            return
        rows = sorted(after, key=dataclasses.astuple)
        table = pa.Table.from_pylist([dataclasses.asdict(row) for row in rows], SCHEMA)
        replace(root / FILE_NAME, fmt.plain_bytes(table, b"failures"))


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Hold the store's failures table against other processes: it is read, changed and rewritten."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / LOCK_NAME).open("ab")
    except OSError as error:
        raise StoreError(
            f"{root}: cannot be written ({error.strerror or error}); choose a store folder you may write to."
        ) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
