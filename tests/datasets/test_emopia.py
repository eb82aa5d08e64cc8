from collections import Counter

import pytest
import rated_sets
from rated_sets import write

from wetdry.datasets import dataset
from wetdry.datasets.splits.emopia_splits import official_split, random_split, songs_on_several_sides
from wetdry.errors import DataError

pytest.importorskip("tinysoundfont", reason="EMOPIA is played with tinysoundfont")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    return rated_sets.emopia(tmp_path / "EMOPIA_1.0")


def test_quadrant_song_and_published_split(folder):
    opened = dataset(f"emopia:{folder}")
    assert [item.id for item in opened] == list(rated_sets.EMOPIA_CLIPS)
    assert [item.labels for item in opened] == [{"quadrant": q} for q in ("Q1", "Q1", "Q3", "Q4")]
    assert [item.group for item in opened] == ["0vLPYiPN7qY", "0vLPYiPN7qY", "a_b-c_d-e_f", "e838BE_MH6s"]
    assert [item.split for item in opened] == ["train", "train", "validation", "test"]
    assert all(item.path.is_file() and item.path.name.startswith(item.id) for item in opened)
    assert opened.name == f"emopia:{folder},timbre=acoustic-grand-piano,split=official"
    assert "split by songs as published" in opened.about


def test_the_folder_above_gives_the_same_clips(folder):
    assert dataset(f"emopia:{folder.parent}").items == dataset(f"emopia:{folder}").items


def test_the_random_split_needs_no_lists_and_hidden_files_do_not_count(folder):
    (folder / "split").rename(folder / "elsewhere")
    (folder / "midis" / "._Q1_0vLPYiPN7qY_0.mid").write_bytes(b"x")
    assert len(dataset(f"emopia:{folder},split=random")) == 4
    with pytest.raises(DataError, match=r"with midis, label\.csv, split; it lacks split; give"):
        dataset(f"emopia:{folder}")


def test_another_timbre_is_another_sound_of_the_same_clips(folder):
    piano, harpsichord = dataset(f"emopia:{folder}"), dataset(f"emopia:{folder},timbre=harpsichord")
    assert [item.id for item in piano] == [item.id for item in harpsichord]
    assert piano.items[0].path.read_bytes() != harpsichord.items[0].path.read_bytes()
    assert "played on harpsichord" in harpsichord.about


def test_the_random_split_says_that_it_leaks(folder):
    opened = dataset(f"emopia:{folder},split=random")
    assert Counter(item.split for item in opened) == {"train": 3, "test": 1}
    torn = {item.group: set() for item in opened}
    for item in opened:
        torn[item.group].add(item.split)
    count = sum(len(sides) > 1 for sides in torn.values())
    assert f"which leaks: {count} of 3 songs are on several sides" in opened.about
    assert dataset(opened.name) == opened


def test_shares_of_the_random_split_and_its_seed():
    clips = [f"{k}" for k in range(200)]
    sides = random_split(clips)
    assert Counter(sides.values()) == {"train": 140, "validation": 30, "test": 30}
    assert random_split(reversed(clips)) == sides


def test_clips_that_contradict_their_labels_are_named(folder):
    def refused() -> str:
        with pytest.raises(DataError) as caught:
            dataset(f"emopia:{folder}")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    rows = [f"{clip},{clip[1]},A" for clip in rated_sets.EMOPIA_CLIPS]
    write(folder, "label.csv", "ID,4Q,annotator", "Q1_0vLPYiPN7qY_0,3,A", *rows[1:])
    assert "Q1_0vLPYiPN7qY_0 is Q3 here and Q1 by name" in refused()
    write(folder, "label.csv", "ID,4Q,annotator", *rows[1:])
    assert "has no row for Q1_0vLPYiPN7qY_0.mid" in refused()
    write(folder, "label.csv", "ID,4Q,annotator", "Q1_0vLPYiPN7qY_0,5,A", *rows[1:])
    assert 'line 2: 4Q is "5", not 1, 2, 3 or 4' in refused()
    write(folder, "label.csv", "ID,4Q,annotator", *rows)
    (folder / "midis" / "song.mid").write_bytes(b"x")
    assert "song.mid is not named as in EMOPIA" in refused()
    (folder / "midis" / "song.mid").unlink()
    write(folder, "split/test_clip.csv", ",clip_name", "0,Q1_0vLPYiPN7qY_0.mid")
    assert "test_clip.csv, line 2: Q1_0vLPYiPN7qY_0 is in train_clip.csv too" in refused()
    for file in (folder / "midis").iterdir():
        file.unlink()
    assert "midis: holds no MIDI file" in refused()
    (folder / "midis").rmdir()
    assert "is not laid out as EMOPIA is published, with midis, label.csv, split; it lacks midis; give" in refused()


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("timbre=harpsicord", 'emopia has no timbre "harpsicord": did you mean "harpsichord"?'),
        ("split=songs", 'emopia has no split "songs": known: official, random'),
    ],
)
def test_choices_that_are_not_offered(folder, choice, said):
    with pytest.raises(DataError) as caught:
        dataset(f"emopia:{folder},{choice}")
    assert said in str(caught.value)


def test_the_published_split_keeps_songs_whole_and_the_random_one_tears_half_of_them(data_dir):
    folder = data_dir / "emopia"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    official = official_split(folder / "split")
    songs = {clip: clip[3:].rpartition("_")[0] for clip in official}
    assert Counter(official.values()) == {"train": 876, "validation": 114, "test": 88}
    assert len(set(songs.values())) == 387
    assert songs_on_several_sides(official, songs) == []
    assert len(songs_on_several_sides(random_split(official), songs)) == 197


def test_published_clips(data_dir, tmp_path, monkeypatch):
    """Three clips of the published folder, put into one of their own: all of them take minutes to play."""
    source = data_dir / "emopia"
    if not source.is_dir():
        pytest.skip(f"{source} is missing")
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    (tmp_path / "midis").mkdir()
    for name in ("label.csv", "split"):
        (tmp_path / name).symlink_to(source / name)
    clips = ["Q1_0vLPYiPN7qY_0", "Q1_0vLPYiPN7qY_1", "Q3_0EWWyyV7RJA_0"]
    for clip in clips:
        (tmp_path / "midis" / f"{clip}.mid").symlink_to(source / "midis" / f"{clip}.mid")
    opened = dataset(f"emopia:{tmp_path}")
    assert [(item.id, item.labels["quadrant"], item.split) for item in opened] == [
        ("Q1_0vLPYiPN7qY_0", "Q1", "validation"),
        ("Q1_0vLPYiPN7qY_1", "Q1", "validation"),
        ("Q3_0EWWyyV7RJA_0", "Q3", "test"),
    ]
