from pathlib import Path

import pytest

from wetdry.datasets import dataset
from wetdry.errors import DataError


def touch(root: Path, *names: str) -> None:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def rows(root: Path) -> list[tuple[str, str, str, str]]:
    return [(item.id, str(item.labels["class"]), item.group, item.split) for item in dataset(f"classes:{root}")]


def test_the_folder_below_the_path_is_the_class_and_one_inside_it_the_group(tmp_path):
    touch(tmp_path, "violin/b.wav", "violin/sonata/1.wav", "violin/sonata/part 2/2.flac", "cello/a.ogg", "notes.txt")
    assert rows(tmp_path) == [
        ("cello/a.ogg", "cello", "cello/a.ogg", ""),
        ("violin/b.wav", "violin", "violin/b.wav", ""),
        ("violin/sonata/1.wav", "violin", "violin/sonata", ""),
        ("violin/sonata/part 2/2.flac", "violin", "violin/sonata", ""),
    ]


def test_folders_of_splits_alone_are_splits_with_the_classes_in_them(tmp_path):
    touch(tmp_path, "Train/a/1.wav", "Train/b/1.wav", "valid/a/take/2.wav", "test/b/3.wav")
    assert rows(tmp_path) == [
        ("Train/a/1.wav", "a", "Train/a/1.wav", "train"),
        ("Train/b/1.wav", "b", "Train/b/1.wav", "train"),
        ("test/b/3.wav", "b", "test/b/3.wav", "test"),
        ("valid/a/take/2.wav", "a", "a/take", "validation"),
    ]


def test_a_recording_on_two_sides_is_one_group(tmp_path):
    touch(tmp_path, "train/a/take/1.wav", "test/a/take/2.wav", "test/b/3.wav")
    assert {group for _, label, group, _ in rows(tmp_path) if label == "a"} == {"a/take"}


def test_a_class_called_test_beside_others_is_a_class(tmp_path):
    touch(tmp_path, "test/1.wav", "violin/2.wav")
    assert [row[1:] for row in rows(tmp_path)] == [("test", "test/1.wav", ""), ("violin", "violin/2.wav", "")]


def test_it_says_which_classes_it_found(tmp_path):
    touch(tmp_path, "b/1.wav", "a/2.wav", "a/3.wav")
    assert dataset(f"classes:{tmp_path}").about == f"3 audio files in 2 classes below {tmp_path}: a, b"


def test_each_mistake_gets_one_sentence(tmp_path):
    touch(tmp_path, "one/violin/a.wav", "loose/violin/a.wav", "loose/b.wav", "sides/train/a/1.wav", "sides/test/2.wav")
    (tmp_path / "empty" / "violin").mkdir(parents=True)
    for where, said in {
        "": "classes: names no place; give classes:PATH.",
        f"{tmp_path}/nowhere": "nowhere: no such folder",
        f"{tmp_path}/empty": "empty: holds no audio file",
        f"{tmp_path}/one": 'one: has one class only, "violin"',
        f"{tmp_path}/loose": "loose: b.wav lies in no class folder",
        f"{tmp_path}/sides": "sides: test/2.wav lies in no class folder",
    }.items():
        with pytest.raises(DataError) as caught:
            dataset(f"classes:{where}")
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


def test_medley_solos_by_instrument(data_dir):
    folder = data_dir / "instruments" / "medley-solos-db"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    opened = dataset(f"classes:{folder}")
    # The class is told by a number in the file names too, independently of the folders.
    numbers = {str(item.labels["class"]): set() for item in opened}
    for item in opened:
        numbers[str(item.labels["class"])].add(item.path.name.split("-")[3].split("_")[0])
    assert numbers == {
        "clarinet": {"0"},
        "distorted_electric_guitar": {"1"},
        "female_singer": {"2"},
        "flute": {"3"},
        "piano": {"4"},
        "tenor_saxophone": {"5"},
        "trumpet": {"6"},
        "violin": {"7"},
    }
