import pytest
from rated_sets import sound, write

from wetdry.datasets.reading.layout import audio_by_stem, laid_out, without_audio
from wetdry.errors import DataError


def test_the_first_layout_that_is_whole_is_taken(tmp_path):
    write(tmp_path, "b/labels.csv", "x")
    (tmp_path / "sound").mkdir()
    found = laid_out("X", tmp_path, ("a/labels.csv", "sound"), ("b/labels.csv", "sound"))
    assert found == (tmp_path / "b" / "labels.csv", tmp_path / "sound")


def test_of_the_nearest_layout_the_first_missing_names_are_said(tmp_path):
    (tmp_path / "sound").mkdir()
    with pytest.raises(DataError) as caught:
        laid_out("X", tmp_path, ("other",), ("1.csv", "2.csv", "3.csv", "4.csv", "sound"), ("labels.csv", "sound"))
    assert str(caught.value) == (
        f"{tmp_path}: is not laid out as X is published, with labels.csv, sound; it lacks labels.csv; give the folder"
        " that holds them."
    )
    with pytest.raises(DataError, match=r"with other; it lacks all of them; give"):
        laid_out("X", tmp_path, ("other",))
    with pytest.raises(DataError, match=r"it lacks 1\.csv, 2\.csv, 3\.csv and 1 more; give"):
        laid_out("X", tmp_path, ("1.csv", "2.csv", "3.csv", "4.csv", "sound"))


def test_a_path_that_cannot_be_looked_at_is_named(tmp_path):
    with pytest.raises(DataError, match="cannot be opened \\(File name too long\\)"):
        laid_out("X", tmp_path / ("x" * 300), ("a",))


def test_of_one_song_in_two_formats_the_first_by_name_is_taken_and_hidden_files_are_not(tmp_path):
    sound(tmp_path, "2.flac", "10.flac", "._10.wav")
    for name in ("2.mp3", "._2.flac", "2.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert audio_by_stem(tmp_path) == {"2": tmp_path / "2.flac", "10": tmp_path / "10.flac"}


def test_what_is_left_out_is_counted():
    assert without_audio(0, "song") == ""
    assert without_audio(1792, "song") == " (1792 rated songs have no audio here)"
