"""How fast a Fréchet distance is found: by singular values against the matrix square root that defines it.

    python -m benchmarks.frechet [--clips 1000] [--rounds 3]

Both sides get the same generated embeddings in this run, on one thread, and must agree. The reference is scipy's
`sqrtm` of the product of the covariances, its imaginary part dropped, as is usual; with fewer clips than dimensions
that product is singular and the reference itself is uncertain, by how much is printed. The best round of each counts;
the reference in 2048 dimensions has one.

With n clips of d dimensions the reference takes two covariances (2 n d²) and a Schur decomposition of a d × d matrix
(some 25 d³, in sequential steps that BLAS cannot help); wetdry takes the product of the two sets (n² d, or after two
QR decompositions d³) and the singular values of a min(n, d) square matrix, without vectors.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from scipy.linalg import sqrtm
from threadpoolctl import threadpool_limits

from wetdry.analysis.frechet import frechet_distance

Array = npt.NDArray[np.float64]
FASTER = {512: 2.0, 2048: 25.0}
SAME = 1e-6


def generated(clips: int, dim: int) -> tuple[Array, Array]:
    """Two sets (clip, dim) of different means, with correlated dimensions as embeddings have them."""
    rng = np.random.default_rng(440)
    mixing = rng.standard_normal((dim, dim)) / np.sqrt(dim)
    first, second = (rng.standard_normal((clips, dim)) @ mixing for _ in range(2))
    return first, 1.2 * second + 0.1 * rng.standard_normal(dim)


def reference(a: Array, b: Array) -> float:
    """The definition, by scipy's matrix square root."""
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(first @ second).real
    return float(np.square(a.mean(axis=0) - b.mean(axis=0)).sum() + np.trace(first + second - 2.0 * root))


def best(rounds: int, call: Callable[[], float]) -> tuple[float, float]:
    """Seconds of the fastest round, and what it gave."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = call()
        seconds.append(time.perf_counter() - began)
    return min(seconds), found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=1000, help="clips of each set")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each side")
    asked = parser.parse_args(arguments)
    table = Table("dim", "ratio", "wanted", "wetdry s", "scipy s", "relative difference", title="Fréchet distance")
    kept = True
    for dim, wanted in FASTER.items():
        a, b = generated(asked.clips, dim)
        with threadpool_limits(1):
            ours, found = best(asked.rounds, lambda a=a, b=b: frechet_distance(a, b))  # type: ignore[misc]
            rounds = 1 if dim > asked.clips else asked.rounds
            theirs, expected = best(rounds, lambda a=a, b=b: reference(a, b))  # type: ignore[misc]
        difference = abs(found - expected) / expected
        fine = theirs / ours >= wanted and difference <= SAME
        kept &= fine
        table.add_row(
            f"{dim}", f"{theirs / ours:.1f}×", f"{wanted:g}×", f"{ours:.3f}", f"{theirs:.2f}", f"{difference:.1e}"
        )
    Console().print(table)
    if not kept:
        raise SystemExit("Slower than wanted, or not the same distance.")


if __name__ == "__main__":
    main()
