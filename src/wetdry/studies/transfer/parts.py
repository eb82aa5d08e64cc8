"""The kinds of parts that the study is cut into, each part kept when it is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.jobs import Job, run_jobs
from wetdry.studies.transfer import distances, probing, wet_distances, wet_scores
from wetdry.studies.transfer.adaptation import adapting
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.measure import Measured

COPIES = 8
"""Memory that a part takes at most, in sizes of the vectors of its layer, dry and wet, in float64."""

ADAPTING = 3 * 2**30
"""Bytes that an adaptation takes at most: a network with its gradients, and what is kept of clips."""


@dataclass(frozen=True)
class Kind:
    """Parts of one kind.

    Attributes
    ----------
    about
        What a bar says while they are computed.
    count, jobs
        How many there are, and a call for each.
    adapts
        Whether networks are trained.
    versions
        How many versions of each clip, dry and wet, a part holds at once.
    """

    about: str
    count: Callable[[TransferConfig, Measured], int]
    jobs: Callable[[TransferConfig, Measured, Checkpoints], Iterator[Job]]
    adapts: bool = False
    versions: Callable[[Measured], int] = lambda measured: 1  # noqa: ARG005

    def tables(
        self, config: TransferConfig, measured: Measured, checkpoints: Checkpoints, workers: int
    ) -> Iterator[Tables]:
        """The tables of each part in order, computed in as many processes as there are workers."""
        largest = ADAPTING if self.adapts else COPIES * self.versions(measured) * _largest(measured)
        yield from run_jobs(self.jobs(config, measured, checkpoints), workers, largest)


def _versions(measured: Measured) -> int:
    return 1 + len(measured.steps)


KINDS = (
    Kind("probing layers", probing.count, probing.jobs),
    Kind("measuring distances", distances.count, distances.jobs),
    Kind("measuring distances of wet clips", wet_distances.count, wet_distances.jobs, versions=_versions),
    Kind("asking probes about wet clips", wet_scores.count, wet_scores.jobs, versions=_versions),
    Kind("adapting encoders", adapting.count, adapting.jobs, adapts=True),
)
"""In the order in which they are computed: the dearest last."""


def _largest(measured: Measured) -> int:
    """Bytes of the vectors of the widest layer."""
    widths = [view.encoder.spec.layer(layer).dim for view, layer, _ in measured.layers]
    return len(measured.clips) * max(widths) * np.dtype(np.float64).itemsize
