"""How fast the Ray engine is beside the local one, on this machine's cores.

    python -m benchmarks.engines [--clips 240] [--rounds 3]

Pieces of noise and tones are embedded by vibenet under reverb and distortion, by the local engine and by Ray, each with
as many workers as there are cores and with one, in turns. A Ray cluster is started before and kept; each round hires
its workers anew and fills a new store. Seconds are wall time of whole runs, start of the workers included, and beside
them of the work alone, from the moment when the first worker asked for something to do. Ratios are of the medians over
rounds. One worker is more than one busy core, of either engine: it decodes the next clip beside. The rows of all stores
are compared, byte by byte.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from wetdry.audio import Clip, write_flac
from wetdry.datasets.base import Dataset, Item
from wetdry.effects import sweep
from wetdry.encoders import encoder
from wetdry.extract import Engine, Local, Plan, run
from wetdry.extract.cluster import RayEngine
from wetdry.extract.cluster.crew import Crew
from wetdry.extract.cluster.session import connected
from wetdry.extract.threads import default_workers
from wetdry.store import Store, stacked

OF_LOCAL, OF_ONE = 0.85, 1.8
SECONDS, RATE = 10.0, 44_100


def pieces(folder: Path, clips: int) -> Dataset:
    """Stereo clips of ten seconds."""
    rng, time_axis = np.random.default_rng(440), np.arange(int(SECONDS * RATE)) / RATE
    items = []
    for number in range(clips):
        tone = 0.2 * np.sin(2 * np.pi * rng.uniform(80, 800) * time_axis)
        samples = (tone + 0.05 * rng.standard_normal((2, time_axis.size))).astype(np.float32)
        write_flac(folder / f"{number:03}.flac", Clip(samples, RATE))
        items.append(Item(f"{number:03}", folder / f"{number:03}.flac"))
    return Dataset("pieces", tuple(items))


class Begun:
    """Notes when the first worker of a run was there."""

    def __init__(self) -> None:
        self.at = 0.0
        give = Crew.give

        def noted(crew: Crew, next_bundle: Callable[[], object]) -> None:
            if crew.has_joined and not self.at:
                self.at = time.monotonic()
            give(crew, next_bundle)  # type: ignore[arg-type]

        Crew.give = noted  # type: ignore[method-assign]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=240, help="of ten seconds each")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each side")
    asked = parser.parse_args(arguments)
    cores = default_workers()
    sides: dict[str, Engine] = {
        f"local, {cores} workers": Local(cores),
        "local, 1 worker": Local(1),
        f"ray, {cores} workers": RayEngine(workers=cores),
        "ray, 1 worker": RayEngine(workers=1),
    }
    whole: dict[str, list[float]] = {name: [] for name in sides}
    work: dict[str, list[float]] = {name: [] for name in sides}
    begun = Begun()
    with tempfile.TemporaryDirectory() as folder, connected(None, cores):
        data = pieces(Path(folder), asked.clips)
        steps = [*sweep("reverb", [0, 3, 6, 9]), *sweep("distortion", [5])]
        plan = Plan(data, steps, [encoder("vibenet")], pool="mean")
        run(Plan(Dataset("one", data.items[:1]), steps, plan.encoders, pool="mean"), Store(Path(folder) / "warm"))
        first = None
        for number in range(asked.rounds):
            for name in list(sides)[:: 1 if number % 2 else -1]:
                store, begun.at = Store(Path(folder) / f"{number} {name}"), 0.0
                started = time.monotonic()
                run(plan, store, engine=sides[name])
                ended = time.monotonic()
                whole[name].append(ended - started)
                work[name].append(ended - (begun.at or started))
                rows = stacked(store.table("vibenet", "pooled")).tobytes()
                first = first or rows
                if rows != first:
                    raise SystemExit(f"{name}: other rows")
    show(asked.clips, whole, work)


def show(clips: int, whole: dict[str, list[float]], work: dict[str, list[float]]) -> None:
    table = Table(
        "engine", "whole run, s", "work, s", title=f"{clips} clips of {SECONDS:.0f} s × 5 variants, equal rows"
    )
    seconds = {name: statistics.median(each) for name, each in work.items()}
    for name, each in whole.items():
        table.add_row(name, f"{statistics.median(each):.1f}", f"{seconds[name]:.1f}")
    console = Console()
    console.print(table)
    local, local_one, all_workers, one = seconds.values()
    of_local, of_one = local / all_workers, one / all_workers
    console.print(f"Ray's throughput: {of_local:.2f} of the local engine's, {of_one:.2f} times that of one worker.")
    console.print(f"The local engine with all workers has {local_one / local:.2f} times the throughput of one.")
    console.print(f"Wanted: {OF_LOCAL} and {OF_ONE}.")
    if of_local < OF_LOCAL or of_one < OF_ONE:
        console.print("a target is missed")


if __name__ == "__main__":
    main()
