"""The Ray engine against the local one, on a real cluster of this machine."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import clustered
import numpy as np
import pytest

from wetdry.audio import Clip, write_flac
from wetdry.datasets.base import Dataset
from wetdry.effects import Step, sweep
from wetdry.encoders import encoder
from wetdry.errors import EncoderError, EngineError, StoreError
from wetdry.extract import Local, Plan, run, using
from wetdry.extract.cluster import RayEngine, crew
from wetdry.store import Store


@pytest.fixture
def songs(tmp_path: Path) -> Dataset:
    return clustered.songs(tmp_path / "songs", 9)


@pytest.fixture
def reference(tmp_path: Path, songs: Dataset) -> Store:
    store = Store(tmp_path / "reference")
    run(clustered.plan(songs), store, engine=Local(1))
    return store


@pytest.mark.usefixtures("ray")
@pytest.mark.parametrize(("workers", "threads"), [(1, 1), (2, 1), (1, 2)])
def test_the_rows_are_those_of_the_local_engine(
    tmp_path: Path, songs: Dataset, reference: Store, workers: int, threads: int
) -> None:
    store, told = Store(tmp_path / "store"), clustered.Told()
    engine = RayEngine(workers=workers, threads=threads, price=1e6)
    summary = run(clustered.plan(songs), store, engine=engine, progress=told)
    assert (summary.clips, summary.variants, summary.computed, summary.failed) == (9, 36, 36, 0)
    assert (told.total, told.done) == (36, 36)
    spent, whole = map(float, told.words[-1].removeprefix("9 of 9 clips, cost ").split(" of about "))
    # The start of the cluster is waited for, but no worker is paid before.
    assert 0 < spent == whole < 1e6 * workers * summary.seconds / 3600
    assert told.audio == summary.audio_seconds == pytest.approx(36 * 1.5)
    clustered.assert_same_rows(store, reference)
    assert store.verify().clean
    shards = store.ls()
    again = run(clustered.plan(songs), store, engine=engine)
    assert (again.computed, again.skipped) == (0, 36)
    assert store.ls() == shards, "nothing was written again"


@pytest.mark.usefixtures("ray")
def test_real_encoders_give_the_bytes_of_the_local_engine(tmp_path: Path, music: Clip) -> None:
    path = tmp_path / "songs" / "music.flac"
    path.parent.mkdir()
    write_flac(path, music)
    data = clustered.opened(path.parent)
    wanted = [*sweep("reverb", [0, 6]), *sweep("distortion", [5])]
    plan = Plan(data, wanted, [encoder("vibenet"), encoder("handcrafted")], pool="mean")
    stores = Store(tmp_path / "local"), Store(tmp_path / "ray")
    # Loaded here already: what a worker is given must not be what this process has made of it.
    run(plan, stores[0])
    with using(RayEngine(workers=1)):
        run(plan, stores[1])
    clustered.assert_same_rows(stores[1], stores[0])


@pytest.mark.usefixtures("ray")
def test_what_fails_is_told_as_by_the_local_engine(tmp_path: Path, songs: Dataset) -> None:
    songs.items[1].path.write_bytes(b"not audio")
    songs.items[2].path.unlink()
    write_flac(songs.items[4].path, Clip(np.full((1, 12_000), 0.95, np.float32), 8000))
    plan = clustered.plan(songs, encoder=clustered.Peaks(refuse=0.79))
    plan = replace(plan, steps=[*plan.steps, Step("fold", -1.0, clustered.Fold(drive=-1.0))])
    stores = Store(tmp_path / "local"), Store(tmp_path / "ray")
    summaries = [run(plan, stores[0]), run(plan, stores[1], engine=RayEngine(workers=2))]
    assert summaries[0].failed == summaries[1].failed > 10
    assert stores[0].failures().num_rows > 10
    clustered.assert_same_rows(stores[1], stores[0])


@pytest.mark.usefixtures("ray")
def test_a_clip_that_kills_its_workers_is_a_failure_and_takes_no_other_with_it(tmp_path: Path, songs: Dataset) -> None:
    write_flac(songs.items[3].path, Clip(np.full((1, 12_000), 0.95, np.float32), 8000))
    store, told = Store(tmp_path / "store"), clustered.Told()
    deadly = clustered.plan(songs, encoder=clustered.Peaks(kill=0.9))
    summary = run(deadly, store, engine=RayEngine(workers=2), progress=told)
    assert (summary.computed, summary.failed) == (32, 4)
    assert told.done == 36
    rows = store.failures().to_pylist()
    assert [(row["item"], row["stage"]) for row in rows] == [("003", "encode")]
    assert rows[0]["reason"].endswith("its worker died each time it was tried, perhaps for want of memory.")
    others = replace(songs, items=songs.items[:3] + songs.items[4:])
    whole = Store(tmp_path / "others")
    run(clustered.plan(others), whole)
    for layer in ("high", "low"):
        assert store.table("peaks", layer).equals(whole.table("peaks", layer))


@pytest.mark.usefixtures("ray")
def test_an_interrupted_run_keeps_what_its_workers_had_finished(tmp_path: Path) -> None:
    songs = clustered.songs(tmp_path / "songs", 40)
    whole, store, told = Store(tmp_path / "whole"), Store(tmp_path / "store"), clustered.Told(stop_after=20)
    run(clustered.plan(songs), whole)
    with pytest.raises(KeyboardInterrupt):
        run(
            clustered.plan(songs, encoder=clustered.Peaks(rest=0.02)), store, engine=RayEngine(workers=2), progress=told
        )
    kept = sum(len(keys) for keys in store.keys("peaks@1", "high").values())
    assert 20 < kept < 160
    assert store.verify().clean
    summary = run(clustered.plan(songs), store, engine=RayEngine(workers=2))
    assert (summary.computed, summary.skipped) == (160 - kept, kept)
    clustered.assert_same_rows(store, whole)


@pytest.mark.usefixtures("ray")
def test_what_no_worker_can_do_ends_the_run_with_a_sentence(tmp_path: Path, songs: Dataset) -> None:
    lacking = clustered.plan(songs, encoder=clustered.Peaks(missing="its weights are not on this machine."))
    with pytest.raises(EncoderError, match="not on this machine"):
        run(lacking, Store(tmp_path / "store"), engine=RayEngine(workers=2))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "items").touch()
    with pytest.raises(StoreError, match="full/items: cannot be written"):
        run(clustered.plan(songs), Store(tmp_path / "full"), engine=RayEngine(workers=2))


@pytest.mark.usefixtures("ray")
def test_a_worker_with_other_versions_is_refused(
    tmp_path: Path, songs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = {**crew.versions(), "soxr": "0.0.1"}
    monkeypatch.setattr(crew, "versions", lambda: here)
    with pytest.raises(EngineError, match=r"other versions.*\(soxr 0.0.1 here, \d.* there\); install the same"):
        run(clustered.plan(songs), Store(tmp_path / "store"), engine=RayEngine(workers=1))


@pytest.mark.usefixtures("ray")
def test_a_cluster_without_room_for_a_worker_is_told(
    tmp_path: Path, songs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wetdry.extract.cluster import engine

    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 2.0)
    with pytest.raises(EngineError, match="No worker could start in 2 s: the cluster has no room"):
        run(clustered.plan(songs), Store(tmp_path / "store"), engine=RayEngine(workers=1, threads=64))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"workers": 0}, "at least one worker"),
        ({"threads": 0}, "at least one thread"),
        ({"gpus_per_worker": -1.0}, "no share of a GPU"),
        ({"gpus_per_worker": np.nan}, "no share of a GPU"),
        ({"price": -1.0}, "-1.0 is no price"),
        ({"price": np.inf}, "inf is no price"),
    ],
)
def test_settings_are_checked(settings: dict[str, float], told: str) -> None:
    with pytest.raises(EngineError, match=told):
        RayEngine(**settings)


@pytest.mark.parametrize(
    ("settings", "resources", "size"),
    [
        ({}, {"CPU": 8.0}, 8),
        ({"threads": 3}, {"CPU": 8.0}, 2),
        ({"gpus_per_worker": 0.25}, {"CPU": 8.0, "GPU": 1.0}, 4),
        ({"gpus_per_worker": 1.0}, {"CPU": 8.0}, 1),
        ({"workers": 20}, {"CPU": 8.0}, 20),
        ({"workers": 200}, {"CPU": 8.0}, 100),
    ],
)
def test_there_are_as_many_workers_as_the_cluster_has_room_for(
    settings: dict[str, float], resources: dict[str, float], size: int
) -> None:
    assert RayEngine(**settings).crew_size(resources, items=100) == size


def test_the_engine_of_a_block_ends_with_it(tmp_path: Path, songs: Dataset) -> None:
    used = []

    class Noted(Local):
        def work(self, plan: Plan, store: Store, books: object) -> None:
            used.append((os.getpid(), threading.get_ident()))
            super().work(plan, store, books)

    with using(Noted()):
        run(clustered.plan(songs), Store(tmp_path / "store"))
    run(clustered.plan(songs), Store(tmp_path / "store"))
    assert used == [(os.getpid(), threading.get_ident())]
