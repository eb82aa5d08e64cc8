"""Data sets and stores in buckets: the rows of a run over the same files in a folder, whatever fails meanwhile."""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import clustered
import object_requests
import object_store
import pytest

from wetdry.datasets import Dataset, dataset
from wetdry.errors import DataError
from wetdry.extract import Local, run
from wetdry.extract.chunks import chunks
from wetdry.extract.cluster import RayEngine
from wetdry.extract.cluster.session import connected
from wetdry.remote import objects
from wetdry.store import Store
from wetdry.studies.recognition.attention import waveform
from wetdry.studies.transfer.adaptation.heard import Heard

pytest.importorskip("moto")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with object_store.serving("music") as port:
        yield port


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, port: int) -> Path:
    """Six songs of two classes, and one that is no audio; in the bucket too, as `songs`."""
    folder = tmp_path_factory.mktemp("songs")
    for k, name in enumerate(("calm", "loud")):
        clustered.songs(folder / name, 3, seed=440 + k)
    (folder / "loud" / "broken.flac").write_bytes(b"no audio")
    object_requests.put_folder(port, "music", "songs", folder)
    return folder


@pytest.fixture(scope="module")
def reference(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("reference"))
    run(clustered.plan(named(dataset(f"classes:{folder}"))), store)
    return store


def in_bucket(port: int) -> Dataset:
    return named(dataset(f"classes:{object_store.url(port, 'music', 'songs')}"))


def named(opened: Dataset) -> Dataset:
    """Of one name wherever it is, which rows hold too."""
    return replace(opened, name="songs")


def fetched(desk: object_requests.Desk) -> dict[str, int]:
    """How often each clip was asked for."""
    return {name[1]: count for name, count in desk.asked.items() if isinstance(name, tuple) and name[0] == "GET"}


def store_in_bucket(port: int, tmp_path: Path) -> Store:
    return Store(object_store.url(port, "music", f"stores/{tmp_path.name}"))


def assert_same_vectors(store: Store, reference: Store) -> None:
    """Byte by byte, with items, labels, groups and all that stands beside them but where they are."""
    assert store.layers() == reference.layers() != []
    for encoder, layer in reference.layers():
        one, other = (each.table(encoder, layer).drop_columns(["dataset", "path"]) for each in (store, reference))
        assert one.equals(other)


def assert_same_rows(store: Store, reference: Store, folder: Path) -> None:
    """Vectors byte by byte, and all else but for where the files are."""
    assert_same_vectors(store, reference)
    for one, other in ((store.items(), reference.items()), (store.failures(), reference.failures())):
        ours, theirs = (
            table.drop_columns([name for name in ("recorded",) if name in table.column_names]).to_pylist()
            for table in (one, other)
        )
        assert [{k: str(v).replace("s3://music/songs", str(folder)) for k, v in row.items()} for row in ours] == [
            {k: str(v) for k, v in row.items()} for row in theirs
        ]


def test_a_run_from_bucket_to_bucket_has_the_rows_of_one_from_folder_to_folder(
    port: int, folder: Path, tmp_path: Path, reference: Store
) -> None:
    store = store_in_bucket(port, tmp_path)
    with object_requests.desk(port) as desk:
        summary = run(clustered.plan(in_bucket(desk.port)), store, engine=Local(2))
        assert (summary.computed, summary.failed) == (24, 4)
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*.flac")]
        assert fetched(desk) == {f"music/songs/{name}": 1 for name in names}
        again = run(clustered.plan(in_bucket(desk.port)), store)
        assert (again.computed, again.skipped) == (0, 24)
        assert set(fetched(desk).values()) == {2}, "to be known by its bytes"
    assert_same_rows(store, reference, folder)


def test_throttled_and_cut_off_it_is_the_same(port: int, folder: Path, tmp_path: Path, reference: Store) -> None:
    gate = object_store.Gate(port)
    opened = in_bucket(gate.port)
    gate.throttle = 6
    told = clustered.Told()
    told.advance = lambda n, seconds: gate.cut.set() if told.done == 0 and not gate.refused else None  # noqa: ARG005
    threading.Timer(2.0, gate.cut.clear).start()
    store = Store(tmp_path)
    run(clustered.plan(opened), store, engine=Local(1), progress=told)
    gate.close()
    assert gate.throttled == 6
    assert gate.refused
    assert_same_rows(store, reference, folder)


