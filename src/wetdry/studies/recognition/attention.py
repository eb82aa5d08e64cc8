"""Where in a clip a network with attention pooling listens, and what the clip looks like there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from wetdry.analysis.statistics.units import Float64
from wetdry.audio import load
from wetdry.remote.object_path import AnyPath

FRAMES, HOP, RATE = 128, 512, 22_050
"""Of a chunk: its frames, the samples from one to the next, and their rate in Hz."""

BINS = 400
"""Of the outline of a clip, over its whole length."""


def attended(item: str, starts: Float64, weights: Float64) -> pd.DataFrame:
    """The weight of each step of a clip: item, second, end, weight.

    Parameters
    ----------
    item
        Its id.
    starts
        Beginning (m,) of each chunk, s into the clip, ascending.
    weights
        Shape (m, step), adding to 1 within each chunk: attention compares the steps of a chunk, not chunks. A step that
        begins before the chunk before it has ended is left out, as where the last chunk is moved back.
    """
    steps = weights.shape[1]
    length = FRAMES * HOP / RATE / steps
    second = starts[:, np.newaxis] + length * np.arange(steps)
    heard = np.concatenate([[-np.inf], starts[:-1] + length * steps])
    shown = second >= heard[:, np.newaxis] - length / 2
    return pd.DataFrame(
        {"item": item, "second": second[shown], "end": second[shown] + length, "weight": weights[shown]}
    )


def waveform(item: str, file: AnyPath, start: float | None, seconds: float | None) -> pd.DataFrame:
    """The least and the greatest sample in each of some 400 parts of a clip: item, second, low, high.

    `start` and `seconds` are the part of the file that was heard, as `load` takes them; `second` counts from its start.
    """
    clip = load(file, start=start, seconds=seconds)
    edges = np.unique(np.linspace(0, clip.frames, BINS, endpoint=False).astype(np.int64))
    low, high = np.minimum.reduceat(clip.mono, edges), np.maximum.reduceat(clip.mono, edges)
    return pd.DataFrame({"item": item, "second": edges / clip.sample_rate, "low": low, "high": high})
