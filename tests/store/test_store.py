"""Appending to a store and reading it back."""

import dataclasses
import json
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.audio import Windows
from wetdry.effects.base import Effect
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.errors import StoreError
from wetdry.store import Embedded, Failure, ItemRow, Store, VariantKey, stacked

SPEC = EncoderSpec(
    name="toy",
    revision="3",
    sample_rate=8000,
    windows=Windows(1.0),
    layers=(Layer("top", 4, labels=("a", "b", "c", "d")), Layer("deep/er", 2)),
    default_layer="top",
    licence="GPL-3.0-or-later",
    about="for tests",
)
KEY = SPEC.key


def part(clip="c1", effect="gain(db=3)", revision="1", segments=3, fill=1.0, recipe="1s", dim=4, **fields) -> Embedded:
    given = {"family": "gain", "level": 3.0, "gain_db": None, **fields}
    vectors = np.full((segments, dim), fill, dtype=np.float32) + np.arange(segments, dtype=np.float32)[:, None]
    starts = np.arange(segments, dtype=np.float32)
    return Embedded(clip, VariantKey(effect, revision, recipe), starts=starts, vectors=vectors, **given)


def item(name="one", clip="c1", **fields) -> ItemRow:
    row = ItemRow("songs", name, f"/m/{name}.wav", "f" + name, "0/all", clip, "g", "", '{"v": 1}', 3.0, 8000, 2)
    return dataclasses.replace(row, **fields)


class Named(Effect):
    """An effect that only has a key."""

    name = "named"

    def __init__(self, key: str, revision: str = "1") -> None:
        self._key, self._revision = key, revision

    @property
    def key(self) -> str:
        return self._key

    @property
    def revision(self) -> str:
        return self._revision

    def process(self, channel, sample_rate):
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Step:
    family: str
    level: float | None
    effect: Effect


def test_rows_come_back_as_they_went_in(tmp_path: Path, rng: np.random.Generator) -> None:
    store = Store(tmp_path / "s")
    vectors = rng.standard_normal((3, 4)).astype(np.float32)
    given_part = dataclasses.replace(part(gain_db=-2.5), vectors=vectors)
    store.append(SPEC, "top", [given_part])
    table = store.vectors(KEY, "top")
    assert stacked(table).tobytes() == vectors.tobytes()
    assert table.drop_columns(["vector"]).to_pylist()[2] == {
        "clip": "c1",
        "effect": "gain(db=3)",
        "effect_revision": "1",
        "family": "gain",
        "level": 3.0,
        "gain_db": -2.5,
        "recipe": "1s",
        "segment": 2,
        "start": 2.0,
    }
    assert store.keys(KEY, "top") == {"c1": {VariantKey("gain(db=3)", "1", "1s")}}
    assert store.keys(KEY, "deep/er") == {}


def test_layout_and_metadata_are_as_documented(tmp_path: Path) -> None:
    store = Store(tmp_path)
    shard = store.append(SPEC, "deep/er", [part(dim=2)])
    assert shard.parent.relative_to(tmp_path).parts == ("vectors", "toy@3", "deep%2Fer")
    schema = pq.read_schema(shard)
    assert schema.metadata[b"wetdry.schema"] == b"1"
    assert json.loads(schema.metadata[b"wetdry.spec"])["revision"] == "3"
    assert str(schema.field("clip").type) == "dictionary<values=string, indices=int32, ordered=0>"
    assert schema.field("vector").type.list_size == 2
    assert store.layers() == [(KEY, "deep/er")]
    assert store.spec("toy", "deep/er")["layers"][0]["labels"] == ["a", "b", "c", "d"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), st.integers(1, 3)), min_size=1, max_size=8))
def test_any_order_and_any_duplicates_read_the_same(tmp_path_factory: pytest.TempPathFactory, rows) -> None:
    tables = []
    # A key has one number of segments: what is embedded is determined by its key.
    segments = {(clip, effect): n for clip, effect, n in rows}
    for order in (rows, rows[::-1] + rows[:2]):
        store = Store(tmp_path_factory.mktemp("store"))
        for clip, effect, _ in order:
            n = segments[clip, effect]
            store.append(SPEC, "top", [part(clip, effect, segments=n, fill=float(ord(clip) * ord(effect)))])
        tables.append(store.vectors(KEY, "top"))
    assert tables[0].equals(tables[1])
    keys = list(zip(*(tables[0][name].to_pylist() for name in ("clip", "effect", "segment")), strict=True))
    assert keys == sorted({(c, e, i) for (c, e), n in segments.items() for i in range(n)})


