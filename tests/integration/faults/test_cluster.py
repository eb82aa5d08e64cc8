"""Runs on a Ray cluster in which a worker, a node or the driver is killed end like one that was left alone.

One strike of each kind in a normal test run; WETDRY_STRIKES=30 raises their number, WETDRY_STRIKE_SEED repeats a run.
"""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import clustered
import psutil
import pytest
import struck_run

from wetdry.extract import run
from wetdry.store import Store

pytest.importorskip("ray")

STRIKES = int(os.environ.get("WETDRY_STRIKES", "1"))
SEED = int(os.environ.get("WETDRY_STRIKE_SEED", "440"))
SUPPORT = Path(struck_run.__file__).parent
WINDOW = 4.0
"""Seconds within which a strike falls; a run takes about so long once its workers have begun."""


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    clustered.songs(folder, struck_run.CLIPS)
    return folder


@pytest.fixture(scope="module")
def undisturbed(songs: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("undisturbed"))
    run(clustered.plan(clustered.opened(songs), struck_run.LEVELS), store)
    return store


def start(kind: str, delay: float, songs: Path, store: Path) -> subprocess.Popen[str]:
    surroundings = {
        **os.environ,
        "PYTHONPATH": str(SUPPORT),
        "RAY_worker_niceness": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    surroundings.pop("RAY_ADDRESS", None)
    command = [sys.executable, struck_run.__file__, kind, str(delay), str(songs), str(store)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings)


def wait_for(line: str, process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    return any(said.strip() == line for said in process.stdout)


@pytest.mark.parametrize("kind", ["worker", "node"])
def test_a_run_that_loses_a_worker_or_a_node_ends_like_one_that_was_left_alone(
    kind: str, songs: Path, undisturbed: Store, tmp_path: Path
) -> None:
    rng = random.Random(f"{SEED} {kind}")  # noqa: S311
    for number in range(STRIKES):
        delay, root = rng.uniform(0, WINDOW), tmp_path / str(number)
        process = start(kind, delay, songs, root)
        was_struck = "struck" in process.communicate()[0]
        assert process.returncode == 0
        print(f"WETDRY_STRIKE_SEED={SEED}: {kind} {delay:.2f} s {was_struck}")  # noqa: T201
        assert_like(Store(root), undisturbed)


def test_a_run_whose_driver_is_killed_goes_on_where_it_was(songs: Path, undisturbed: Store, tmp_path: Path) -> None:
    rng = random.Random(f"{SEED} driver")  # noqa: S311
    for number in range(STRIKES):
        delay, root = rng.uniform(0, WINDOW), tmp_path / str(number)
        process = start("driver", delay, songs, root)
        assert wait_for("struck", process)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # What was started for this cluster alone would go on for a while; workers end with their driver.
        workers = [one for one in family if one.is_running() and one.name().startswith("ray::Worker")]
        _, alive = psutil.wait_procs(workers, timeout=60)
        for one in family:
            if one.is_running():
                one.kill()
        assert not alive
        there = Store(root).ls()
        print(f"WETDRY_STRIKE_SEED={SEED}: driver {delay:.2f} s, {sum(h.rows for h in there)} rows")  # noqa: T201
        # Another engine finishes what this one began.
        run(clustered.plan(clustered.opened(songs), struck_run.LEVELS), Store(root))
        Store(root).gc()
        Store(root).compact()
        assert_like(Store(root), undisturbed)


def assert_like(store: Store, undisturbed: Store) -> None:
    clustered.assert_same_rows(store, undisturbed)
    verdict = store.verify()
    assert [*verdict.damaged, *verdict.foreign, *verdict.gaps, *verdict.orphans] == []
    store.gc()
    store.compact()
    assert store.verify().clean
    clustered.assert_same_rows(store, undisturbed)
    expected = {(h.encoder, h.layer): h.rows for h in undisturbed.ls()}
    assert {(h.encoder, h.layer): h.rows for h in store.ls()} == expected, "no row twice"
