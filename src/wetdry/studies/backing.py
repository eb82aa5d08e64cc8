"""Where vectors are while they are analysed: in memory if there is room, else in a file that ends with the process.

The file has no name from the moment it is opened, so that nothing of it is left behind by a run that is killed. What is
in it is read by the system when it is looked at, and dropped when memory is wanted for something else.
"""

from __future__ import annotations

import errno
import math
import mmap
import os
import tempfile
from pathlib import Path

import numpy as np

from wetdry.encoders import Vectors
from wetdry.errors import StoreError

SHARE = 0.25
"""Of the memory that is free, which vectors may take: what is computed from them takes room as well."""


def room_for(shape: tuple[int, ...], memory: float | None = None) -> Vectors:
    """Float32 zeros of a shape, to be filled.

    Parameters
    ----------
    shape
        Of the array.
    memory
        Bytes that may be taken of it; a quarter of what is free if None. What needs more is in a file of the folder
        for temporary files (`TMPDIR`).
    """
    size = math.prod(shape) * np.dtype(np.float32).itemsize
    if size <= (SHARE * free_memory() if memory is None else memory):
        return np.zeros(shape, dtype=np.float32)
    folder = tempfile.gettempdir()
    with tempfile.TemporaryFile(dir=folder, prefix="wetdry-") as file:
        try:
            # Without this a full disk would be found out by the signal that ends the process.
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
                raise
            raise StoreError(
                f"{folder}: has no room for {size / 1e9:.1f} GB of vectors, which memory cannot hold; free it, or set "
                "TMPDIR to a folder that has."
            ) from None
        return np.frombuffer(mmap.mmap(file.fileno(), size), dtype=np.float32).reshape(shape)


def free_memory() -> float:
    """Bytes that can be had without swapping, as Linux tells them; infinite elsewhere."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return math.inf
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), math.inf)
