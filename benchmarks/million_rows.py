"""A store of a million rows: planning a run that has nothing left to do, queries, verifying, compacting, and its size.

    python -m benchmarks.million_rows [--rows 1000000] [--effects 100] [--dim 64] [--bundle 1000] [--folder FOLDER]

The rows are simulated: normal vectors, which compress worse than embeddings do, of ROWS / EFFECTS clips under EFFECTS
gains, published a bundle of rows a shard as the workers of a cluster do. Each line is a process of its own, timed
inside, with its peak resident size (`import` is one that only imports the package); planning is measured for the same
clips under a tenth of the effects too. What the operating system has cached of the files is not cleared in between.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from wetdry.audio import Windows
from wetdry.datasets.base import Dataset, Item
from wetdry.effects import Gain, Step
from wetdry.encoders.base import Encoder, EncoderSpec, Layer
from wetdry.extract import Plan
from wetdry.extract.ledger import Ledger
from wetdry.store import Embedded, ItemRow, Store, VariantKey, recipe

MOST_SECONDS, MOST_SIZE, MOST_GROWTH = 10.0, 1.05, 1.2
"""Of planning; of the store beside raw float32; of planning's peak, at ten times the rows of as many clips."""
WINDOWS = Windows(1.0)


class Simulated(Encoder):
    """An encoder whose vectors are in the store already."""

    def __init__(self, dim: int) -> None:
        self.dim = dim

    @property
    def spec(self) -> EncoderSpec:
        layers = (Layer("only", self.dim),)
        return EncoderSpec("simulated", "1", 16_000, WINDOWS, layers, "only", "GPL-3.0-or-later", "for a benchmark")

    def ready(self) -> None: ...

    def forward(self, prepared: np.ndarray, layers: tuple[str, ...]) -> dict[str, np.ndarray]:
        raise NotImplementedError


def clip(number: int) -> str:
    """What could be the hash of its samples."""
    return f"{(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % (1 << 128):032x}"


def steps(effects: int) -> list[Step]:
    return [Step("gain", float(n), Gain(gain_db=-0.2 * n)) for n in range(effects)]


def plan(clips: int, effects: int, dim: int) -> Plan:
    items = tuple(Item(f"{n:07}", Path(f"/music/{n:07}.flac")) for n in range(clips))
    return Plan(Dataset("simulated", items), steps(effects), [Simulated(dim)], windows=WINDOWS, pool="mean")


def fill(store: Store, clips: int, effects: int, dim: int, bundle: int) -> dict[str, float]:
    """Publish all rows, and say how large the store is beside its numbers alone."""
    spec, how, rng = Simulated(dim).spec, recipe(WINDOWS, "mean"), np.random.default_rng(440)
    variants = [(s, VariantKey(s.effect.key, s.effect.revision, how)) for s in steps(effects)]
    starts, parts = np.zeros(1, np.float32), []
    for number in range(clips):
        vectors = rng.standard_normal((effects, 1, dim), dtype=np.float32)
        parts += [
            Embedded(clip(number), key, step.family, step.level, None, starts, vector)
            for (step, key), vector in zip(variants, vectors, strict=True)
        ]
        if len(parts) >= bundle or number == clips - 1:
            store.append(spec, "only", parts)
            parts = []
    for first in range(0, clips, 10_000):
        names = range(first, min(first + 10_000, clips))
        store.append_items(
            [
                ItemRow("simulated", f"{n:07}", f"/music/{n:07}.flac", clip(n), "0/all", clip(n), f"{n:07}", "", "{}",
                        30.0, 44_100, 2)
                for n in names
            ]
        )  # fmt: skip
    (held,) = store.ls()
    return {"shards": held.shards, "size": held.bytes / (4 * clips * effects * dim)}


def planned(store: Store, clips: int, effects: int, dim: int) -> dict[str, float]:
    """Ask for every clip what of it is missing."""
    ledger = Ledger(plan(clips, effects, dim), store)
    return {"missing": sum(len(ledger.missing(clip(number))) for number in range(clips))}


def step_named(name: str, store: Store, clips: int, effects: int, dim: int, bundle: int) -> Callable[[], object]:
    """What one process does."""
    return {
        "import": dict,
        "fill": lambda: fill(store, clips, effects, dim, bundle),
        "plan": lambda: planned(store, clips, effects, dim),
        "ls": lambda: {"shards": store.ls()[0].shards},
        "vectors of one clip": lambda: {
            "rows": len(store.vectors("simulated", "only", clips=[clip(clips // 2)], recipe="1s+mean"))
        },
        "vectors of one effect": lambda: {
            "rows": len(store.vectors("simulated", "only", effects=[steps(effects)[-1].effect.key]))
        },
        "all vectors": lambda: {"rows": len(store.vectors("simulated", "only"))},
        "all in batches": lambda: {"rows": sum(map(len, store.batches("simulated", "only", ["clip", "vector"])))},
        "verify": lambda: {"clean": store.verify().clean},
        "compact": lambda: {"into": store.compact().into},
    }[name]


def child(name: str, folder: Path, clips: int, effects: int, dim: int, bundle: int) -> None:
    """Do one thing, and print what it found, how long it took, and this process's peak resident size in MiB."""
    work = step_named(name, Store(folder), clips, effects, dim, bundle)
    began = time.perf_counter()
    found = work()
    took = time.perf_counter() - began
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({"found": found, "seconds": took, "peak": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--effects", type=int, default=100)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--bundle", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="where the stores are made; a temporary folder if left out")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    clips = options.rows // options.effects
    if options.step:
        child(options.step, options.folder, clips, options.effects, options.dim, options.bundle)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        measure(Path(folder), options.rows, options.effects, options.dim, options.bundle)


def measure(folder: Path, rows: int, effects: int, dim: int, bundle: int) -> None:
    table = Table("step", "rows", "found", "s", "peak MiB", title=f"{rows:,} rows of {dim} numbers")

    def do(name: str, share: int = 1) -> dict[str, float]:
        """One step with all of the effects, or a share of them."""
        options = {"--folder": folder / str(share), "--rows": rows // share, "--effects": effects // share}
        options |= {"--dim": dim, "--bundle": bundle}
        given = [str(part) for option in options.items() for part in option]
        command = [sys.executable, "-m", "benchmarks.million_rows", "--step", name, *given]
        said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        found = ", ".join(f"{key} {value:,.6g}" for key, value in said["found"].items())
        table.add_row(name, f"{rows // share:,}", found, f"{said['seconds']:.2f}", f"{said['peak']:,.0f}")
        return {**said["found"], "seconds": said["seconds"], "peak": said["peak"]}

    missed = []
    do("import")
    if (size := do("fill")["size"]) > MOST_SIZE:
        missed.append(f"the store is {size:.3f} of raw float32, wanted {MOST_SIZE}")
    do("fill", 10)
    few = do("plan", 10)["peak"]
    for compacted in (False, True):
        if compacted:
            do("compact")
        every = do("plan")
        if every["missing"]:
            missed.append(f"{every['missing']} of the rows that are there were planned again")
        if every["seconds"] > MOST_SECONDS:
            missed.append(f"planning took {every['seconds']:.1f} s, wanted {MOST_SECONDS}")
        if every["peak"] > MOST_GROWTH * few:
            missed.append(f"planning took {every['peak'] / few:.2f} × the memory, wanted {MOST_GROWTH}")
        for name in ("ls", "vectors of one clip", "vectors of one effect", "all in batches", "verify"):
            do(name)
    Console().print(table)
    if missed:
        raise SystemExit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
