"""Options that say where the embedding of a command runs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Any

import typer

from wetdry.cli.options import Shared, finite, give_options
from wetdry.errors import EngineError
from wetdry.registry import did_you_mean

PANEL = "Where it runs"

Engine = Annotated[str, typer.Option(help="local, or ray for many processes or machines.", rich_help_panel=PANEL)]
RayAddress = Annotated[
    str | None,
    typer.Option(
        help="host:port of a running Ray cluster (default: RAY_ADDRESS, else one is started here).",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
RayWorkers = Annotated[
    int | None,
    typer.Option(min=1, help="Ray workers (default: all cores or GPUs).", show_default=False, rich_help_panel=PANEL),
]
GpusPerWorker = Annotated[
    float,
    typer.Option(min=0, callback=finite, help="Share of a GPU for each Ray worker.", rich_help_panel=PANEL),
]
ThreadsPerWorker = Annotated[
    int, typer.Option(min=1, help="Cores of each Ray worker, to feed a GPU from.", rich_help_panel=PANEL)
]

Price = Annotated[
    float,
    typer.Option(
        min=0,
        callback=finite,
        help="What an hour of one Ray worker costs, to be told on the way.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]

OPTIONS: Shared = {
    "engine": (Engine, "local"),
    "ray_address": (RayAddress, None),
    "ray_workers": (RayWorkers, None),
    "gpus_per_worker": (GpusPerWorker, 0.0),
    "threads_per_worker": (ThreadsPerWorker, 1),
    "price": (Price, 0.0),
}


def on_any_engine(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `OPTIONS`, and run it with the engine that they name."""

    @functools.wraps(command)
    def run(**options: Any) -> None:
        with _chosen(**{name: options.pop(name) for name in OPTIONS}):
            command(**options)

    give_options(run, command, OPTIONS)
    return run


def _chosen(
    engine: str,
    ray_address: str | None,
    ray_workers: int | None,
    gpus_per_worker: float,
    threads_per_worker: int,
    price: float,
) -> AbstractContextManager[None]:
    if engine == "local":
        if ray_address or ray_workers or gpus_per_worker or threads_per_worker != 1 or price:
            raise EngineError("The local engine has no Ray workers; add --engine ray, or leave out their options.")
        return nullcontext()
    if engine != "ray":
        raise EngineError(f'Unknown engine "{engine}": {did_you_mean(engine, ["local", "ray"])}')
    from wetdry.extract import using
    from wetdry.extract.cluster import RayEngine

    return using(RayEngine(ray_address, ray_workers, gpus_per_worker, threads_per_worker, price))
