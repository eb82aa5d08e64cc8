import os
from pathlib import Path

import pytest

from wetdry.datasets import dataset
from wetdry.errors import DataError


def touch(root: Path, *names: str) -> None:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def ids(root: Path) -> list[str]:
    return [item.id for item in dataset(f"folder:{root}")]


def test_takes_audio_at_any_depth_in_order_of_relative_path(tmp_path):
    touch(
        tmp_path,
        "b.WAV",
        "a/z.flac",
        "a/deep/er/y.Ogg",
        "c.mp3",
        "d.aiff",
        "e.aif",
        "f.oga",
        "notes.txt",
        "wav",
        "g.wave",
    )
    assert ids(tmp_path) == ["a/deep/er/y.Ogg", "a/z.flac", "b.WAV", "c.mp3", "d.aiff", "e.aif", "f.oga"]


def test_an_item_points_to_its_file_is_its_own_group_and_knows_its_first_folder(tmp_path):
    touch(tmp_path, "calm/take 1/a.wav", "b.wav")
    top, nested = dataset(f"folder:{tmp_path}")
    assert nested.path == tmp_path / "calm" / "take 1" / "a.wav"
    assert nested.group == nested.id == "calm/take 1/a.wav"
    assert nested.labels == {"folder": "calm"}
    assert top.labels == {}


def test_hidden_files_and_folders_are_left_out_but_a_hidden_root_is_not(tmp_path):
    root = tmp_path / ".music"
    touch(root, "._a.wav", ".cache/b.wav", "c.wav")
    assert ids(root) == ["c.wav"]


def test_a_folder_named_like_audio_is_entered_and_not_taken_for_a_file(tmp_path):
    touch(tmp_path, "album.wav/a.flac")
    assert ids(tmp_path) == ["album.wav/a.flac"]


def test_links_that_loop_end_and_no_folder_counts_twice(tmp_path):
    touch(tmp_path, "b/song.wav")
    (tmp_path / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "c").symlink_to(tmp_path / "b")
    assert ids(tmp_path) == ["a/song.wav"]


def test_linked_folders_elsewhere_are_followed_and_dead_links_kept_to_fail_as_rows(tmp_path):
    touch(tmp_path, "far/song.wav")
    (tmp_path / "near").mkdir()
    (tmp_path / "near" / "link").symlink_to(tmp_path / "far")
    (tmp_path / "near" / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    assert ids(tmp_path / "near") == ["gone.wav", "link/song.wav"]


def test_names_that_are_not_utf8_give_ids_that_are(tmp_path):
    raw = os.fsencode(tmp_path) + b"/caf\xe9.wav"
    try:
        with open(raw, "wb"):  # noqa: PTH123
            pass
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (item,) = dataset(f"folder:{tmp_path}")
    assert item.id == r"caf\xe9.wav"
    assert item.path.exists()


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    touch(tmp_path, "music/a.wav")
    opened = dataset("folder:~/music")
    assert opened.name == "folder:~/music"
    assert opened.items[0].path == tmp_path / "music" / "a.wav"


def test_each_mistake_gets_one_sentence(tmp_path):
    touch(tmp_path, "song.wav", "texts/a.txt")
    for where, said in {
        "": "folder: names no place",
        str(tmp_path / "nowhere"): "nowhere: no such folder",
        str(tmp_path / "song.wav"): "song.wav: is a file, not a folder",
        str(tmp_path / "texts"): "texts: holds no audio file (aif, aiff, flac, mp3, oga, ogg, wav)",
        "~nobody-of-that-name/music": "a home that is not known",
    }.items():
        with pytest.raises(DataError) as caught:
            dataset(f"folder:{where}")
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_sub_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    touch(tmp_path, "a.wav", "locked/b.wav")
    real = Path.iterdir

    def denied(folder: Path):
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(Path, "iterdir", denied)
    with pytest.raises(DataError, match=r"locked: cannot be read \(Permission denied\)"):
        dataset(f"folder:{tmp_path}")
