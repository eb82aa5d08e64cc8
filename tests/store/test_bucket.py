"""A store in a bucket: a real S3-compatible server on loopback, throttled, cut off, and killed in the middle."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import clustered
import numpy as np
import object_requests
import object_store
import pytest

from wetdry.datasets.base import Dataset
from wetdry.errors import StoreError
from wetdry.extract import run
from wetdry.remote import object_service
from wetdry.store import Embedded, Store, VariantKey, stacked
from wetdry.store.media import bucket

pytest.importorskip("moto")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with object_store.serving("music") as port:
        yield port


@pytest.fixture
def gate(port: int) -> Iterator[object_store.Gate]:
    gate = object_store.Gate(port)
    yield gate
    gate.close()


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    return tmp_path.name


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return clustered.songs(tmp_path_factory.mktemp("songs"), 6)


@pytest.fixture(scope="module")
def reference(songs: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("reference"))
    run(clustered.plan(songs), store)
    return store


def test_a_store_in_a_bucket_holds_what_one_in_a_folder_does(
    port: int, prefix: str, songs: Dataset, reference: Store
) -> None:
    store = Store(object_store.url(port, "music", prefix))
    assert str(store.root) == f"s3://music/{prefix}"
    assert not store.is_there
    assert (store.layers(), store.items().num_rows, store.failures().num_rows) == ([], 0, 0)
    assert run(clustered.plan(songs, levels=1), store).computed == 12
    assert run(clustered.plan(songs), store).computed == 12
    assert run(clustered.plan(songs), store).skipped == 24
    clustered.assert_same_rows(store, reference)
    assert store.is_there
    assert store.ls()[0].shards > 1
    before = store.verify()
    assert before.clean
    assert before.bytes > 1000
    done = store.compact()
    assert done.merged > done.into >= 2
    assert [holding.shards for holding in store.ls()] == [1, 1]
    clustered.assert_same_rows(store, reference)
    clustered.assert_same_rows(pickle.loads(pickle.dumps(store)), reference)  # noqa: S301 - as Ray does


def test_failures_are_kept_there_too(port: int, prefix: str, tmp_path: Path) -> None:
    songs = clustered.songs(tmp_path / "songs", 2)
    content = songs.items[1].path.read_bytes()
    songs.items[1].path.write_bytes(b"")
    store = Store(object_store.url(port, "music", prefix))
    run(clustered.plan(songs), store)
    assert store.failures()["item"].to_pylist() == ["001"]
    songs.items[1].path.write_bytes(content)
    run(clustered.plan(songs), store)
    assert store.failures().num_rows == 0
    store.compact()
    assert store.failures().num_rows == 0
    assert store.verify().clean


def test_a_service_that_throttles_is_waited_for(
    port: int, gate: object_store.Gate, prefix: str, songs: Dataset, reference: Store
) -> None:
    store = Store(object_store.url(gate.port, "music", prefix))
    gate.throttle = 12
    assert run(clustered.plan(songs), store).computed == 24
    assert gate.throttled == 12
    clustered.assert_same_rows(Store(object_store.url(port, "music", prefix)), reference)


def test_a_network_that_is_cut_for_a_while_loses_nothing(
    port: int, gate: object_store.Gate, prefix: str, songs: Dataset, reference: Store
) -> None:
    store = Store(object_store.url(gate.port, "music", prefix))
    gate.cut.set()
    threading.Timer(1.5, gate.cut.clear).start()
    assert run(clustered.plan(songs), store).computed == 24
    assert gate.refused
    clustered.assert_same_rows(Store(object_store.url(port, "music", prefix)), reference)


def test_a_network_that_stays_cut_is_one_sentence_and_the_next_run_goes_on(
    gate: object_store.Gate, prefix: str, songs: Dataset, reference: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "ATTEMPTS", 2)
    store = Store(object_store.url(gate.port, "music", prefix))
    run(clustered.plan(songs, levels=1), store)
    gate.cut.set()
    with pytest.raises(StoreError, match=rf"s3://music/{prefix}/.* after 2 attempts .*; run again when the network"):
        run(clustered.plan(songs), store)
    gate.cut.clear()
    assert run(clustered.plan(songs), store).computed == 12
    clustered.assert_same_rows(store, reference)


UPLOAD = """
import sys, numpy as np
from wetdry.audio import Windows
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.store import Embedded, Store, VariantKey
spec = EncoderSpec("wide", "1", 8000, Windows(1.0), (Layer("top", 4096),), "top", "GPL-3.0-or-later", "for a test")
store, rng = Store(sys.argv[1]), np.random.default_rng(0)
print("begun", flush=True)
for i in range(100):
    vectors = rng.standard_normal((1500, 4096)).astype(np.float32)
    key = VariantKey("x", "1", "1s")
    store.append(spec, "top", [Embedded(f"clip{i}", key, "x", 1.0, None, np.arange(1500, dtype=np.float32), vectors)])
