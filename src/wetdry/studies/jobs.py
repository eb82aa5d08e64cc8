"""The parts of an analysis in processes of their own, as many at a time as there are cores and memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator

import joblib

from wetdry.extract.threads import single_threaded_kernels
from wetdry.studies.backing import free_memory
from wetdry.studies.checkpoints import Tables

Job = Callable[[], Tables]


def run_jobs(jobs: Iterable[Job], workers: int, largest: float) -> Iterator[Tables]:
    """The tables of each job in order, computed in as many processes as `workers` and memory allow.

    Parameters
    ----------
    jobs
        Calls that can be sent to another process; taken from the iterator when a process is about to be free.
    workers
        Processes at most.
    largest
        Bytes that one job takes at most.
    """
    workers = min(workers, max(1, int(free_memory() / max(largest, 1.0))))
    if workers == 1:
        yield from map(_do, jobs)
        return
    # Vectors are read when a process is about to be free for them, so that no more are in memory than are worked on.
    # They go through a pipe: joblib would lay large ones down as files, which a run that is killed leaves in memory.
    pool = joblib.Parallel(workers, return_as="generator", pre_dispatch=workers, batch_size=1, max_nbytes=None)
    with warnings.catch_warnings():
        # Where it can see a process's memory, joblib replaces one that has kept much of it, which is no one's trouble.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        yield from pool(joblib.delayed(_do)(job) for job in jobs)


def _do(job: Job) -> Tables:
    with single_threaded_kernels():
        return job()
