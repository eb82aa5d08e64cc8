"""The table of readers, every kind of file that the product reads, room by room."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from fuzzing.reader import Reader

ROOMS = ("of_audio", "of_tables", "of_listening", "of_store", "of_fits", "of_weights")


def readers_of(rooms: Sequence[str] = ROOMS) -> dict[str, Reader]:
    """Kind → its reader, of these rooms."""
    return {reader.kind: reader for room in rooms for reader in import_module(f"fuzzing.{room}").READERS}