"""


@pytest.mark.parametrize("delay", [0.3, 0.8, 1.5])
def test_an_upload_that_is_killed_leaves_nothing_that_readers_see(port: int, prefix: str, delay: float) -> None:
    url = object_store.url(port, "music", prefix)
    command = [sys.executable, "-c", UPLOAD, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ}) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    store, verdict = Store(url), None
    # What it had sent when it died may still be on its way into the bucket.
    while verdict != (verdict := store.verify()):
        time.sleep(0.5)
    assert (verdict.damaged, verdict.foreign, verdict.stray) == ((), (), ())
    for _, layer in store.layers():
        assert store.vectors("wide", layer).num_rows == 1500 * verdict.shards


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("s3://", "names no bucket|cannot be used as a store"),
        ("s4://bucket/prefix", "cannot be used as a store"),
        ("s3://music/x?nonsense=1&region=us-east-1", "cannot be used as a store"),
    ],
)
def test_a_url_that_names_no_bucket_is_one_sentence(url: str, told: str) -> None:
    with pytest.raises(StoreError, match=told):
        Store(url)


def test_a_bucket_that_is_not_there_is_one_sentence(port: int) -> None:
    store = Store(object_store.url(port, "no-such-bucket", "x"))
    with pytest.raises(StoreError, match=r"s3://no-such-bucket/x/items/.*there is no such bucket"):
        store.append_items([])


@pytest.fixture
def desk(port: int) -> Iterator[object_requests.Desk]:
    with object_requests.desk(port) as desk:
        yield desk


def test_a_prefix_without_permission_is_told_at_once(
    port: int, desk: object_requests.Desk, prefix: str, songs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(clustered.plan(songs, levels=1), Store(object_store.url(port, "music", prefix)))
    monkeypatch.setattr(object_service, "time", SimpleNamespace(sleep=lambda _: pytest.fail("tried again")))
    store = Store(object_store.url(desk.port, "music", prefix))
    there = sum(holding.rows for holding in store.ls())
    desk.refused = ("PUT", "POST")
    with pytest.raises(
        StoreError, match=rf"^s3://music/{prefix}/.* cannot be written; its credentials may not do that"
    ):
        run(clustered.plan(songs), store)
    assert sum(holding.rows for holding in store.ls()) == there, "what may be read is read"
    desk.denied = ("",)
    with pytest.raises(StoreError, match=r"cannot be listed; .* ask for permission to list, read, write and delete"):
        run(clustered.plan(songs), store)


def test_shards_far_away_are_asked_for_together(
    port: int, gate: object_store.Gate, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = clustered.Peaks.spec
    there = Store(object_store.url(port, "music", prefix))
    for number in range(12):
        vectors = np.full((1, 40), number, dtype=np.float32)
        key = VariantKey("x", "1", "0.5s")
        there.append(
            spec, "high", [Embedded(f"clip{number:02}", key, "x", 1.0, None, np.zeros(1, np.float32), vectors)]
        )
    gate.delay = 0.05
    far, took = Store(object_store.url(gate.port, "music", prefix)), {}
    for at_once in (bucket.Bucket.at_once, 1):
        monkeypatch.setattr(bucket.Bucket, "at_once", at_once)
        began = time.perf_counter()
        found = stacked(far.vectors("peaks", "high"))
        took[at_once] = time.perf_counter() - began
        assert found[:, 0].tolist() == list(range(12))
    assert took[1] > 2 * took[8]


def test_a_damaged_object_is_found(port: int, prefix: str, songs: Dataset) -> None:
    store = Store(object_store.url(port, "music", prefix))
    run(clustered.plan(songs, levels=1), store)
    name = store.medium.files(store.folder("peaks@1", "high"))[0]
    content = bytearray(store.medium.read(name))
    content[len(content) // 2] ^= 0x10
    store.medium.put(name, bytes(content))
    assert store.verify().damaged == (f"s3://music/{prefix}/{name}",)
    assert store.gc(damaged=True).damaged == (f"s3://music/{prefix}/{name}",)
    assert run(clustered.plan(songs, levels=1), store).computed == 12
    assert store.verify().clean


def test_shards_of_any_size_arrive_whole(port: int, prefix: str, rng: np.random.Generator) -> None:
    """Beyond some megabytes an upload goes in parts."""
    medium = Store(object_store.url(port, "music", prefix)).medium
    for size in (0, 1, 5 << 20, (10 << 20) + 1, 33 << 20):
        content = rng.bytes(size)
        medium.put("items/x", content)
        assert medium.size("items/x") == size
        assert medium.read("items/x") == content
    assert medium.remove("items/x") == 33 << 20
    assert medium.remove("items/x") == 0
    with pytest.raises(FileNotFoundError):
        medium.read("items/x")
