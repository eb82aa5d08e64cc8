"""`wetdry embed` and `wetdry plan`: a data set under effects into a store, and what that takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wetdry.audio import Windows
from wetdry.datasets import dataset
from wetdry.effects import Matched
from wetdry.encoders import encoder, names_in
from wetdry.extract import Plan, Progress, Summary, run
from wetdry.store import Store
from wetdry.studies.selection import select_steps, with_controls


def embedding(
    *,
    data: str,
    encoders: str = "vibenet",
    device: str = "auto",
    dtype: str = "fp32",
    effects: str | None = None,
    chains: str | None = None,
    levels: str = "1-10",
    layers: str | None = None,
    window: float | None = None,
    pool: str = "mean",
    match_loudness: bool = False,
    start: float | None = 0.0,
    seconds: float | None = None,
) -> Plan:
    """A data set under effects, seen by encoders; see `wetdry embed --help`.

    Several encoders, effects and layers are separated by commas; `layers="all"` takes every layer.
    """
    models = [encoder(name, device=device, dtype=dtype) for name in names_in(encoders)]
    steps = select_steps(effects, chains, levels)
    wanted = {
        model.spec.name: [layer.name for layer in model.spec.layers]
        if layers == "all"
        else [name.strip() for name in layers.split(",")]
        for model in models
        if layers is not None
    }
    return Plan(
        dataset(data),
        with_controls(steps, [Matched]) if match_loudness else steps,
        models,
        layers=wanted,
        windows=None if window is None else Windows(window),
        pool=None if pool == "none" else pool,
        start=start,
        seconds=seconds,
    )


def embed_dataset(
    *, store: str | Path, workers: int | None = None, progress: Progress | None = None, **settings: Any
) -> Summary:
    """Compute what `store` lacks of a data set under effects; settings as for `embedding`."""
    return run(embedding(**settings), Store(store), workers=workers, progress=progress)
