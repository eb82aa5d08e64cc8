"""The part of a song that is worked on, cut into windows: some for the search, the others to check what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wetdry.audio import Clip, Windows, loudness
from wetdry.encoders import Vectors
from wetdry.errors import AudioError
from wetdry.studies.estimators import Estimator, NativeEstimator

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

SHORTEST_SECONDS = 1.0
USUAL_WINDOW = 10.0
"""Seconds, where an estimator learnt from whole clips."""
LONGEST_NATIVE_WINDOW, SHORTEST_NATIVE_WINDOW = 5.0, 1.0
"""Seconds, for outputs of an encoder's own, as `wetdry shift` has it: a tenth of a short song, between these."""
ENOUGH_TO_HOLD_OUT = 4
"""Windows: of fewer, none can be spared for a check."""


@dataclass(frozen=True, eq=False)
class Part:
    """A song's part of whole windows.

    Attributes
    ----------
    dry
        Unprocessed, as long as its windows together.
    windows
        Side by side.
    searched, held_out
        Which windows the search looks at, and which only the check does: every third, and none in a short song.
    """

    dry: Clip
    windows: Windows
    searched: Rows
    held_out: Rows

    @property
    def count(self) -> int:
        return len(self.searched) + len(self.held_out)


def part_of(song: Clip, estimator: Estimator, name: str = "The song") -> Part:
    """Cut a song as the estimator hears it; raises for silence and for less than a second."""
    if song.seconds < SHORTEST_SECONDS:
        raise AudioError(f"{name}: is {song.seconds:.2g} s long; give at least {SHORTEST_SECONDS:g} s.")
    if not np.isfinite(loudness(song)):
        raise AudioError(f"{name}: is silent there, so nothing can be estimated; give another part with --start.")
    seconds = _window_seconds(song, estimator)
    count = max(1, int(song.seconds / seconds + 1e-9))
    dry = song.excerpt(0.0, count * seconds)
    rows = np.arange(count)
    held_out = rows[1::3] if count >= ENOUGH_TO_HOLD_OUT else rows[:0]
    return Part(dry, Windows(seconds), np.setdiff1d(rows, held_out), held_out)


def _window_seconds(song: Clip, estimator: Estimator) -> float:
    own = estimator.windows.seconds or USUAL_WINDOW
    if isinstance(estimator, NativeEstimator):
        tenth = max(SHORTEST_NATIVE_WINDOW, song.seconds / 10)
        own = min(own, LONGEST_NATIVE_WINDOW, round(tenth, 1))
    return min(own, estimator.encoder.spec.longest_window or own)


@dataclass(frozen=True, eq=False)
class Heard:
    """What an estimator makes of windows: vectors (window, dim) by layer, and estimates (window, target)."""

    vectors: dict[str, Vectors]
    estimates: Floats


def hear(
    clip: Clip, windows: Windows, estimator: Estimator, layers: Sequence[str] = (), rows: Rows | None = None
) -> Heard:
    """Embed the windows of a clip, or those of `rows`, and estimate.

    Parameters
    ----------
    layers
        Of the encoder, beside the one that the estimator reads.
    """
    encoder = estimator.encoder
    names = encoder.check_layers({estimator.layer, *layers})
    cut = windows.cut(encoder.heard(clip), encoder.spec.sample_rate)
    cut = cut if rows is None else cut[rows]
    batches = [
        encoder.forward_checked(encoder.prepare(cut[first : first + encoder.batch]), names)
        for first in range(0, len(cut), encoder.batch)
    ]
    vectors = {name: np.concatenate([batch[name] for batch in batches]) for name in names}
    return Heard(vectors, estimator.estimate(vectors[estimator.layer]))