def test_filters(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append(SPEC, "top", [part(c, e) for c in ("c1", "c2", "c3") for e in ("x", "y")])
    store.append(SPEC, "top", [part("c1", "x", recipe="1s+mean", segments=1, fill=9.0)])
    found = store.vectors("toy", "top", clips=["c1", "c3", "none"], effects=["x"], recipe="1s")
    assert set(zip(found["clip"].to_pylist(), found["effect"].to_pylist(), strict=True)) == {("c1", "x"), ("c3", "x")}
    assert found.num_rows == 6
    assert store.vectors("toy", "top", columns=["start"]).column_names[-1] == "start"
    assert store.vectors("toy", "top", clips=[]).num_rows == 0
    assert stacked(store.vectors("toy", "top", clips=[])).shape == (0, 4)


def test_vectors_of_two_widths_need_a_recipe(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append(SPEC, "top", [part()])
    store.append(SPEC, "top", [part(recipe="1s+mean+sd", dim=8, segments=1)])
    with pytest.raises(StoreError, match=r"different widths; give the recipe: 1s, 1s\+mean\+sd"):
        store.vectors("toy", "top")
    assert stacked(store.vectors("toy", "top", recipe="1s+mean+sd")).shape == (1, 8)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    with pytest.raises(StoreError, match="holds no vectors; check the path"):
        store.vectors("toy", "top")
    store.append(SPEC, "top", [part()])
    with pytest.raises(StoreError, match='holds no vectors of "tay": did you mean "toy"'):
        store.vectors("tay", "top")
    with pytest.raises(StoreError, match='no layer "tops" of toy@3: did you mean "top"'):
        store.vectors("toy", "tops")
    store.append(dataclasses.replace(SPEC, revision="4"), "top", [part()])
    with pytest.raises(StoreError, match="several revisions of toy; name one: toy@3, toy@4"):
        store.vectors("toy", "top")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="is a file, but a store is a folder"):
        Store(tmp_path / "file")


def test_a_later_row_of_an_item_replaces_the_earlier(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append_items([item("one", "c1"), item("two", "c2")])
    store.append_items([item("one", "c9", labels="{}"), item("one", "c3", excerpt="0/15")])
    rows = store.items("songs").to_pylist()
    assert [(r["item"], r["excerpt"], r["clip"]) for r in rows] == [
        ("one", "0/15", "c3"),
        ("one", "0/all", "c9"),
        ("two", "0/all", "c2"),
    ]
    assert store.items("others").num_rows == 0


def test_table_gives_each_item_its_rows_even_where_two_are_the_same_audio(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append_items([item("one", "c1"), item("copy", "c1"), item("two", "c2"), item("three", "c3")])
    store.append(SPEC, "top", [part("c1", "x", fill=1.0), part("c2", "x", fill=2.0), part("lost", "x")])
    table = store.table("toy", "top")
    assert table["item"].to_pylist() == ["copy"] * 3 + ["one"] * 3 + ["two"] * 3
    assert stacked(table)[:, 0].tolist() == [1, 2, 3, 1, 2, 3, 2, 3, 4]
    assert table["group"].to_pylist() == ["g"] * 9


def test_table_with_steps_lists_an_effect_under_each_sweep_that_has_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append_items([item("one", "c1")])
    store.append(SPEC, "top", [part("c1", "identity", family="gain", level=0.0, segments=1, fill=0.0)])
    store.append(SPEC, "top", [part("c1", "reverb", revision=r, segments=1, fill=float(r)) for r in ("1", "2")])
    steps = [
        Step("reverb", 0.0, Named("identity")),
        Step("reverb", 5.0, Named("reverb", "2")),
        Step("gain", 0.0, Named("identity")),
        Step("gain", 1.0, Named("absent")),
    ]
    table = store.table("toy", "top", steps=steps)
    assert list(zip(table["family"].to_pylist(), table["level"].to_pylist(), strict=True)) == [
        ("reverb", 0.0),
        ("reverb", 5.0),
        ("gain", 0.0),
    ]
    assert stacked(table)[:, 0].tolist() == [0.0, 2.0, 0.0]


def test_failures_are_replaced_once_settled(tmp_path: Path) -> None:
    store = Store(tmp_path)
    decode = Failure("songs", "one", "/m/one.wav", "", "", "decode", "no such file")
    effect = Failure("songs", "two", "/m/two.wav", "x", "", "effect", "gave NaN")
    store.update_failures([], lambda _: True)
    assert not (tmp_path / "failures").exists()
    store.update_failures([effect, decode], lambda _: False)
    assert [row["item"] for row in store.failures().to_pylist()] == ["one", "two"]
    store.update_failures([], lambda row: row.item == "one")
    assert store.failures().to_pylist() == [dataclasses.asdict(effect)]


def test_listing_counts_rows_shards_and_bytes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    shards = [store.append(SPEC, "top", [part("c1")]), store.append(SPEC, "top", [part("c2", segments=2)])]
    (holding,) = store.ls()
    assert (holding.encoder, holding.layer, holding.rows, holding.shards) == (KEY, "top", 5, 2)
    assert holding.bytes == sum(shard.stat().st_size for shard in shards)


def test_a_clock_that_was_set_back_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recorded last counts, though the clock says that it was before."""
    failure = Failure("songs", "one", "/m/one.wav", "", "", "decode", "no such file")
    Store(tmp_path).append_items([item("one", "c1")])
    Store(tmp_path).update_failures([failure], lambda _: False)
    monkeypatch.setattr(time, "time_ns", lambda: 10**18)  # 2001
    store = Store(tmp_path)
    store.append_items([item("one", "c2")])
    assert store.items()["clip"].to_pylist() == ["c2"]
    store.append_items([item("one", "c3")])
    assert store.items()["clip"].to_pylist() == ["c3"]
    store.update_failures([], lambda _: True)
    assert store.failures().num_rows == 0
    store.update_failures([failure], lambda _: False)
    assert store.failures().num_rows == 1
    store.compact()
    assert store.items()["clip"].to_pylist() == ["c3"]
    assert store.failures().num_rows == 1
