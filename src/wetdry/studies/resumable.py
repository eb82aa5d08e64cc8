"""A part of the study that is computed once: handed over from disk if it is known, else made ready and sent out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.jobs import Job


def resumable(checkpoints: Checkpoints, follows_from: Mapping[str, Any], prepared: Callable[[], Job]) -> Job:
    """A call that gives the tables of a part, which can be sent to another process.

    Parameters
    ----------
    checkpoints
        Where finished parts are.
    follows_from
        Everything that the tables follow from.
    prepared
        Reads what the part needs and gives the call that computes it; not called where the part is known.
    """
    known = checkpoints.known(follows_from)
    if known is not None:
        return partial(dict, known)
    return partial(checkpoints.tables, follows_from, prepared())
