"""How fast a table of shifts gets its statistics: wetdry's, of all cells at once, against a loop over the cells.

    python -m benchmarks.emotion_tables [--clips 500] [--songs 250] [--cells N] [--rounds 5] [--threads 1]

The table has six effects × ten levels × three targets. Each cell gets the mean shift of its songs with the limits of a
studentised bootstrap over songs (2,000 resamples), and the p-value of the sign-flip test (9,999 flips). The loop does
so for one cell after another, and within it for one resample after another, as one would write it down for a single
cell: NumPy does the sums of each resample. Both sides start from the shifts of all clips, draw the same songs and flip
the same signs, and must give the same numbers. Of wetdry the best of `--rounds` counts, of the loop its only one.
With `--cells N` the loop runs over a random sample of N cells, and its time for all is taken in proportion.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from wetdry.analysis.statistics import mean_interval, sign_flip_p

Array = npt.NDArray[np.float64]
EFFECTS, LEVELS, TARGETS = 6, 10, 3
RESAMPLES, FLIPS, SEED = 2000, 9999, 0
FASTER, SECONDS = 50.0, 5.0
SAME = 1e-9


def generated(clips: int, songs: int) -> tuple[Array, npt.NDArray[np.int64]]:
    """Shifts (clip, effect, level, target) that grow with level and are alike within a song, and each clip's song."""
    rng = np.random.default_rng(1)
    song = rng.permutation(np.arange(clips) % songs)
    dose = rng.normal(0.0, 0.02, (EFFECTS, 1, TARGETS)) * np.arange(1, LEVELS + 1)[:, np.newaxis]
    of_song = rng.gamma(2.0, 0.1, (songs, EFFECTS, LEVELS, TARGETS)) - 0.2
    return dose + of_song[song] + rng.normal(0.0, 0.1, (clips, EFFECTS, LEVELS, TARGETS)), song


def table(shifts: Array, song: npt.NDArray[np.int64]) -> Array:
    """Mean, limits and p-value (4, effect, level, target) of all cells at once."""
    interval = mean_interval(shifts, song, resamples=RESAMPLES, seed=SEED)
    p = sign_flip_p(shifts, song, permutations=FLIPS, seed=SEED)
    return np.stack([interval.estimate, interval.low, interval.high, p])


def cell(shifts: Array, song: npt.NDArray[np.int64]) -> list[float]:
    """Mean, limits and p-value of the shifts (clip,) of one cell."""
    means = np.array([shifts[song == name].mean() for name in np.unique(song)])
    count, mean = len(means), means.mean()
    error = means.std(ddof=1) / np.sqrt(count)

    rng = np.random.default_rng(SEED)
    pivots = []
    for _ in range(RESAMPLES):
        drawn = np.repeat(means, rng.multinomial(count, np.full(count, 1.0 / count)))
        pivots.append((drawn.mean() - mean) / (drawn.std(ddof=1) / np.sqrt(count)))
    pivots.sort()
    tail = int((RESAMPLES + 1) * 0.025)

    rng = np.random.default_rng(SEED)
    extreme = 0
    for _ in range(FLIPS):
        signs = np.where(rng.integers(0, 2, count), -1.0, 1.0)
        extreme += abs(signs @ means) >= abs(means.sum()) * (1.0 - 1e-12)
    return [mean, mean - pivots[-tail] * error, mean - pivots[tail - 1] * error, (1 + extreme) / (1 + FLIPS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--songs", type=int, default=250)
    parser.add_argument("--cells", type=int, default=EFFECTS * LEVELS * TARGETS, help="cells that the loop is timed on")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="of BLAS, on both sides")
    options = parser.parse_args()
    shifts, song = generated(options.clips, options.songs)
    whole = EFFECTS * LEVELS * TARGETS
    cells = np.sort(np.random.default_rng(2).permutation(whole)[: options.cells])
    with threadpool_limits(options.threads):
        times = []
        for _ in range(options.rounds):
            began = time.perf_counter()
            ours = table(shifts, song).reshape(4, whole)
            times.append(time.perf_counter() - began)
        columns = shifts.reshape(len(shifts), whole)
        began = time.perf_counter()
        theirs = np.array([cell(columns[:, place], song) for place in cells]).T
        loop = (time.perf_counter() - began) * whole / len(cells)
    apart = float(np.abs(ours[:, cells] - theirs).max())
    show(options, cells.size, (loop, min(times)), apart)
    if apart > SAME or min(times) > SECONDS or loop < FASTER * min(times):
        raise SystemExit("a target is missed")


def show(options: argparse.Namespace, cells: int, seconds: tuple[float, float], apart: float) -> None:
    """Print the comparison."""
    loop, ours = seconds
    job = f"{EFFECTS} effects × {LEVELS} levels × {TARGETS} targets, {options.clips} clips of {options.songs} songs"
    shown = Table(title=f"Intervals and p-values of {job}")
    for heading in ("loop over cells, s", "wetdry, s", "target", "faster", "target", "largest difference"):
        shown.add_column(heading, justify="right")
    shown.add_row(f"{loop:.1f}", f"{ours:.2f}", f"< {SECONDS:g}", f"{loop / ours:.0f}", f"≥ {FASTER:g}", f"{apart:.0e}")
    Console(width=110).print(shown)
    if cells < EFFECTS * LEVELS * TARGETS:
        print(f"The loop was timed on a random sample of {cells} cells, and scaled.")


if __name__ == "__main__":
    main()
