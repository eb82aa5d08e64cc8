"""Real runs, killed at random moments, end with the same table as one that was left alone.

Six kills in a normal test run; WETDRY_KILLS=30 raises their number, WETDRY_KILL_SEED repeats a run.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from wetdry.audio import Clip, write_flac
from wetdry.store import Store, stacked

KILLS = int(os.environ.get("WETDRY_KILLS", "6"))
SEED = int(os.environ.get("WETDRY_KILL_SEED", "440"))
CLIPS, LEVELS = 8, 4

# An encoder and an effect slow enough to be hit, in a run that publishes ten times a second to a disk slow
# enough to be hit. The time goes into sleeps, so that tests beside it can run; the vectors are the samples
# themselves, so a lost, doubled or foreign row shows.
RUN = """
import os, sys, time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
import numpy as np
from wetdry.audio import Windows, load
from wetdry.datasets.base import Dataset, Item
from wetdry.effects import Effect, Matched, Step, parameter
from wetdry.encoders.base import Encoder, EncoderSpec, Layer
from wetdry.extract import Plan, run, shelf
from wetdry.store import Store

@dataclass(frozen=True)
class Fold(Effect):
    name: ClassVar[str] = "fold"
    drive: float = parameter(1.0, "gain before folding")

    def process(self, channel, sample_rate):
        time.sleep(0.01)
        return np.sin(np.float32(self.drive) * channel)

class Peaks(Encoder):
    layers = (Layer("high", 40), Layer("low", 40))
    spec = EncoderSpec("peaks", "1", 8000, Windows(0.5), layers, "high", "GPL-3.0-or-later", "for a test")

    def forward(self, prepared, layers):
        time.sleep(0.01)
        cells = prepared[:, :4000].reshape(len(prepared), 40, -1)
        values = {"high": cells.max(axis=2), "low": cells.min(axis=2)}
        return {layer: values[layer] for layer in layers}

folder, root = Path(sys.argv[1]), Path(sys.argv[2])
shelf.Shelf.__init__.__kwdefaults__["max_seconds"] = 0.1
sync = os.fsync
os.fsync = lambda handle: (time.sleep(0.01), sync(handle))
levels = range(1, int(sys.argv[3]) + 1)
effects = [Fold(drive=float(level)) for level in levels]
steps = [Step("fold", e.drive, e) for e in effects] + [Step("matched(fold)", e.drive, Matched(e)) for e in effects]
dataset = Dataset("folder", tuple(Item(path.stem, path) for path in sorted(folder.glob("*.flac"))))
plan = Plan(dataset, steps, [Peaks()], {"peaks": ["high", "low"]})
steps[-1].effect(load(dataset.items[0].path))  # what is imported on first use is imported now
print("ready", flush=True)
run(plan, Store(root), workers=2)
"""


def start(folder: Path, root: Path) -> subprocess.Popen[bytes]:
    """Start a run, and return when it has loaded everything and begins."""
    command = [sys.executable, "-c", RUN, str(folder), str(root), str(LEVELS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == b"ready\n"
    return process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(SEED)
    where = tmp_path_factory.mktemp("songs")
    for index in range(CLIPS):
        noise = np.clip(0.2 * rng.standard_normal((2, 24_000)), -1, 1).astype(np.float32)
        write_flac(where / f"{index}.flac", Clip(noise, 8000))
    return where


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, float]:
    """The store of a run that was left alone, and how long it took, in seconds."""
    root = tmp_path_factory.mktemp("undisturbed") / "store"
    process, began = start(folder, root), time.monotonic()
    assert process.wait(timeout=120) == 0
    duration = time.monotonic() - began
    assert Store(root).ls()[0].shards > 3, "too few shards to tell a kill between them"
    return Store(root), duration


def assert_same(store: Store, reference: Store) -> None:
    for layer in ("high", "low"):
        table, expected = store.table("peaks", layer), reference.table("peaks", layer)
        assert table.num_rows == CLIPS * LEVELS * 2 * 6
        assert stacked(table).tobytes() == stacked(expected).tobytes()
        assert table.equals(expected)


def test_a_killed_run_ends_like_one_that_was_left_alone(
    folder: Path, undisturbed: tuple[Store, float], tmp_path: Path
) -> None:
    reference, duration = undisturbed
    rng = random.Random(SEED)  # noqa: S311
    root, struck, halfway = tmp_path / "0", [], 0
    while len(struck) < KILLS:
        process = start(folder, root)
        # A run goes on from where the one before was killed, so later kills strike later parts of the work.
        after = rng.uniform(0.2, 0.9) * duration
        try:
            assert process.wait(timeout=after) == 0
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            if process.wait() == -signal.SIGKILL:
                struck.append(round(after, 3))
                halfway += bool(Store(root).layers())
                continue
        # It was through: compare, and begin with an empty store, sooner to be struck.
        assert_same(Store(root), reference)
        root, duration = tmp_path / str(len(struck)), 0.9 * duration
    print(f"WETDRY_KILL_SEED={SEED}: killed after {struck} s, {halfway} times with shards there")  # noqa: T201
    assert halfway
    assert start(folder, root).wait(timeout=120) == 0
    store = Store(root)
    assert_same(store, reference)
    store.gc()
    store.compact()
    assert_same(store, reference)
    assert store.verify().clean
    assert store.failures().num_rows == 0


def test_two_runs_into_one_store_end_like_one(folder: Path, undisturbed: tuple[Store, float], tmp_path: Path) -> None:
    processes = [start(folder, tmp_path / "store") for _ in range(2)]
    for process in processes:
        assert process.wait(timeout=120) == 0
    store = Store(tmp_path / "store")
    assert_same(store, undisturbed[0])
    store.gc()
    store.compact()
    assert store.ls()[0].rows == CLIPS * LEVELS * 2 * 6
    assert store.verify().clean
