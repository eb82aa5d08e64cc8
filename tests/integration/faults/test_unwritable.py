"""Runs on a Ray cluster whose store cannot be written any more, on a disk or across a network."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import object_store
import pytest

from wetdry.store import Store

pytest.importorskip("ray")


class SmallDisk:
    """A file system of its own of a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ballast = folder / "ballast"

    def fill(self) -> None:
        """To the last byte."""
        with suppress(OSError), self.ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        with suppress(OSError), self.ballast.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(1))

    def forbid(self) -> None:
        """Make it read-only, as a disk becomes that has failed."""
        for _ in range(2000):
            # The system refuses while a file is open for writing.
            if subprocess.run(["mount", "-o", "remount,ro", self.folder], capture_output=True).returncode == 0:
                return
            time.sleep(0.001)
        raise AssertionError("something is written all the time")

    def restore(self) -> None:
        subprocess.run(["mount", "-o", "remount,rw", self.folder], check=True)
        self.ballast.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"needs to mount a small file system: {mounted.stderr.strip()}")
    yield SmallDisk(folder)
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize(
    ("kind", "why"), [("full disk", "No space left on device"), ("read-only disk", "Read-only file system")]
)
def test_a_run_that_can_write_no_more_says_so_and_the_next_goes_on(kind, why, faults, waiting, disk) -> None:
    for number, moment in faults.strikes(kind):
        root = disk.folder / str(number)
        process = faults.start("caller", moment, root)
        assert waiting("struck", process)
        disk.fill() if kind == "full disk" else disk.forbid()
        told = process.communicate()[0]
        disk.restore()
        store = Store(root)
        # All may have been written before.
        assert process.returncode == (2 if told else 0)
        if told:
            assert told.startswith("wetdry: ")
            assert f"cannot be written ({why})" in told
            assert told.count("\n") == 1
            faults.finish(kind, store)
        faults.check(kind, store)


@pytest.fixture
def gate() -> Iterator[object_store.Gate]:
    pytest.importorskip("moto")
    with object_store.serving("music") as port:
        gate = object_store.Gate(port)
        yield gate
        gate.close()


def test_a_network_that_is_cut_for_a_while_costs_nothing_but_time(faults, waiting, gate) -> None:
    kind = "network cut, 2 s"
    for number, moment in faults.strikes(kind):
        url = object_store.url(gate.port, "music", f"while/{number}")
        process = faults.start("caller", moment, url)
        assert waiting("struck", process)
        gate.cut.set()
        threading.Timer(2.0, gate.cut.clear).start()
        told = process.communicate()[0]
        assert (told, process.returncode) == ("", 0)
        faults.check(kind, Store(url))


def test_a_network_that_stays_cut_ends_a_run_with_a_sentence_and_the_next_goes_on(
    faults, waiting, gate, monkeypatch
) -> None:
    kind = "network cut for good"
    # Read by the workers: more would be waited for without need, and Arrow makes thirty of its own in each.
    monkeypatch.setenv("STRUCK_ATTEMPTS", "1")
    for number, moment in faults.strikes(kind):
        url = object_store.url(gate.port, "music", f"good/{number}")
        process = faults.start("caller", moment, url)
        assert waiting("struck", process)
        gate.cut.set()
        told = process.communicate()[0]
        gate.cut.clear()
        store = Store(url)
        assert process.returncode == (2 if told else 0)
        if told:
            assert told.startswith(f"wetdry: s3://music/good/{number}")
            assert "after 1 attempts" in told
            assert told.count("\n") == 1
            faults.finish(kind, store)
        faults.check(kind, store)
