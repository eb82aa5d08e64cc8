"""How much memory an analysis takes beside its vectors: those of one layer in a store, read and analysed in blocks.

    python -m benchmarks.analysis_memory [--rows 100000] [--dim 256] [--in-memory]

A store of generated vectors is made: two sets of clips for `wetdry fad`, and clips at ten strengths of an effect for
`wetdry study sensitivity`. Then each analysis is run in a process of its own that reads the store and lays the vectors
in a file, as where memory has no room for them: the distances of both sets, of which FAD∞ and the like are of 1000
rows drawn; correlation with its null, sample-wise correlation, paths and dimensions. With `--in-memory` each runs a
second time with all of it in memory, and what the two runs give must agree within 1e-6.

"Resident" is the largest resident set, which counts what is looked at of the file, too, as long as nothing else wants
the memory; "anonymous" is the part of it that the system cannot take back. A million rows of 1024 dimensions take 8 GB
of disk.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table

from wetdry.audio import Windows
from wetdry.effects import Step
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.extract.threads import single_threaded_kernels
from wetdry.store import Embedded, Store, VariantKey
from wetdry.studies.deformations import DRY, StoredDeformation
from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.distances import analyse as distances
from wetdry.studies.fad.stored import StoredRows, StoredSets
from wetdry.studies.grids import select_grids
from wetdry.studies.sensitivity.analysis import analyse as deformation
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.stored_layer import StoredLayer

Tables = dict[str, pd.DataFrame]
Texts = npt.NDArray[np.str_]
RECIPE, LAYER, SHARD_NUMBERS = "1s", "top", 2**23
SAME = 1e-6
BOUND = 24.0
"""GB of resident memory that a run of any size must stay within."""
(GRID,) = select_grids("reverb", "1-10")
FAD = FadConfig(first="A", second="B", rows=1000)
SENSITIVITY = SensitivityConfig(data="generated", permutations=19, resamples=100)


def spec(dim: int) -> EncoderSpec:
    return EncoderSpec("generated", "1", 8000, Windows(1.0), (Layer(LAYER, dim),), LAYER, "none", "noise")


def stored_layer(folder: Path, dim: int) -> StoredLayer:
    return StoredLayer(Store(folder), spec(dim).key, "generated", LAYER, RECIPE, dim)


def fill(layer: StoredLayer, clips: Texts, steps: list[Step]) -> None:
    """Publish clips that differ, and move along a common direction with the step, in shards of some 32 MiB."""
    direction = np.random.default_rng(440).standard_normal(layer.dim) / math.sqrt(layer.dim)
    keys = [VariantKey(step.effect.key, step.effect.revision, RECIPE) for step in steps]
    each = max(1, SHARD_NUMBERS // (layer.dim * len(steps)))
    for first in range(0, len(clips), each):
        rng, some = np.random.default_rng([440, first, len(clips)]), clips[first : first + each]
        vectors = rng.standard_normal((len(some), 1, layer.dim)) * np.linspace(0.1, 2.0, layer.dim) + 5.0
        vectors = vectors + np.arange(len(steps))[:, np.newaxis] * direction
        vectors = (vectors + 0.3 * rng.standard_normal(vectors.shape)).astype(np.float32)
        parts = [
            Embedded(str(clip), key, "family", None, None, np.zeros(1, dtype=np.float32), vector[np.newaxis])
            for clip, of_clip in zip(some, vectors, strict=True)
            for key, vector in zip(keys, of_clip, strict=True)
        ]
        layer.store.append(spec(layer.dim), LAYER, parts)


def names(count: int) -> Texts:
    return np.array([f"{number:08x}" for number in range(count)])


def two_sets(layer: StoredLayer, rows: int) -> StoredSets:
    """So many clips without effect, half of them in either set."""
    halves = np.array_split(names(rows), 2)
    return StoredSets(*(StoredRows(layer, half, half, half, np.full(len(half), "")) for half in halves))


def one_deformation(layer: StoredLayer, rows: int) -> StoredDeformation:
    """Clips with so many wet vectors in all, at ten strengths."""
    clips = names(rows // len(GRID.steps))
    table = pd.DataFrame(dict.fromkeys(("item", "path", "clip", "group"), clips)).assign(label="", split="")
    return StoredDeformation(layer, GRID, table, "nothing is missing")


def of_sets(layer: StoredLayer, rows: int, *, in_memory: bool) -> Tables:
    return distances(two_sets(layer, rows).read(math.inf if in_memory else 0.0), FAD)


def of_deformation(layer: StoredLayer, rows: int, *, in_memory: bool) -> Tables:
    found = one_deformation(layer, rows).read(math.inf if in_memory else 0.0)
    return deformation(found, SENSITIVITY, whole=False, in_blocks=not in_memory)


ANALYSES: dict[str, Callable[..., Tables]] = {"fad": of_sets, "sensitivity": of_deformation}


def prepare(kind: str, layer: StoredLayer, rows: int) -> None:
    """Publish what an analysis reads."""
    if kind == "fad":
        fill(layer, names(rows), [DRY])
    else:
        fill(layer, names(rows // len(GRID.steps)), [DRY, *GRID.steps])


class Watch:
    """The largest anonymous memory of this process, looked at fifty times a second."""

    def __enter__(self) -> Watch:
        self.largest, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.largest = max(self.largest, status("RssAnon"))


def status(name: str) -> float:
    """GB that the system tells of this process under a name."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.split(f"{name}:")[1].split()[0]) * 1024 / 1e9


