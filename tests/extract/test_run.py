"""The local engine, with small effects and encoders made for the purpose."""

import json
import signal
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest
from clustered import Told

from wetdry.audio import Clip, Windows, load, loudness, write_flac
from wetdry.datasets.base import Dataset, Item
from wetdry.effects import Distortion, Effect, Gain, GainLike, Identity, Matched, Step, sweep
from wetdry.encoders import Encoder, EncoderSpec, Layer, encoder
from wetdry.errors import DataError, EffectError, EncoderError, StoreError
from wetdry.extract import Plan, local, opening, run
from wetdry.extract.shelf import Shelf
from wetdry.store import Embedded, Store, VariantKey, stacked

SECONDS = 3.5
RATE = 22_050


@dataclass(frozen=True)
class Tilt(Effect):
    """First difference mixed in; remembers the channels it was applied to."""

    name: ClassVar[str] = "tilt"
    amount: float = 0.5
    calls: ClassVar[list[str]] = []

    @property
    def key(self) -> str:
        return f"tilt(amount={self.amount:g})"

    def process(self, channel, sample_rate):  # noqa: ARG002
        self.calls.append(self.key)
        if self.amount < 0:
            raise EffectError(f"{self.key}: will not.")
        if self.amount == 99:
            raise MemoryError
        return channel - np.float32(self.amount) * np.roll(channel, 1)


