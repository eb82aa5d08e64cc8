"""What an effect does to the vectors of an encoder that is not there, and how it would have seen the clips."""

import numpy as np
import pandas as pd

from wetdry.studies.cards import View
from wetdry.studies.deformations import Deformation
from wetdry.studies.grids import select_grids

DIM = 5


def planted(clips=20, *, effect="gain", seed=0, sway=1.0):
    """Clips whose vectors an effect takes along the second axis, twelve units far at its last strength."""
    rng = np.random.default_rng(seed)
    grid = select_grids(effect)[0]
    dry = rng.standard_normal((clips, DIM)).astype(np.float32)
    way = sway * np.linspace(0, 12, len(grid.strengths))[:, np.newaxis] * np.eye(DIM)[1]
    wet = dry[:, np.newaxis] + way + 0.2 * rng.standard_normal((clips, len(grid.strengths), DIM))
    names = [f"{index}.wav" for index in range(clips)]
    table = pd.DataFrame(
        {
            "item": names,
            "path": names,
            "clip": [f"{seed}-{index}" for index in range(clips)],
            "label": np.where(np.arange(clips) % 2, "odd", "even"),
            "group": names,
            "split": "",
        }
    )
    return Deformation("ear", "last", grid, table, dry, wet.astype(np.float32))


VIEW = View(
    encoder="ear@3", layer="last", dim=DIM, window_seconds=10, window_hop=None, pool="mean", start=None, seconds=30
)
