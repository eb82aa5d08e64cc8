"""The training and test part of IRMAS in Deng et al., ICASSP 2025, for `irmas:PATH,preset=deng2025`.

Without latin-soul, of which there are 42 excerpts, sources are dealt to four folds that are alike in
their instruments as far as the rule below makes them so. The first fold is for testing. From the others,
every instrument gives as many excerpts for training as the one that has fewest; the rest is left out. On the
whole archive that is 1666 excerpts for testing and 288 of each instrument, 3168, for training. No source is
on both sides.

The test part is the published one, excerpt by excerpt. It depends on a fault of its time: the published split
was made with scikit-learn 1.2.2, whose `StratifiedGroupKFold(4, shuffle=True, random_state=20220419)` shuffled
the counts of instruments and not the sources that they belong to, so that each source is dealt by the counts
of another one. Versions that shuffle both give other folds (1654 for testing, 386 of them in common).
Therefore the rule stands here, faithful to the fault, and does not follow any version of scikit-learn. Folds
are often equally good but for the last bit of a sum, so the order of summation is part of the rule.

Which 288 excerpts of an instrument are drawn is ours: the published draw went through a set of texts,
whose order changes from one run of Python to the next, and cannot be repeated. Ours is drawn with the seed of
the folds from the excerpts in the order of their file names, for each instrument by itself.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wetdry.errors import DataError

SEED = 20220419
FOLDS = 4
TEST_FOLD = 0


def split(instruments: Sequence[str], sources: Sequence[str]) -> list[str]:
    """`train`, `test` or nothing (left out) for each excerpt, in the order given.

    Parameters
    ----------
    instruments, sources
        Instrument and source id of each excerpt, the excerpts of an instrument in the order of their file
        names. Instruments go by the codes of their folders (`cel`, `cla`): their alphabetical order is the
        order of summation.

    Raises
    ------
    DataError
        If there is no excerpt, or an instrument would be missing from training or testing, as happens with a
        small part of the archive.
    """
    if not instruments:
        raise DataError("preset deng2025 leaves out latin-soul, and there is nothing else; leave the preset out.")
    tested = folds(instruments, sources) == TEST_FOLD
    sides = ["test" if is_tested else "" for is_tested in tested]
    left = {
        name: [k for k, instrument in enumerate(instruments) if instrument == name and not tested[k]]
        for name in sorted(set(instruments))
    }
    for name, positions in left.items():
        if not positions or len(positions) == instruments.count(name):
            side = "testing" if positions else "training"
            raise DataError(
                f"preset deng2025 finds no source of {name} for {side}; give the whole training archive,"
                " or leave the preset out."
            )
    size = min(map(len, left.values()))
    for positions in left.values():
        for k in random.Random(SEED).sample(positions, size):  # noqa: S311
            sides[k] = "train"
    return sides


def folds(instruments: Sequence[str], sources: Sequence[str]) -> NDArray[np.intp]:
    """Fold of each excerpt, 0 to 3, the excerpts of a source in one.

    Sources are dealt one by one, those whose excerpts are most unevenly spread over the instruments first
    (with one instrument a source: those with most excerpts), each to the fold that leaves the shares of every
    instrument in the four folds most even, and of equal ones to the smallest.
    """
    names, instrument = np.unique(instruments, return_inverse=True)
    ids, source = np.unique(sources, return_inverse=True)
    counts = np.zeros((ids.size, names.size))
    np.add.at(counts, (source, instrument), 1)
    total = counts.sum(axis=0)
    # The legacy generator, since its numbers never change. The counts move and `source` does not: the fault to keep.
    shuffled = counts[np.random.RandomState(SEED).permutation(ids.size)]

    dealt = np.zeros((FOLDS, names.size))
    fold_of_source = np.empty(ids.size, dtype=np.intp)
    for k in np.argsort(-shuffled.std(axis=1), kind="stable"):
        fold = _most_even(dealt, shuffled[k], total)
        dealt[fold] += shuffled[k]
        fold_of_source[k] = fold
    return fold_of_source[source]


def _most_even(dealt: NDArray[np.float64], counts: NDArray[np.float64], total: NDArray[np.float64]) -> int:
    """The fold to which `counts` (instrument,) should go, given what was `dealt` (fold, instrument)."""
    tried = dealt + np.eye(FOLDS)[:, :, np.newaxis] * counts
    unevenness = (tried / total).std(axis=1).mean(axis=1)
    sizes = dealt.sum(axis=1)
    best = 0
    for fold in range(1, FOLDS):
        tie = bool(np.isclose(unevenness[fold], unevenness[best]))
        if unevenness[fold] < unevenness[best] or (tie and sizes[fold] < sizes[best]):
            best = fold
    return best
