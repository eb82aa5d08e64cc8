"""Readers that do all that a reader must not, by the first byte of what they are given; the harness is to tell."""

from __future__ import annotations

import os
import signal
import time
import warnings
from pathlib import Path
from random import Random

from fuzzing.reader import Reader
from wetdry.errors import DataError, StoreError

FILE = "file.bin"
SOUND = b"sound"


def crash(_: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(_: Path) -> None:
    time.sleep(60)


def leak(_: Path) -> None:
    raise KeyError("no sentence")


def warn(_: Path) -> None:
    warnings.warn("no sentence", stacklevel=2)


def fill_memory(_: Path) -> None:
    bytearray(4 << 30)


def grow(_: Path) -> bytes:
    return b"x" * (280 << 20)


def refuse_as_another(path: Path) -> None:
    raise StoreError(f"{path}: is no store.")


def name_nothing(_: Path) -> None:
    raise DataError("Something is wrong.")


def refuse(path: Path) -> None:
    raise DataError(f"{path}: is damaged; fetch it again.")


def believe(_: Path) -> str:
    return "believed"


FAULTS = (crash, hang, leak, warn, fill_memory, grow, refuse_as_another, name_nothing, refuse, believe)


def numbered(rng: Random, valid: list[bytes]) -> bytes:  # noqa: ARG001
    return bytes([rng.randrange(len(FAULTS))])


def read(folder: Path) -> object:
    content = (folder / FILE).read_bytes()
    return "sound" if content == SOUND else FAULTS[content[0]](folder / FILE)


PRELOADED = ()
READERS = [
    Reader("faulty", lambda _: [SOUND], FILE, read, numbered, lambda value: value != "believed", DataError, seconds=1.5)
]
