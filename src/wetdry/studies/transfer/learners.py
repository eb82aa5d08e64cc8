"""Probes of one domain, each learnt without one of the parts that are held out together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wetdry.probes import Probe, fit_probe
from wetdry.probes.fitting import INNER_FOLDS


class Learner(NamedTuple):
    """A probe, and the places (k,) of all clips of either domain that nothing of its groups was learnt from."""

    probe: Probe
    held_out: npt.NDArray[np.int64]


def fold_probes(
    vectors: npt.ArrayLike,
    labels: npt.NDArray[np.str_],
    together: npt.NDArray[np.str_],
    learnt: npt.NDArray[np.bool_],
    fold: npt.NDArray[np.int64],
    *,
    family: str,
    names: Sequence[str],
    seed: int,
) -> Iterator[Learner]:
    """One probe a part, its settings chosen within what it learns from.

    Parameters
    ----------
    vectors, labels
        Of all clips of both domains: (n, dim) and (n,).
    together
        What is held out together (n,) when settings are chosen: groups, or for a random split each clip by itself.
    learnt
        Which clips (n,) are of the domain to learn from.
    fold
        Part (n,) of each clip; those of one part are not learnt from, whichever their domain.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    for part in np.unique(fold):
        of = np.flatnonzero(learnt & (fold != part))
        inner = min(INNER_FOLDS, _fewest(labels[of], together[of]))
        probe = fit_probe(rows[of], labels[of], together[of], family=family, names=names, folds=inner, seed=seed)
        yield Learner(probe, np.flatnonzero(fold == part))


def _fewest(labels: npt.NDArray[np.str_], together: npt.NDArray[np.str_]) -> int:
    """In how many groups the rarest class is, so that each part in which settings are chosen can have it."""
    return min(len(np.unique(together[labels == label])) for label in np.unique(labels))
