"""How fast canonical directions of an effect are found: wetdry's closed forms against scikit-learn's CCA.

    python -m benchmarks.cca [--clips 300] [--strengths 31] [--rounds 3] [--loop 20] [--threads N]

Both sides get the same generated embeddings in this one run and must find the same directions. The best round of
each counts (scikit-learn's global fit, which takes many seconds, has one). Its loop over clips is timed on the first
`--loop` clips, and its time for all of them taken in proportion; the comparison of directions is on the same clips.
The column "and cross-validated" is wetdry's alone: what the test on clips or strengths left out costs beside
scikit-learn's bare fit.

`--threads 1` gives ratios of processor time, which do not depend on what else runs. By default both sides may use the
threads that the libraries choose: wetdry takes a clip a thread, while scikit-learn's small matrices are shared out
over all of them, which makes its loop slower, many times so on busy cores.

On one thread of an AMD EPYC (48 GFlop/s in large products), 31 strengths in 2048 dimensions take scikit-learn 2.9 ms
a clip, 1.9 of them in a singular value decomposition. wetdry takes 0.28 ms: 0.05 to read the clip from memory, at
10 GB/s, 0.14 for its inner products (2.0 MFlop, at the 14 GFlop/s that OpenBLAS reaches with 31 rows), 0.03 for
differences and another 0.03 for the inverse. If the first two were all, the ratio would be 15; a greater one takes
more threads. The global fit takes 0.96 s, of which the inner products, 39 GFlop at that machine's full speed, are 0.77:
a ratio above 16 is out of reach.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from sklearn.cross_decomposition import CCA
from threadpoolctl import threadpool_limits

from wetdry.analysis.cca import global_cca, samplewise_cca

Array = npt.NDArray[np.float64]
Clock = Callable[[], float]
DIMENSIONS = (512, 2048)
FASTER = {("global", 512): 5.0, ("global", 2048): 12.0, ("sample-wise", 2048): 20.0}
FASTER_ON_ONE_THREAD = {("global", 512): 5.0, ("global", 2048): 10.0, ("sample-wise", 2048): 8.0}
SAME = 1e-6


def generated(clips: int, strengths: int, dim: int) -> Array:
    """Clips that differ, move along a common direction with the strength, and tremble: (clip, strength, dim)."""
    rng = np.random.default_rng(440)
    path = np.linspace(0, 1, strengths)[:, np.newaxis] * rng.standard_normal(dim)
    tremble = rng.standard_normal((clips, strengths, dim))
    return rng.standard_normal((clips, 1, dim)) + rng.uniform(0.5, 1.5, (clips, 1, 1)) * path + tremble


def reference(rows: Array, strengths: Array) -> Array:
    """Direction (dim,) of rows (n, dim) as scikit-learn finds it."""
    return CCA(n_components=1, scale=False).fit(rows, strengths[:, np.newaxis]).x_weights_[:, 0]


def best(rounds: int, call: Callable[[], Any], clock: Clock) -> tuple[float, Any]:
    """Seconds of the fastest round, and what it returned."""
    seconds = []
    for _ in range(rounds):
        began = clock()
        given = call()
        seconds.append(clock() - began)
    return min(seconds), given


def difference(ours: Array, theirs: Array) -> float:
    """Largest difference of unit directions (…, dim) up to their signs."""
    signs = np.sign((ours * theirs).sum(axis=-1, keepdims=True))
    return float(np.abs(ours - signs * theirs).max())


def globally(vectors: Array, rounds: int, clock: Clock) -> tuple[float, float, float]:
    """How many times faster, the same with cross-validation on our side, and the difference of directions."""
    strengths = np.arange(vectors.shape[1], dtype=np.float64)
    rows, of_rows = vectors.reshape(-1, vectors.shape[2]), np.tile(strengths, len(vectors))
    ours, found = best(rounds, lambda: global_cca(vectors, strengths, folds=None), clock)
    tested, _ = best(rounds, lambda: global_cca(vectors, strengths), clock)
    theirs, expected = best(1, lambda: reference(rows, of_rows), clock)
    return theirs / ours, theirs / tested, difference(found.direction, expected)


def samplewise(vectors: Array, rounds: int, clock: Clock, loop: int) -> tuple[float, float, float]:
    """As `globally`, for a direction a clip."""
    strengths = np.arange(vectors.shape[1], dtype=np.float64)
    ours, found = best(rounds, lambda: samplewise_cca(vectors, strengths, folds=None), clock)
    tested, _ = best(rounds, lambda: samplewise_cca(vectors, strengths), clock)
    theirs, expected = best(rounds, lambda: np.stack([reference(rows, strengths) for rows in vectors[:loop]]), clock)
    theirs *= len(vectors) / loop
    return theirs / ours, theirs / tested, difference(found.directions[:loop], expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--strengths", type=int, default=31)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loop", type=int, default=20)
    parser.add_argument("--threads", type=int, help="of BLAS, on both sides; as the libraries choose by default")
    options = parser.parse_args()
    job = f"{options.clips} clips × {options.strengths} strengths"
    table = Table(title=f"Canonical directions: {job}, times faster than scikit-learn")
    for column in ("", "dimensions", "faster", "target", "and cross-validated", "difference"):
        table.add_column(column, justify="left" if not column else "right")
    with threadpool_limits(options.threads):
        missed = filled(table, options)
    Console(width=110).print(table)
    print(f"scikit-learn's sample-wise loop was timed on {options.loop} clips of {options.clips}, and scaled.")
    if missed:
        raise SystemExit("a target is missed")


def filled(table: Table, options: argparse.Namespace) -> bool:
    """Fill the table, and tell whether a target is missed."""
    one_thread = options.threads == 1
    clock = time.process_time if one_thread else time.perf_counter
    targets = FASTER_ON_ONE_THREAD if one_thread else FASTER
    missed = False
    for dim in DIMENSIONS:
        vectors = generated(options.clips, options.strengths, dim)
        for kind, (faster, tested, apart) in (
            ("global", globally(vectors, options.rounds, clock)),
            ("sample-wise", samplewise(vectors, options.rounds, clock, options.loop)),
        ):
            assert apart < SAME, f"the {kind} directions differ by {apart:.1e} at {dim} dimensions"
            target = targets.get((kind, dim))
            missed |= target is not None and faster < target
            wanted = "" if target is None else f"≥ {target:g}"
            table.add_row(kind, str(dim), f"{faster:.1f}", wanted, f"{tested:.1f}", f"{apart:.0e}")
    return missed


if __name__ == "__main__":
    main()
