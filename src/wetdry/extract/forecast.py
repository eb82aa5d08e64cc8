"""What a run will take, told by doing a little of it: variants, audio, bytes, and time for any number of workers."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from wetdry.audio.decode import stated_length
from wetdry.datasets.base import Item
from wetdry.errors import DataError, WetdryError
from wetdry.extract.engine import run
from wetdry.extract.ledger import Ledger
from wetdry.extract.local import Local
from wetdry.extract.opening import file_hash
from wetdry.extract.plan import Plan
from wetdry.extract.progress import Progress, Silent
from wetdry.store import Store

TRIED_SECONDS = 20.0
MOST_DRAWN = 500
"""Clips whose headers are read for the mean length, where there are more."""


@dataclass(frozen=True)
class Forecast:
    """What a run has to do, and what a try of it took.

    Attributes
    ----------
    clips, variants, missing
        Items; effects of them in all; those of these that the store lacks.
    unreadable
        Clips whose header cannot be read.
    audio_seconds
        Of all clips together, as far as they are used; of a sample of clips, scaled up, where there are many.
    stored_bytes
        What the missing variants will add to the store.
    tried_clips, tried_seconds
        How many clips were tried, by one worker, and for how long.
    pace, pace_low, pace_high
        Seconds of audio that one worker embeds in a second, under one effect; with the limits of the middle half of
        the tried clips.
    """

    clips: int
    variants: int
    missing: int
    unreadable: int
    audio_seconds: float
    stored_bytes: float
    tried_clips: int
    tried_seconds: float
    pace: float
    pace_low: float
    pace_high: float

    def seconds(self, workers: int) -> float:
        """Wall time of so many workers like the one that was tried, if they do not hinder each other."""
        share = self.missing / self.variants if self.variants else 0.0
        per_clip = self.variants / max(self.clips, 1)
        return self.audio_seconds * per_clip * share / (self.pace * workers)


def forecast(
    plan: Plan,
    store: Store | None = None,
    *,
    seconds: float = TRIED_SECONDS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Forecast:
    """Try a plan on clips drawn at random, one after another by one worker, for about so many seconds.

    The first clip is not counted, since encoders load with it. What is tried is thrown away.

    Parameters
    ----------
    store
        Where the run will be: what is there is not missing. Every file is then read once, to know it by its bytes.

    Raises
    ------
    DataError
        There is no clip, or none of those that were drawn can be embedded.
    """
    if not len(plan.dataset):
        raise DataError(f"{plan.dataset.name}: has no items; give a data set with at least one recording.")
    order = np.random.default_rng(seed).permutation(len(plan.dataset))
    items = [plan.dataset.items[index] for index in order]
    lengths = [_length(item, plan) for item in items[:MOST_DRAWN]]
    known = [length for length in lengths if length is not None]
    tried = _tried(plan, items, seconds, progress or Silent())
    audio = float(np.mean(known)) * len(items) * len(known) / len(lengths) if known else 0.0
    variants = len(items) * len(plan.variants)
    missing = variants if store is None else _missing(plan, store)
    paces = np.array(tried.audio) / np.array(tried.seconds)
    low, high = np.quantile(paces, [0.25, 0.75])
    return Forecast(
        clips=len(items),
        variants=variants,
        missing=missing,
        unreadable=round((len(lengths) - len(known)) * len(items) / len(lengths)),
        audio_seconds=audio,
        stored_bytes=tried.bytes_per_second * audio * len(plan.variants) * missing / variants,
        tried_clips=len(tried.audio),
        tried_seconds=sum(tried.seconds),
        pace=sum(tried.audio) / sum(tried.seconds),
        pace_low=float(low),
        pace_high=float(high),
    )


@dataclass(frozen=True)
class _Tried:
    """Of each clip, seconds of audio embedded and seconds that took; of all, bytes stored for a second of audio."""

    audio: list[float]
    seconds: list[float]
    bytes_per_second: float


def _tried(plan: Plan, items: Sequence[Item], seconds: float, progress: Progress) -> _Tried:
    audio: list[float] = []
    took: list[float] = []
    reason, until = "", math.inf
    progress.start(len(items) * len(plan.variants), "trying")
    with tempfile.TemporaryDirectory() as folder, closing(progress):
        store = Store(Path(folder))
        for item in items:
            if time.monotonic() > until:
                break
            summary = run(replace(plan, dataset=replace(plan.dataset, items=(item,))), store, engine=Local(1))
            progress.advance(summary.variants, summary.audio_seconds)
            if summary.computed:
                audio.append(summary.audio_seconds)
                took.append(summary.seconds)
                until = min(until, time.monotonic() + seconds)
            else:
                reason = next(iter(store.failures()["reason"].to_pylist()), reason)
        if not audio:
            raise DataError(f"{plan.dataset.name}: none of the clips that were tried can be embedded: {reason}")
        store.compact()  # Shards of one clip each would be mostly their headers.
        stored = sum(holding.bytes for holding in store.ls()) / sum(audio)
        # Encoders load with the first, which says least of the others where there are others.
        counted = slice(1 if len(audio) > 1 else 0, None)
        return _Tried(audio[counted], took[counted], stored)


def _length(item: Item, plan: Plan) -> float | None:
    """Seconds of an item that are used, by its header; None where it has none."""
    try:
        frames, rate = stated_length(item.path)
    except WetdryError:
        return None
    whole = frames / rate
    left = whole if plan.start is None else max(0.0, whole - plan.start)
    return left if plan.seconds is None else min(left, plan.seconds)


def _missing(plan: Plan, store: Store) -> int:
    ledger, missing = Ledger(plan, store), 0
    for item in plan.dataset:
        known = ledger.decoded(file_hash(item.path))
        missing += len(plan.variants) if known is None else len(ledger.missing(known.clip))
    return missing
