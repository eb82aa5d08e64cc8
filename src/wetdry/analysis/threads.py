"""Work in blocks that stay in a core's cache, on as many threads as the linear algebra is allowed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import ThreadpoolController

from wetdry.errors import DataError

Result = TypeVar("Result")


def in_blocks(work: Callable[[slice], Result], total: int, step: int, threads: int | None = None) -> list[Result]:
    """Results of `work` on slices of `step` that cover `total`, in order.

    Blocks depend on the data alone and each is worked on by one thread, with the linear algebra within it kept
    to that thread: results are the same, bit by bit, whatever the number of threads.

    Parameters
    ----------
    work
        Called with a slice; must leave the others' results alone.
    total
        Things to be covered.
    step
        Things in a block, the last excepted.
    threads
        At most so many; as many as BLAS may use (see `threadpoolctl.threadpool_limits`) if None.
    """
    if threads is not None and threads < 1:
        raise DataError(f"{threads} threads do no work: allow at least 1, or None for as many as BLAS may use.")
    parts = [slice(first, min(first + step, total)) for first in range(0, total, step)]
    if len(parts) < 2:
        return [work(part) for part in parts]
    controller = ThreadpoolController()
    allowed = max((pool["num_threads"] for pool in controller.info() if pool["user_api"] == "blas"), default=1)
    with controller.limit(limits=1, user_api="blas"):
        workers = min(threads or allowed, len(parts))
        if workers == 1:
            return [work(part) for part in parts]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(work, parts))
