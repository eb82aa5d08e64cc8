"""Runs on a Ray cluster in which a worker, a node or the driver is killed end like one that was left alone."""

import signal
from pathlib import Path

import psutil
import pytest

from wetdry.store import Store

pytest.importorskip("ray")


@pytest.mark.parametrize("kind", ["worker", "node"])
def test_a_run_that_loses_a_worker_or_a_node_ends_like_one_that_was_left_alone(kind, faults, tmp_path: Path) -> None:
    for number, moment in faults.strikes(kind):
        root = tmp_path / str(number)
        process = faults.start(kind, moment, root)
        process.communicate()
        assert process.returncode == 0
        faults.check(kind, Store(root))


def test_a_run_whose_driver_is_killed_goes_on_where_it_was(faults, waiting, tmp_path: Path) -> None:
    for number, moment in faults.strikes("driver"):
        root = tmp_path / str(number)
        process = faults.start("caller", moment, root)
        assert waiting("struck", process)
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
        store = Store(root)
        faults.finish("driver", store)
        store.gc()
        faults.check("driver", store)
