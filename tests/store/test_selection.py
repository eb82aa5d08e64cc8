"""Reading rows shard by shard: each key once, whatever is held from the first look and whatever is joined meanwhile."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from wetdry.audio import Windows
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.errors import StoreError
from wetdry.store import Embedded, Store, VariantKey, selection, stacked
from wetdry.store.format import KEY_COLUMNS, canonical

LAYER = Layer("top", 4)
SPEC = EncoderSpec("toy", "3", 8000, Windows(1.0), (LAYER,), "top", "GPL-3.0-or-later", "for tests")


def part(clip: int, effect: str, dim: int = 4, recipe: str = "1s") -> Embedded:
    rng = np.random.default_rng([clip, len(effect)])
    vectors = rng.standard_normal((2, dim), dtype=np.float32)
    return Embedded(f"c{clip}", VariantKey(effect, "1", recipe), "gain", 1.0, None, np.float32([0, 1]), vectors)


def filled(root: Path) -> Store:
    """Shards of overlapping clips: many rows are in two of them."""
    store = Store(root)
    for first in range(0, 12, 2):
        store.append(SPEC, "top", [part(clip, effect) for clip in range(first, first + 4) for effect in ("x", "yy")])
    return store


@pytest.mark.parametrize("held", [0, 400, 1 << 20], ids=["nothing", "some", "all"])
@pytest.mark.parametrize("kept", [{}, {"effects": ["x"]}, {"clips": ["c3", "c9", "none"]}, {"clips": []}], ids=str)
def test_batches_give_every_key_once(tmp_path: Path, held: int, kept: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path)
    expected = store.vectors("toy", "top", **kept)
    monkeypatch.setattr(selection, "MOST_HELD", held)
    columns = [*KEY_COLUMNS, "start", "vector"]
    batches = list(store.batches("toy", "top", columns, **kept))
    assert sum(len(batch) for batch in batches) == len(expected)
    if batches:
        found = canonical(pa.concat_tables(batches).unify_dictionaries())
        assert stacked(found).tobytes() == stacked(expected).tobytes()
        assert found.select(KEY_COLUMNS).equals(expected.select(KEY_COLUMNS))
    assert store.vectors("toy", "top", **kept).equals(expected)


@pytest.mark.parametrize("held", [0, 1 << 20])
def test_what_is_joined_between_two_batches_is_neither_lost_nor_met_again(
    tmp_path: Path, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path)
    expected = store.vectors("toy", "top")
    monkeypatch.setattr(selection, "MOST_HELD", held)
    batches = []
    for number, batch in enumerate(store.batches("toy", "top", ["clip", "effect", "segment", "vector"])):
        batches.append(batch)
        if number == 1:
            assert store.compact().into == 1
    found = canonical(pa.concat_tables(batches).unify_dictionaries(), ["clip", "effect", "segment"])
    assert sum(map(len, batches)) == len(expected)
    assert stacked(found).tobytes() == stacked(expected).tobytes()


def test_one_width_is_asked_for_where_shards_have_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path)
    store.append(SPEC, "top", [part(0, "x", dim=8, recipe="1s+mean+sd")])
    for held in (0, 1 << 20):
        monkeypatch.setattr(selection, "MOST_HELD", held)
        with pytest.raises(StoreError, match=r"different widths; give the recipe: 1s, 1s\+mean\+sd"):
            store.vectors("toy", "top")
        assert stacked(store.vectors("toy", "top", recipe="1s+mean+sd")).shape == (2, 8)
    assert sorted({stacked(batch).shape[1] for batch in store.batches("toy", "top", ["vector"])}) == [4, 8]


def test_shards_that_keep_vanishing_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path)
    there = store.medium.files(store.folder(SPEC.key, "top"))
    monkeypatch.setattr(selection, "list_shards", lambda *_: [*there, f"{there[0]}.gone"])
    with pytest.raises(StoreError, match="shards keep vanishing while they are read"):
        store.vectors("toy", "top")
    with pytest.raises(StoreError, match="shards keep vanishing while they are read"):
        next(store.batches("toy", "top", ["clip"]))
