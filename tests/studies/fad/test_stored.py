"""Rows of a layer out of a store: in order, each once, in memory or in a file, in whichever process."""

import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest
from stored_vectors import put, stored_layer

from wetdry.errors import StoreError
from wetdry.studies import backing
from wetdry.studies.deformations import DRY
from wetdry.studies.fad.stored import StoredRows

DIM = 5


@pytest.fixture
def planted(tmp_path):
    """Six items whose clips are stored in another order, in shards that share some of them."""
    rng = np.random.default_rng(3)
    items = np.array([f"{letter}.wav" for letter in "abcdef"])
    clips = np.array(["f9", "03", "c4", "7a", "11", "88"])
    windows = {clip: rng.standard_normal((1 + number, DIM)).astype(np.float32) for number, clip in enumerate(clips)}
    layer = stored_layer(tmp_path / "store", DIM)
    for first in (0, 2, 3):
        put(layer, {(clip, DRY.effect): windows[clip] for clip in clips[first : first + 3]})
    put(layer, {("00", DRY.effect): rng.standard_normal((2, DIM))})
    stored = StoredRows(layer, clips, items, np.array(list("xxyyzz")), np.array(list("ppqqrr")))
    return stored, [windows[clip] for clip in clips]


@pytest.mark.parametrize("memory", [0.0, 1e9], ids=["in a file", "in memory"])
def test_rows_are_in_order_of_items_and_windows_wherever_they_are(planted, memory, monkeypatch):
    stored, windows = planted
    monkeypatch.setattr(backing, "free_memory", lambda: memory)
    found = pickle.loads(pickle.dumps(stored)).read()  # noqa: S301  as it goes to another process
    np.testing.assert_array_equal(found.vectors, np.concatenate(windows))
    assert "".join(found.item) == "".join(f"{name}.wav" * count for count, name in enumerate("abcdef", 1))
    assert "".join(found.group) == "x" * 3 + "y" * 7 + "z" * 11
    assert "".join(found.label) == "p" * 3 + "q" * 7 + "r" * 11


def test_a_row_that_is_no_number_is_left_out(planted):
    stored, windows = planted
    broken = np.ones((2, DIM))
    broken[0, 3] = np.nan
    put(stored.layer, {("ee", DRY.effect): broken})
    more = StoredRows(
        stored.layer,
        *(
            np.append(getattr(stored, name), new)
            for name, new in zip(("clip", "item", "group", "label"), ("ee", "g.wav", "w", "s"), strict=True)
        ),
    )
    found = more.read()
    np.testing.assert_array_equal(found.vectors[:], np.concatenate([*windows, broken[1:]]))
    assert found.label[-2:].tolist() == ["r", "s"]


def test_a_file_of_vectors_has_no_name_and_ends_with_them(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    vectors = backing.room_for((3, 4, 5), memory=0.0)
    assert not list(tmp_path.iterdir())
    vectors[1] = 7.0
    assert vectors.sum() == 7.0 * 20
    assert _mapped(tmp_path)
    del vectors
    assert not _mapped(tmp_path)


def _mapped(folder: Path) -> bool:
    return str(folder) in Path("/proc/self/maps").read_text(encoding="utf-8")


def test_a_disk_without_room_is_a_sentence():
    with pytest.raises(StoreError, match=r"has no room for .* GB of vectors, .* TMPDIR"):
        backing.room_for((2**20, 2**22), memory=0.0)
