"""Threads are set here, once: one worker a core, each with one thread of its own."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def default_workers() -> int:
    """The cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def single_threaded_kernels() -> Any:
    """Context manager: BLAS and OpenMP use one thread, since the workers already fill the cores.

    OpenMP keeps this setting per thread, so each worker enters it as well.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def import_libraries() -> None:
    """Import, in the calling thread, the packages that load their parts lazily.

    Effects and encoders import what they need when first used, in a worker. Where two threads are the first to
    ask for a part of such a package at once, one of them can find it half loaded.
    """
    for name in ("scipy.fft", "scipy.signal", "scipy.sparse", "scipy.special"):
        import_module(name)
