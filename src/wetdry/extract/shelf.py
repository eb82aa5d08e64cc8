"""Collects finished vectors and publishes them in shards of a sensible size."""

from __future__ import annotations

import time
from collections.abc import Callable

from wetdry.encoders.base import EncoderSpec
from wetdry.store import Embedded, ItemRow, Store

MAX_BYTES = 16 << 20
MAX_SECONDS = 5.0


class Shelf:
    """Rows on their way into a store: a kill loses no more than the last few seconds of them."""

    def __init__(
        self,
        store: Store,
        *,
        max_bytes: int = MAX_BYTES,
        max_seconds: float = MAX_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._clock = clock
        self._items: list[ItemRow] = []
        self._parts: dict[tuple[str, str], tuple[EncoderSpec, list[Embedded]]] = {}
        self._bytes = 0
        self._since = clock()

    def add_item(self, row: ItemRow) -> None:
        self._items.append(row)

    def add(self, spec: EncoderSpec, layer: str, part: Embedded) -> None:
        self._parts.setdefault((spec.key, layer), (spec, []))[1].append(part)
        self._bytes += part.vectors.nbytes

    @property
    def due(self) -> bool:
        return self._bytes >= self._max_bytes or self._clock() - self._since >= self._max_seconds

    def publish(self) -> None:
        """Write out what is held: items first, so that no vector is ever without its item."""
        if self._items:
            self._store.append_items(self._items)
            self._items.clear()
        for (_, layer), (spec, parts) in list(self._parts.items()):
            self._store.append(spec, layer, parts)
            del self._parts[spec.key, layer]
        self._bytes = 0
        self._since = self._clock()
