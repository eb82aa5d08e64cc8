"""Which clips of both domains are held out together: whole groups, also those that are in both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.errors import DataError
from wetdry.probes import Task
from wetdry.probes.splits import dealt
from wetdry.studies.transfer.config import TransferConfig

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Folds:
    """Number of the part of each clip (n,).

    Attributes
    ----------
    probes
        By groups, from 0.
    random
        By clips, whatever their group: what a split that leaks would tell.
    splits
        By groups, for adaptation, which is dearer.
    """

    probes: Counts
    random: Counts
    splits: Counts

    @property
    def split_count(self) -> int:
        """Parts for adaptation; with fewer than 3 there is nothing to learn from beside tested and stopped by."""
        return int(self.splits.max()) + 1

    def sides(self, split: int) -> tuple[Counts, Counts, Counts]:
        """Places of the clips to learn from, to stop by (the next part) and to test on, where `split` is tested."""
        stop = (split + 1) % self.split_count
        rest = (self.splits != split) & (self.splits != stop)
        return np.flatnonzero(rest), np.flatnonzero(self.splits == stop), np.flatnonzero(self.splits == split)


def folds(clips: pd.DataFrame, config: TransferConfig) -> Folds:
    """Parts of the clips of both domains, classes and domains spread as evenly as groups allow."""
    groups = clips["group"].to_numpy(str)
    for name, own in clips.groupby("domain", sort=False):
        if own["group"].nunique() < 2:
            raise DataError(
                f"All clips of {name} are of one group (actor, song), so nothing can be tested on another: give clips "
                "of more groups, or see `wetdry fad` for their distance alone."
            )
    # A class of one domain is dealt apart from the same class of the other, so that no part lacks either.
    kinds = (clips["domain"] + " " + clips["label"]).to_numpy(str)
    task = Task.of(kinds)
    answers = task.answers(kinds)
    fewest = min(clips.groupby(["domain", "label"])["group"].nunique())
    return Folds(
        probes=dealt(task, answers, groups, min(config.folds, fewest), config.seed),
        random=dealt(task, answers, None, min(config.folds, fewest), config.seed),
        splits=dealt(task, answers, groups, min(config.splits, fewest), config.seed),
    )
