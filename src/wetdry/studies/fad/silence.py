"""Files that hold nothing: an encoder has a vector for silence too, and would count it as a clip like others."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from wetdry.audio import load
from wetdry.datasets import Item
from wetdry.extract import Plan
from wetdry.studies.checkpoints import Checkpoints, Tables

FULL_SCALE = 2.0**-15
"""Peaks below one step of 16 bits are silence."""


def silent_items(items: Sequence[Item], hashes: Sequence[str], plan: Plan, checkpoints: Checkpoints) -> set[str]:
    """Ids of items whose part that is used is silent; what is known of the same samples is not decoded again."""
    follows_from = {"silence": FULL_SCALE, "clips": sorted(hashes), "excerpt": plan.excerpt}

    def compute() -> Tables:
        with ThreadPoolExecutor() as threads:
            peaks = list(threads.map(lambda item: _peak(item, plan), items))
        return {"peaks": pd.DataFrame({"clip": hashes, "peak": peaks})}

    peaks = checkpoints.tables(follows_from, compute)["peaks"]
    silent = set(peaks["clip"][peaks["peak"] < FULL_SCALE])
    return {item.id for item, clip in zip(items, hashes, strict=True) if clip in silent}


def _peak(item: Item, plan: Plan) -> float:
    return float(np.abs(load(item.path, start=plan.start, seconds=plan.seconds).samples).max(initial=0.0))
