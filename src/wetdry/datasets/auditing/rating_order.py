"""Whether ratings turn over somewhere along the songs, as if two columns were exchanged in one part of them.

Two signs are looked for: which of valence and arousal spreads wider, and the sign of their correlation. No other
ratings are needed; what is found is a reason to look, and no proof, since the parts may hold different music.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from wetdry.datasets.auditing.findings import Finding, Verdict
from wetdry.datasets.auditing.rating_agreement import Pairs, Ratings, pairs_of

Sums = NDArray[np.float64]
"""Of some songs each (row): their number, and the sums of v, a, v², a² and v·a."""
Sign = Callable[[Sums], NDArray[np.float64]]

FEWEST_IN_A_PART = 50
PERMUTATIONS = 999
SEED = 0
ALPHA = 0.01
TINY = 1e-12


def order_of_songs(ratings: Ratings) -> Iterator[Finding]:
    """A finding for each sign that turns over, at the song where it differs most between those before and after.

    It counts if a difference as large is reached in fewer than one of a hundred random orders. Only songs with
    numbers for ids are looked at: names often list them by genre or class, where ratings may well turn over.
    """
    songs = list(ratings)
    if len(songs) < 2 * FEWEST_IN_A_PART or not all(song.isdecimal() for song in songs):
        return
    pairs = pairs_of(ratings, songs)
    turned = False
    for sign, words in ((_log_ratio_of_spreads, _spreads), (_fisher_z, _correlation)):
        at, p = _change(pairs, sign)
        before, after = (float(sign(_running_sums(part)[-1:])[0]) for part in (pairs[:at], pairs[at:]))
        if p < ALPHA and before * after < 0:
            turned = True
            yield Finding(
                "order of songs",
                Verdict.SUSPICIOUS,
                f"up to song {songs[at - 1]} {words(pairs[:at])}, from {songs[at]} on {words(pairs[at:])}"
                f" (p = {p:.3f}), as if columns were exchanged or turned over in one part",
            )
    if not turned:
        yield Finding("order of songs", Verdict.FINE, f"nothing turns over along {len(songs)} songs")


def _change(pairs: Pairs, sign: Sign) -> tuple[int, float]:
    """How many songs come before the largest difference, and the share of random orders that reach it."""
    rng = np.random.default_rng(SEED)
    at, largest = _largest_difference(pairs, sign)
    shuffled = (_largest_difference(rng.permutation(pairs), sign)[1] for _ in range(PERMUTATIONS))
    return at, (1 + sum(reached >= largest for reached in shuffled)) / (1 + PERMUTATIONS)


def _largest_difference(pairs: Pairs, sign: Sign) -> tuple[int, float]:
    sums = _running_sums(pairs)
    before = sums[FEWEST_IN_A_PART - 1 : len(pairs) - FEWEST_IN_A_PART]
    after = sums[-1] - before
    # As for a difference of means: the fewer songs on one side, the less its estimate is worth.
    weights = np.sqrt(before[:, 0] * after[:, 0] / len(pairs))
    differences = np.abs(sign(before) - sign(after)) * weights
    largest = int(np.argmax(differences))
    return largest + FEWEST_IN_A_PART, float(differences[largest])


def _running_sums(pairs: Pairs) -> Sums:
    v, a = (pairs - pairs.mean(axis=0)).T
    return np.cumsum(np.column_stack([np.ones_like(v), v, a, v * v, a * a, v * a]), axis=0)


def _variances(sums: Sums) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n, v, a, vv, aa, _ = sums.T
    return np.maximum(vv / n - (v / n) ** 2, TINY), np.maximum(aa / n - (a / n) ** 2, TINY)


def _log_ratio_of_spreads(sums: Sums) -> NDArray[np.float64]:
    of_valence, of_arousal = _variances(sums)
    ratio: NDArray[np.float64] = np.log(of_valence / of_arousal) / 2
    return ratio


def _fisher_z(sums: Sums) -> NDArray[np.float64]:
    of_valence, of_arousal = _variances(sums)
    n, v, a, _, _, va = sums.T
    r = (va / n - v * a / n**2) / np.sqrt(of_valence * of_arousal)
    z: NDArray[np.float64] = np.arctanh(np.clip(r, -1 + TINY, 1 - TINY))
    return z


def _spreads(pairs: Pairs) -> str:
    valence, arousal = pairs.std(axis=0)
    wider = "wider" if valence > arousal else "less"
    return f"valence spreads {wider} than arousal ({valence:.2f} against {arousal:.2f})"


def _correlation(pairs: Pairs) -> str:
    return f"valence and arousal correlate with r = {float(np.tanh(_fisher_z(_running_sums(pairs)[-1:])[0])):.2f}"
