"""Shards: files named by the checksum of their bytes, so that what has a shard's name can be proven whole."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from wetdry.errors import StoreError
from wetdry.store.media import Location, Medium

T = TypeVar("T")

SUFFIX = ".parquet"
SHARD_NAME = re.compile(r"[0-9a-f]{32}\.parquet")
ATTEMPTS = 20


def checksum(content: bytes) -> str:
    """32 hex digits that name a shard of these bytes."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def publish(medium: Medium, folder: str, content: bytes) -> Location:
    """Write a shard into a folder, made if missing; returns where it is."""
    name = f"{folder}/{checksum(content)}{SUFFIX}"
    medium.put(name, content)
    return medium.locate(name)


def is_shard(name: str) -> bool:
    """Whether a file has a shard's name."""
    return SHARD_NAME.fullmatch(name.rpartition("/")[2]) is not None


def list_shards(medium: Medium, folder: str) -> list[str]:
    """Published shards of a folder, sorted by name; none if the folder is missing.

    A listing is not atomic, and a compaction may publish and remove shards meanwhile: it counts
    once two in a row agree.
    """
    seen = _names(medium, folder)
    for _ in range(ATTEMPTS):
        again = _names(medium, folder)
        if again == seen:
            break
        seen = again
    return seen


def _names(medium: Medium, folder: str) -> list[str]:
    return [name for name in medium.files(folder) if is_shard(name)]


def in_order(medium: Medium, names: Iterable[str], read: Callable[[str], T]) -> Iterator[tuple[str, T]]:
    """Each name with what `read` gives of it, in their order.

    Where a file is a request across a network, the next few are under way meanwhile.
    """
    if medium.at_once == 1:
        yield from ((name, read(name)) for name in names)
        return
    pool, rest = ThreadPoolExecutor(medium.at_once, "wetdry-reader"), iter(names)
    under_way: deque[tuple[str, Future[T]]] = deque()
    try:
        while True:
            under_way += [(name, pool.submit(read, name)) for name in islice(rest, medium.at_once - len(under_way))]
            if not under_way:
                return
            name, found = under_way.popleft()
            yield name, found.result()
    finally:
        pool.shutdown(cancel_futures=True)


def read_each(medium: Medium, folder: str, read: Callable[[str], T]) -> list[T]:
    """Apply `read` to the name of each shard, in their order.

    A shard that vanishes between listing and reading was compacted into another, so the folder is
    read again from the start.
    """
    for _ in range(ATTEMPTS):
        try:
            return [found for _, found in in_order(medium, list_shards(medium, folder), read)]
        except FileNotFoundError:
            continue
    raise vanishing(medium, folder)


def each(medium: Medium, folder: str, read: Callable[[str], T]) -> Iterator[T]:
    """What `read` gives of each shard, one at a time, so that a folder larger than memory can be read.

    Where a shard was compacted into another meanwhile, that one is read as well: every row is met at least once.
    """
    met: set[str] = set()
    for _ in range(ATTEMPTS):
        try:
            fresh = [name for name in list_shards(medium, folder) if name not in met]
            for name, found in in_order(medium, fresh, read):
                met.add(name)
                yield found
            return
        except FileNotFoundError:
            continue
    raise vanishing(medium, folder)


def vanishing(medium: Medium, folder: str) -> StoreError:
    """What to say where shards vanish again and again."""
    return StoreError(
        f"{medium.locate(folder)}: its shards keep vanishing while they are read; stop what is removing them."
    )
