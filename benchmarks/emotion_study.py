"""How fast estimates under effects are made: the study's way, and the loop of the published code.

    python -m benchmarks.emotion_study [--clips 4] [--seconds 15] [--rounds 3]

Both sides do the same job in this one run, in turn, on generated music: six published effects at ten levels, stereo
44.1 kHz, through the embedded model and a probe of boosted trees. The best round of each side counts.

- The loop goes, as published, effect by effect, level by level, clip by clip: decode, effect, vector, prediction. Its
  effects, its encoder and its probe are the same as the study's, so that what differs is the order of work.
- The study decodes each clip once, keeps every core busy, and asks the probe about all vectors of a variant at once.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from benchmarks.music import generated
from wetdry.audio import load
from wetdry.datasets import Dataset
from wetdry.effects import Step, sweep
from wetdry.encoders import encoder
from wetdry.extract import Plan, run
from wetdry.probes import Probe, fit_probe
from wetdry.store import Store
from wetdry.studies.deformations import POOL
from wetdry.studies.matrix import matrix

EFFECTS = ("reverb", "delay", "distortion", "eq", "chorus", "phaser")
LAYER = "pooled"
FASTER_THAN_THE_LOOP = 2.0
LARGEST_DIFFERENCE = 1e-5

Estimates = npt.NDArray[np.float64]


def probe_of(dim: int) -> Probe:
    """Boosted trees that tell four classes from vectors in which they can be told."""
    rng = np.random.default_rng(0)
    labels = np.repeat(["Q1", "Q2", "Q3", "Q4"], 50)
    vectors = rng.standard_normal((200, dim)) + np.repeat(rng.standard_normal((4, dim)), 50, axis=0)
    return fit_probe(
        vectors, labels, family="xgboost", settings={"n_estimators": 100, "max_depth": 3, "learning_rate": 0.1}
    )


def loop(dataset: Dataset, steps: list[Step], probe: Probe) -> Estimates:
    """Probabilities (clip, step, class), one at a time."""
    model = encoder("vibenet")
    rows = [
        [probe.estimate(model.embed(step.effect(load(item.path)), [LAYER])[LAYER]) for item in dataset]
        for step in steps
    ]
    return np.array(rows)[:, :, 0].swapaxes(0, 1)


def study(dataset: Dataset, steps: list[Step], probe: Probe, root: Path) -> Estimates:
    """The same by the engine and store of the study."""
    plan = Plan(dataset, steps, [encoder("vibenet")], {"vibenet": [LAYER]}, pool=POOL)
    store = Store(root)
    run(plan, store)
    clips = dict(zip(*(store.items().column(name).to_pylist() for name in ("item", "clip")), strict=True))
    found = matrix(store, plan.views[0], LAYER, [clips[item.id] for item in dataset], steps).vectors
    return np.stack([probe.estimate(found[:, place].astype(np.float64)) for place in range(len(steps))], axis=1)


def timed(call: Callable[[], Estimates]) -> tuple[float, Estimates]:
    began = time.perf_counter()
    given = call()
    return time.perf_counter() - began, given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    steps = [step for name in EFFECTS for step in sweep(name)]
    probe = probe_of(encoder("vibenet").spec.layer(LAYER).dim)
    loops, studies = [], []
    with tempfile.TemporaryDirectory() as folder:
        dataset = generated(Path(folder) / "music", options.clips, options.seconds)
        warm = Dataset("warm", dataset.items[:1])
        loop(warm, steps[::10], probe)
        study(warm, steps[::10], probe, Path(folder) / "warm")
        for index in range(options.rounds):
            seconds, plain = timed(lambda: loop(dataset, steps, probe))
            loops.append(seconds)
            seconds, ours = timed(lambda place=Path(folder) / f"store{index}": study(dataset, steps, probe, place))
            studies.append(seconds)
            assert np.abs(plain - ours).max() <= LARGEST_DIFFERENCE, np.abs(plain - ours).max()
    ratio = min(loops) / min(studies)
    table = Table(title=f"{len(dataset)} clips × {len(steps)} variants, rows equal to {LARGEST_DIFFERENCE:g}")
    for column in ("side", "best s", "ratio", "wanted"):
        table.add_column(column)
    table.add_row("published loop", f"{min(loops):.2f}", "", "")
    table.add_row("study", f"{min(studies):.2f}", f"{ratio:.2f}×", f"≥ {FASTER_THAN_THE_LOOP}×")
    Console().print(table)
    if ratio < FASTER_THAN_THE_LOOP:
        raise SystemExit(f"{ratio:.2f}× is less than {FASTER_THAN_THE_LOOP}×.")


if __name__ == "__main__":
    main()