class Moments(Encoder):
    """RMS, peak and mean of each window, and its halves' RMS; refuses loud windows if told to."""

    def __init__(self, name: str = "moments", revision: str = "1", rate: int = 8000, refuse_above: float = 9e9) -> None:
        self.refuse_above = refuse_above
        self.rows = 0
        layers = (Layer("all", 3), Layer("halves", 2))
        self._spec = EncoderSpec(name, revision, rate, Windows(1.0), layers, "all", "GPL-3.0-or-later", "for tests")

    @property
    def spec(self) -> EncoderSpec:
        return self._spec

    def forward(self, prepared, layers):
        if np.abs(prepared).max() > self.refuse_above:
            raise EncoderError("too loud for me.")
        self.rows += len(prepared)
        rms = np.sqrt(np.square(prepared).mean(axis=1))
        half = prepared[:, : prepared.shape[1] // 2 * 2].reshape(len(prepared), 2, -1)
        values = {
            "all": np.stack([rms, np.abs(prepared).max(axis=1), prepared.mean(axis=1)], axis=1),
            "halves": np.sqrt(np.square(half).mean(axis=2)),
        }
        return {layer: values[layer] for layer in layers}


STEPS = [
    Step("identity", None, Identity()),
    *(Step("tilt", float(i), Tilt(i / 10)) for i in range(1, 4)),
    *(Step("matched(tilt)", float(i), Matched(Tilt(i / 10))) for i in range(1, 4)),
    *(Step("gain_like(tilt)", float(i), GainLike(Tilt(i / 10))) for i in range(1, 4)),
]


@pytest.fixture
def songs(tmp_path: Path, rng: np.random.Generator) -> Dataset:
    items = []
    for i in range(4):
        noise = np.clip(0.1 * rng.standard_normal((2, int(SECONDS * RATE))), -1, 1).astype(np.float32)
        write_flac(tmp_path / f"{i}.flac", Clip(noise, RATE))
        items.append(
            Item(f"song{i}", tmp_path / f"{i}.flac", {"valence": i / 10, "mood": "calm"}, group=f"album{i // 2}")
        )
    return Dataset("songs", tuple(items))


def snapshot(store: Store) -> pa.Table:
    return store.table("moments", "all")


@pytest.mark.parametrize("pool", [None, "mean", "mean+sd"])
def test_vectors_are_those_of_the_encoder_on_the_wet_clip(tmp_path: Path, songs: Dataset, pool: str | None) -> None:
    moments, store = Moments(), Store(tmp_path / "store")
    summary = run(Plan(songs, STEPS, [moments], {"moments": ["halves", "all"]}, pool=pool), store, workers=2)
    assert (summary.clips, summary.variants, summary.computed, summary.failed) == (4, 40, 40, 0)
    assert summary.audio_seconds == pytest.approx(40 * SECONDS)
    dry = load(songs.items[1].path)
    for layer in ("all", "halves"):
        table = store.table("moments", layer, steps=STEPS).filter(pa.compute.field("item") == "song1")
        vectors = stacked(table)
        row = 0
        for step in STEPS:
            wet = step.effect(dry)
            if pool is None:
                expected = moments.embed_windows(wet, [layer])[layer]
            else:
                expected = moments.embed(wet, [layer], pool=pool)[layer]
            assert vectors[row : row + len(expected)].tobytes() == expected.tobytes(), step
            assert table["family"][row].as_py() == step.family
            row += len(expected)
        assert row == len(vectors)
    assert table["start"].to_pylist()[:4] == ([0.0, 1.0, 2.0, 2.5] if pool is None else [0.0] * 4)


def test_a_clip_too_short_for_the_rate_of_an_encoder_is_what_the_encoder_makes_of_it(tmp_path: Path) -> None:
    """At 8 kHz nothing is left of one sample at 192 kHz; an encoder is then given one of silence."""

    class Offset(Moments):
        def forward(self, prepared, layers):
            return {layer: np.repeat(1 + prepared[:, :1], 3, axis=1) for layer in layers}

    dot = Clip(np.full(1, 0.5, np.float32), 192_000)
    write_flac(tmp_path / "dot.flac", dot)
    moments, store = Offset(), Store(tmp_path / "store")
    dataset = Dataset("dots", (Item("dot", tmp_path / "dot.flac", {}, group="dot"),))
    summary = run(Plan(dataset, STEPS[:1], [moments]), store, workers=1)
    assert (summary.computed, summary.failed) == (1, 0)
    assert np.array_equal(stacked(snapshot(store)), moments.embed(dot)["all"])


def test_items_are_described(tmp_path: Path, songs: Dataset) -> None:
    store = Store(tmp_path / "store")
    run(Plan(songs, STEPS[:1], [Moments()], start=0.5, seconds=2.0), store, workers=1)
    row = store.items("songs").to_pylist()[2]
    clip = load(songs.items[2].path, start=0.5, seconds=2.0)
    assert (row["item"], row["clip"], row["excerpt"], row["group"]) == ("song2", clip.id, "0.5/2", "album1")
    assert json.loads(row["labels"]) == {"valence": 0.2, "mood": "calm"}
    assert (row["seconds"], row["sample_rate"], row["channels"]) == (2.0, RATE, 2)


def test_wet_samples_are_computed_once_for_all_their_controls(tmp_path: Path, songs: Dataset) -> None:
    Tilt.calls.clear()
    one = replace(songs, items=songs.items[:1])
    store = Store(tmp_path / "store")
    run(Plan(one, STEPS, [Moments(), Moments("other")]), store, workers=2)
    assert sorted(Tilt.calls) == sorted(f"tilt(amount={a})" for a in (0.1, 0.2, 0.3) for _ in range(2)), "two channels"
    rows = {row["effect"]: row for row in snapshot(store).to_pylist()}
    dry = load(one.items[0].path)
    change = loudness(Tilt(0.3)(dry)) - loudness(dry)
    assert rows["gain_like(tilt(amount=0.3))"]["gain_db"] == pytest.approx(change, abs=1e-6)
    assert rows["matched(tilt(amount=0.3))"]["gain_db"] == pytest.approx(-change, abs=1e-6)
    assert rows["tilt(amount=0.3)"]["gain_db"] is None


def test_the_number_of_workers_changes_nothing(tmp_path: Path, songs: Dataset) -> None:
    tables = []
    for workers in (1, 3):
        store = Store(tmp_path / f"store{workers}")
        run(Plan(songs, STEPS, [Moments()]), store, workers=workers)
        tables.append(snapshot(store))
    assert tables[0].equals(tables[1])


def test_only_what_is_missing_is_computed(tmp_path: Path, songs: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    run(Plan(songs, STEPS[:3], [Moments()]), store)
    table = snapshot(store)

    with monkeypatch.context() as patch:
        patch.setattr(opening, "load", lambda *_, **__: pytest.fail("decoded though nothing was missing"))
        summary = run(Plan(songs, STEPS[:3], [Moments()]), store)
    assert (summary.computed, summary.skipped) == (0, 12)
    assert snapshot(store).equals(table)
    assert store.ls()[0].rows == table.num_rows

    moments = Moments()
    summary = run(Plan(songs, STEPS[:4], [moments]), store)
    assert (summary.computed, summary.skipped, moments.rows) == (4, 12, 16)
    moments = Moments()
    summary = run(Plan(songs, STEPS[:4], [moments], {"moments": ["all", "halves"]}), store)
    assert (summary.computed, summary.skipped) == (16, 0)
    assert store.keys("moments@1", "all") == store.keys("moments@1", "halves")
    assert run(Plan(songs, STEPS[:1], [Moments(revision="2")]), store).computed == 4
    assert run(Plan(songs, STEPS[:1], [Moments()], windows=Windows(2.0)), store).computed == 4
    assert run(Plan(songs, STEPS[:1], [Moments()], pool="mean"), store).computed == 4
    assert run(Plan(songs, STEPS[:1], [Moments()], seconds=2.0), store).computed == 4


def test_an_encoder_is_made_ready_once_and_only_if_it_has_work(tmp_path: Path, songs: Dataset) -> None:
    """Loading, or fetching, gigabytes of parameters to find that nothing is missing would be a waste."""

    class Slow(Moments):
        loads = 0

        def ready(self) -> None:
            self.loads += 1

    first, second = Slow(), Slow()
    run(Plan(songs, STEPS[:3], [first]), Store(tmp_path / "store"))
    run(Plan(songs, STEPS[:3], [second]), Store(tmp_path / "store"))
    assert (first.loads, second.loads) == (1, 0)


def test_an_encoder_that_cannot_be_made_ready_leaves_no_store_behind(tmp_path: Path, songs: Dataset) -> None:
    class Missing(Moments):
        def ready(self) -> None:
            raise EncoderError("its weights are not on this machine.")

    with pytest.raises(EncoderError, match="not on this machine"):
        run(Plan(songs, STEPS[:3], [Missing()]), Store(tmp_path / "store"))
    assert not (tmp_path / "store").exists() or not any((tmp_path / "store").iterdir())


def test_a_raised_effect_version_is_computed_again(
    tmp_path: Path, songs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, steps = Store(tmp_path / "store"), [Step("gain", None, Gain(gain_db=-6.0))]
    run(Plan(songs, steps, [Moments()]), store)
    monkeypatch.setattr(Gain, "version", 2)
    assert run(Plan(songs, steps, [Moments()]), store).computed == 4
    assert store.table("moments", "all", steps=steps)["effect_revision"].unique().to_pylist() == ["2"]


def test_changed_labels_and_moved_files_are_recorded_without_computing(tmp_path: Path, songs: Dataset) -> None:
    store = Store(tmp_path / "store")
    run(Plan(songs, STEPS[:2], [Moments()]), store)
    moved = songs.items[0].path.rename(tmp_path / "moved.flac")
    items = (replace(songs.items[0], path=moved, labels={"valence": 0.9}), *songs.items[1:])
    assert run(Plan(replace(songs, items=items), STEPS[:2], [Moments()]), store).computed == 0
    row = store.items().to_pylist()[0]
    assert (row["path"], row["labels"]) == (str(moved), '{"valence": 0.9}')


def test_a_replaced_file_is_a_new_clip(tmp_path: Path, songs: Dataset) -> None:
    store = Store(tmp_path / "store")
    run(Plan(songs, STEPS[:1], [Moments()]), store)
    write_flac(songs.items[0].path, Clip(np.full((1, 3 * RATE), 0.25, dtype=np.float32), RATE))
    assert run(Plan(songs, STEPS[:1], [Moments()]), store).computed == 1
    table = snapshot(store)
    mine = stacked(table.filter(pa.compute.equal(table["item"], "song0")))
    assert mine[1, :2] == pytest.approx([0.25, 0.25], abs=1e-3)
    assert table.num_rows == 3 + 3 * 4


def test_whatever_fails_is_a_row_and_the_rest_is_computed(tmp_path: Path, songs: Dataset) -> None:
    songs.items[1].path.write_bytes(b"not audio")
    songs.items[2].path.unlink()
    steps = [STEPS[0], Step("t", 1.0, Tilt(-1.0)), Step("t", 2.0, Matched(Tilt(-1.0))), Step("t", 3.0, Tilt(99))]
    deaf = Moments("deaf", refuse_above=0.0)
    store, told = Store(tmp_path / "store"), Told()
    summary = run(Plan(songs, steps, [Moments(), deaf]), store, workers=2, progress=told)
    assert (summary.computed, summary.failed, summary.variants) == (0, 16, 16)
    assert (told.total, told.done, told.closed) == (16, 16, True)
    assert told.words[-1] == "4 of 4 clips"
    rows = store.failures().to_pylist()
    found = {(row["item"], row["effect"], row["encoder"], row["stage"]): row["reason"] for row in rows}
    assert set(found) == {
        ("song1", "", "", "decode"),
        ("song2", "", "", "decode"),
        *((song, "identity", "deaf@1", "encode") for song in ("song0", "song3")),
        *(
            (song, effect, "", "effect")
            for song in ("song0", "song3")
            for effect in ("tilt(amount=-1)", "matched(tilt(amount=-1))", "tilt(amount=99)")
        ),
    }
    assert found["song3", "tilt(amount=-1)", "", "effect"] == "tilt(amount=-1): will not."
    assert found["song3", "tilt(amount=99)", "", "effect"].startswith("Not enough memory")
    assert found["song2", "", "", "decode"].endswith("no such file; check the path.")
    assert found["song0", "identity", "deaf@1", "encode"] == "too loud for me."
    assert snapshot(store)["item"].unique().to_pylist() == ["song0", "song3"], "what one encoder gave is kept"


def test_a_failure_that_succeeds_later_is_gone(tmp_path: Path, songs: Dataset) -> None:
    store, content = Store(tmp_path / "store"), songs.items[1].path.read_bytes()
    songs.items[1].path.write_bytes(b"")
    deaf, other = Moments(refuse_above=0.0), Moments("other")
    run(Plan(songs, STEPS[:2], [deaf, other]), store)
    assert store.failures().num_rows == 1 + 3 * 2
    songs.items[1].path.write_bytes(content)
    run(Plan(songs, STEPS[:1], [other]), store)
    assert {row["encoder"] for row in store.failures().to_pylist()} == {"moments@1"}, "not tried again: kept"
    run(Plan(songs, STEPS[:2], [Moments()]), store)
    assert store.failures().num_rows == 0


def test_no_more_wet_clips_are_alive_than_workers(
    tmp_path: Path, songs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive, most, lock = 0, 0, threading.Lock()
    compute = local.compute

    def counted(task):
        nonlocal alive, most
        with lock:
            alive += 1
            most = max(most, alive)
        try:
            return compute(task)
        finally:
            with lock:
                alive -= 1

    monkeypatch.setattr(local, "compute", counted)
    run(Plan(songs, STEPS, [Moments()]), Store(tmp_path / "store"), workers=3)
    assert 1 <= most <= 3


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interrupted_run_keeps_all_that_was_computed_and_can_go_on(
    tmp_path: Path, songs: Dataset, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    whole = Store(tmp_path / "whole")
    run(Plan(songs, STEPS, [Moments()]), whole)
    compute, computed = local.compute, []

    def noted(task):
        time.sleep(0.01)  # so that the workers are at work when the error strikes
        outcome = compute(task)
        computed.append(outcome.variants)
        return outcome

    class Impatient(Told):
        def advance(self, n: int, seconds_of_audio: float) -> None:
            super().advance(n, seconds_of_audio)
            if self.done > 15 > self.done - n:
                raise error

    store, told = Store(tmp_path / "store"), Impatient()
    monkeypatch.setattr(local, "compute", noted)
    with pytest.raises(error):
        run(Plan(songs, STEPS, [Moments()]), store, workers=2, progress=told)
    monkeypatch.undo()
    kept = sum(len(keys) for keys in store.keys("moments@1", "all").values())
    assert 15 < kept == sum(computed) < 40
    assert told.closed
    summary = run(Plan(songs, STEPS, [Moments()]), store)
    assert (summary.computed, summary.skipped) == (40 - kept, kept)
    assert snapshot(store).equals(snapshot(whole))
    assert store.verify().clean


def test_a_store_that_cannot_be_written_stops_the_run(tmp_path: Path, songs: Dataset) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "items").touch()
    with pytest.raises(StoreError, match="store/items: cannot be written"):
        run(Plan(songs, STEPS, [Moments()]), Store(tmp_path / "store"))


def test_a_plan_is_checked_before_it_runs(songs: Dataset) -> None:
    with pytest.raises(EncoderError, match='has no layer "al": did you mean "all"'):
        Plan(songs, STEPS, [Moments()], {"moments": ["al"]})
    with pytest.raises(EncoderError, match='Unknown pooling "max"'):
        Plan(songs, STEPS, [Moments()], pool="max")
    with pytest.raises(DataError, match="at least one effect"):
        Plan(songs, [], [Moments()])


def test_shards_are_published_after_seconds_or_bytes(tmp_path: Path) -> None:
    store, now = Store(tmp_path), [0.0]
    shelf = Shelf(store, max_bytes=100, max_seconds=5.0, clock=lambda: now[0])
    moments = Moments()
    vectors = np.ones((2, 3), dtype=np.float32)
    part = Embedded("c", VariantKey("x", "1", "1s"), "x", None, None, np.arange(2, dtype=np.float32), vectors)
    shelf.add(moments.spec, "all", part)
    assert not shelf.due
    now[0] = 5.0
    assert shelf.due
    shelf.publish()
    assert not shelf.due
    for _ in range(100 // part.vectors.nbytes + 1):
        shelf.add(moments.spec, "all", part)
    assert shelf.due
    shelf.publish()
    assert store.ls()[0].shards == 2


def test_sigint_in_a_real_run_is_a_keyboard_interrupt(
    tmp_path: Path, songs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute, count = local.compute, []

    def interrupting(task):
        count.append(task)
        if len(count) == 5:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        return compute(task)

    monkeypatch.setattr(local, "compute", interrupting)
    store = Store(tmp_path / "store")
    with pytest.raises(KeyboardInterrupt):
        run(Plan(songs, STEPS, [Moments()]), store, workers=1)
    monkeypatch.undo()
    run(Plan(songs, STEPS, [Moments()]), store)
    assert store.verify().clean
    assert snapshot(store).num_rows == 40 * 4


def test_the_embedded_model_gives_the_same_bytes_through_any_number_of_workers(tmp_path: Path, music: Clip) -> None:
    path = tmp_path / "music.flac"
    write_flac(path, music)
    songs, model = Dataset("songs", (Item("music", path),)), encoder("vibenet")
    steps = [*sweep("reverb", [0, 4, 8]), *sweep("distortion", [6]), Step("m", 6.0, Matched(Distortion.at_level(6)))]
    expected = {step.effect.key: model.embed(step.effect(load(path)), ["pooled"])["pooled"] for step in steps}
    for workers in (1, 2):
        store = Store(tmp_path / f"store{workers}")
        run(Plan(songs, steps, [model], pool="mean"), store, workers=workers)
        table = store.table("vibenet", "pooled", steps=steps)
        assert stacked(table).tobytes() == np.concatenate([expected[s.effect.key] for s in steps]).tobytes()
    assert store.spec("vibenet", "pooled")["revision"] == model.spec.revision


def test_runs_with_different_settings_in_one_store_at_once_are_kept_apart(tmp_path: Path, songs: Dataset) -> None:
    """Other windows, pooling, excerpt, effects or revision: each finds afterwards what it would have found alone."""
    settings = [
        {"windows": Windows(1.0), "pool": "mean"},
        {"windows": Windows(0.5), "pool": "mean"},
        {"windows": Windows(1.0), "pool": "mean+sd"},
        {"windows": Windows(1.0), "pool": "mean", "seconds": 2.0},
        {"windows": Windows(1.0), "pool": "mean", "encoders": [Moments(revision="2")]},
    ]
    plans = [Plan(songs, STEPS[:4], **{"encoders": [Moments()], **each}) for each in settings]
    shared, alone = Store(tmp_path / "shared"), [Store(tmp_path / str(number)) for number in range(len(plans))]
    threads = [threading.Thread(target=run, args=(plan, Store(shared.root)), kwargs={"workers": 2}) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for plan, own in zip(plans, alone, strict=True):
        assert run(plan, own).computed == 16
        assert run(plan, shared).computed == 0
        key, recipe, rows = plan.views[0].key, plan.views[0].recipe, {"dataset": "songs", "excerpt": plan.excerpt}
        found, expected = (each.table(key, "all", recipe=recipe, **rows) for each in (shared, own))
        assert stacked(found).tobytes() == stacked(expected).tobytes()
        assert found.drop_columns(["vector"]).equals(expected.drop_columns(["vector"]))
    assert shared.verify().clean