def child(options: argparse.Namespace) -> None:
    """Run one analysis, keep its tables, and print what it took."""
    layer = stored_layer(options.child / "store", options.dim)
    before, began = status("RssAnon"), time.monotonic()
    with Watch() as watch, single_threaded_kernels():
        tables = ANALYSES[options.kind](layer, options.rows, in_memory=options.in_memory)
    took = {"resident": status("VmHWM"), "anonymous": watch.largest, "before": before}
    for name, table in tables.items():
        table.to_parquet(options.child / f"{name}-{options.in_memory}.parquet")
    print(json.dumps(took | {"seconds": time.monotonic() - began}))


def run(folder: Path, kind: str, options: argparse.Namespace, *, in_memory: bool) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.analysis_memory", "--child", str(folder), "--kind", kind]
    command += ["--rows", str(options.rows), "--dim", str(options.dim), *(["--in-memory"] if in_memory else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def difference(folder: Path) -> float:
    """The largest difference of the figures of both runs, relative where they are large, absolute where small."""
    apart = 0.0
    for path in folder.glob("*-False.parquet"):
        blocks = pd.read_parquet(path).select_dtypes("number")
        whole = pd.read_parquet(path.with_name(path.name.replace("False", "True"))).select_dtypes("number")
        pd.testing.assert_frame_equal(blocks.isna(), whole.isna())
        off = (blocks - whole).abs() / whole.abs().clip(lower=1.0)
        apart = max(apart, float(off.max().max())) if off.size else apart
    return apart


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rows", type=int, default=100_000, help="vectors, without the dry ones of the clips that move"
    )
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--in-memory", action="store_true", help="a second time with all of it in memory, and compare")
    parser.add_argument("--kind", choices=list(ANALYSES), help="this analysis alone")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        child(options)
        return
    size = options.rows * options.dim * 4 / 1e9
    title = f"{options.rows} vectors of {options.dim} dimensions: {size:.2f} GB"
    table = Table(
        "analysis", "vectors", "resident GB", "anonymous GB", "× vectors", "seconds", "difference", title=title
    )
    kept = True
    for kind in [options.kind] if options.kind else ANALYSES:
        with tempfile.TemporaryDirectory() as folder:
            prepare(kind, stored_layer(Path(folder) / "store", options.dim), options.rows)
            for in_memory in (False, True) if options.in_memory else (False,):
                took = run(Path(folder), kind, options, in_memory=in_memory)
                apart = difference(Path(folder)) if in_memory else 0.0
                kept &= apart <= SAME and took["resident"] <= BOUND
                table.add_row(
                    kind,
                    "in memory" if in_memory else "in a file",
                    *(f"{took[name]:.2f}" for name in ("resident", "anonymous")),
                    f"{(took['anonymous'] - took['before']) / size:.1f}",
                    f"{took['seconds']:.0f}",
                    f"{apart:.0e}" if in_memory else "",
                )
    Console(width=110).print(table)
    if not kept:
        raise SystemExit("More memory than wanted, or not the same figures.")


if __name__ == "__main__":
    main()