def test_what_vanishes_or_is_refused_meanwhile_is_a_row_and_the_run_goes_on(
    port: int, folder: Path, tmp_path: Path, reference: Store
) -> None:
    with object_requests.desk(port) as desk:
        opened = in_bucket(desk.port)
        object_requests.remove(port, "music", "songs/calm/001.flac")
        desk.denied = ("loud/000.flac",)
        store = Store(tmp_path)
        summary = run(clustered.plan(opened), store)
        assert (summary.computed, summary.failed) == (16, 12)
        reasons = dict(zip(*(store.failures()[name].to_pylist() for name in ("item", "reason")), strict=True))
        assert reasons["calm/001.flac"] == "s3://music/songs/calm/001.flac: no such file; check the path."
        assert reasons["loud/000.flac"].startswith("s3://music/songs/loud/000.flac: may not be read (its credentials")
        assert reasons["loud/broken.flac"].startswith("s3://music/songs/loud/broken.flac: not a readable")
        object_requests.put(port, "music", "songs/calm/001.flac", (folder / "calm" / "001.flac").read_bytes())
        desk.denied = ()
        assert run(clustered.plan(opened), store).computed == 8
    assert_same_rows(store, reference, folder)


def test_a_network_that_stays_cut_ends_the_run_and_the_next_goes_on(
    port: int, folder: Path, tmp_path: Path, reference: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "ATTEMPTS", 1)
    gate = object_store.Gate(port)
    opened, store = in_bucket(gate.port), Store(tmp_path)
    first = replace(opened, items=opened.items[:2])
    assert run(clustered.plan(first), store).computed == 8
    gate.cut.set()
    with pytest.raises(
        DataError, match=r"^s3://music/songs/calm/002\.flac: cannot be read after 1 attempts .*; run again"
    ):
        run(clustered.plan(replace(opened, items=opened.items[2:3])), store)
    assert store.failures().num_rows == 0, "nothing is wrong with the clips"
    gate.cut.clear()
    assert run(clustered.plan(opened), store).computed == 16
    gate.close()
    assert_same_rows(store, reference, folder)


def test_the_commands_take_urls(port: int, folder: Path, tmp_path: Path, run_wetdry, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    url, kept = (object_store.url(port, "music", name) for name in ("songs", f"stores/{tmp_path.name}"))
    options = ["--encoders", "handcrafted", "--window", "0.5"]
    code, said, _ = run_wetdry("embed", "--data", f"classes:{url}", "--store", kept, *options)
    assert code == 0
    assert "7 clips, 6 variants computed, 0 already there, 1 failed" in said
    run_wetdry("embed", "--data", f"classes:{folder}", "--store", "here", *options)
    there = Store(kept)
    assert_same_vectors(there, Store("here"))
    assert set(there.items()["dataset"].to_pylist()) == {"classes:s3://music/songs"}
    code, said, _ = run_wetdry("plan", "--data", f"classes:{url}", "--store", kept, "--try-for", "0.1", *options)
    assert code == 0
    assert said.startswith("7 clips, ")
    code, said, _ = run_wetdry("datasets", "audit", f"classes:{url}")
    assert code == 0
    assert "no two files are the same" in said
    code, _, told = run_wetdry("embed", "--data", url, "--store", "here")
    assert code == 2
    assert "say what it holds, as in folder:s3://music/songs" in told
    assert "127.0.0.1" not in told


def test_studies_hear_what_is_in_a_bucket(port: int, folder: Path) -> None:
    """What they listen to after embedding: clips that adaptation makes wet, and the outlines beside attention."""
    here = [item.path for item in dataset(f"folder:{folder / 'calm'}")]
    there = [item.path for item in dataset(f"folder:{object_store.url(port, 'music', 'songs/calm')}")]
    effects = (None, clustered.Fold(drive=2.0), None)
    heard = [Heard(tuple(paths), ("1", "2", "3"), effects, seconds=0.7) for paths in (here, there)]
    assert [clip.id for clip in heard[0]] == [clip.id for clip in heard[1]]
    outlines = [waveform("x", paths[0], None, 0.7) for paths in (here, there)]
    assert outlines[0].equals(outlines[1])


def test_spectrograms_stop_where_a_bucket_is_out_of_reach(
    port: int, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = in_bucket(port)
    made = chunks(replace(opened, items=opened.items[:1]), folder=tmp_path)
    expected = chunks(named(dataset(f"folder:{folder / 'calm'}")), folder=tmp_path / "here")
    assert made.values.tobytes() == expected.values[expected.row == 0].tobytes()

    reads, read = Counter[str](), objects.Objects.read

    def cut(bucket: objects.Objects, key: str) -> bytes:
        reads[key] += 1
        if reads[key] > 1:  # once to know it, once to decode it
            raise DataError("out of reach")
        return read(bucket, key)

    monkeypatch.setattr(objects.Objects, "read", cut)
    with pytest.raises(DataError, match="out of reach"):
        chunks(replace(opened, items=opened.items[:3]), folder=tmp_path)
    assert sorted(reads.values())[0] == 1, "what is known is not read again"


def test_the_ray_engine_reads_buckets_too(
    port: int, folder: Path, tmp_path: Path, reference: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_worker_niceness", "0")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "support"), prepend=os.pathsep)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    store = store_in_bucket(port, tmp_path)
    with connected(None, cores=1):
        assert run(clustered.plan(in_bucket(port)), store, engine=RayEngine(workers=1)).computed == 24
    assert_same_rows(store, reference, folder)
