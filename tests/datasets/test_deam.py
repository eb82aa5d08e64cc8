import numpy as np
import pytest
import rated_sets
from rated_sets import DEAM_FIRST, DEAM_LAST, deam_sampled, music2emo, write

from wetdry.datasets import dataset, deam, emomusic
from wetdry.errors import DataError


@pytest.fixture
def folder(tmp_path):
    return rated_sets.deam(tmp_path / "deam")


def labels(text: str) -> dict[str, tuple[float, float]]:
    """(valence, arousal) of each song."""
    return {item.id: (item.labels["valence"], item.labels["arousal"]) for item in dataset(text)}


def test_labels_are_those_of_the_song_id_on_the_published_scale(folder):
    opened = dataset(f"deam:{folder}")
    assert labels(f"deam:{folder}") == {"2": (3.0, 7.0), "10": (5.0, 6.0), "1001": (8.0, 2.5), "2001": (1.0, 9.0)}
    assert [item.path.name for item in opened] == ["2.flac", "10.flac", "1001.flac", "2001.flac"]
    assert all(item.group == item.id and item.split == "" for item in opened)
    assert opened.name == f"deam:{folder},labels=as-published"
    assert "4 songs of DEAM with valence and arousal, from 1 to 9 (1 rated song has no audio here)" in opened.about
    assert "labels as published: valence and arousal of the songs up to id 1000" in opened.about
    assert "Creative Commons" in opened.licence


def test_the_repair_exchanges_the_labels_of_emomusics_songs_and_of_no_other(folder):
    opened = dataset(f"deam:{folder},labels=repaired")
    assert labels(opened.name) == {"2": (7.0, 3.0), "10": (6.0, 5.0), "1001": (8.0, 2.5), "2001": (1.0, 9.0)}
    assert opened.name.endswith(",labels=repaired")
    assert "labels repaired" in opened.about


def test_order_of_rows_does_not_matter_and_the_last_part_need_not_be_there(folder):
    write(folder, DEAM_FIRST, "song_id,arousal_mean,valence_mean", "1001,2.5,8", "10,6,5", "2,7,3")
    (folder / DEAM_LAST).unlink()
    assert labels(f"deam:{folder}") == {"2": (3.0, 7.0), "10": (5.0, 6.0), "1001": (8.0, 2.5)}


def test_the_archives_may_lie_in_folders_of_their_own(folder):
    (folder / "DEAM_Annotations").mkdir()
    (folder / "DEAM_audio").mkdir()
    (folder / "annotations").rename(folder / "DEAM_Annotations" / "annotations")
    (folder / "MEMD_audio").rename(folder / "DEAM_audio" / "MEMD_audio")
    assert len(dataset(f"deam:{folder}")) == 4


def test_the_target_of_katsis_blends_both_kinds_of_ratings_by_song_id(folder):
    deam_sampled(
        folder,
        valence=["1001, 0.9, 0.1, 0.3", "2, 0.9, -0.5", "1002, 0.9, 0.2,", "7, 0, 0, 0"],
        arousal=["2, , 0.25, ", "1001, 0.9, -0.4, -0.6", "1002, 0.9, 0.2, NA"],
    )
    blended = labels(f"deam:{folder},target=katsis2025")
    # Song 1001 has n = 2 samples from second 15 on, whose means are 0.2 and -0.5; song 2 has n = 1. Song 10 has none.
    assert list(blended) == ["2", "1001"]
    valence, arousal = (8 - 5) / 4, (2.5 - 5) / 4
    assert blended["1001"] == pytest.approx(((2 * 0.2 + 17 * valence) / 17 / 2, (2 * -0.5 + 17 * arousal) / 17 / 2))
    assert blended["2"] == pytest.approx(((-0.5 + 16 * -0.5) / 16 / 2, (0.25 + 16 * 0.5) / 16 / 2))
    repaired = labels(f"deam:{folder},target=katsis2025,labels=repaired")
    assert repaired["2"] == pytest.approx(((-0.5 + 16 * 0.5) / 16 / 2, (0.25 + 16 * -0.5) / 16 / 2))
    opened = dataset(f"deam:{folder},target=katsis2025")
    assert opened.name == f"deam:{folder},labels=as-published,target=katsis2025"
    assert "blended target of Katsis et al." in opened.about


def test_the_split_of_music2emo_goes_by_song_id(folder):
    music2emo(folder, "meta", train=[1001, 2], validation=[2001], test=[10])
    opened = dataset(f"deam:{folder},split=music2emo")
    assert {item.id: item.split for item in opened} == {
        "2": "train",
        "10": "test",
        "1001": "train",
        "2001": "validation",
    }
    assert opened.name == f"deam:{folder},labels=as-published,split=music2emo"


def test_all_ratings_are_there_without_audio(folder):
    deam_sampled(folder, valence=["1001, 0.9, 0.1, 0.3"], arousal=["1001, 0.9, -0.4, -0.6"])
    ratings = deam.song_ratings(str(folder))
    assert list(ratings.whole) == ["2", "10", "1001", "1002", "2001"]
    assert ratings.moments == {"1001": pytest.approx({"valence": 1.3 / 3, "arousal": -0.1 / 3})}
    assert deam.song_ratings(f"{folder},labels=repaired").whole["2"] == {"valence": 7.0, "arousal": 3.0}


def test_a_table_that_was_repaired_before_is_not_repaired_again(folder):
    # Listeners spread songs wider in arousal, so of exchanged columns "valence" varies more.
    rng = np.random.default_rng(1)
    rows = [f"{song},{5 + v:.2f},{5 + a:.2f}" for song, (v, a) in enumerate(rng.uniform(-1, 1, (600, 2)) * [1, 3], 2)]
    write(folder, DEAM_FIRST, "song_id,valence_mean,arousal_mean", *rows)
    assert len(dataset(f"deam:{folder}")) == 3
    with pytest.raises(DataError, match=r"seem to be in their places already.*open it with labels=as-published\."):
        dataset(f"deam:{folder},labels=repaired")


def test_each_mistake_gets_one_sentence(folder, tmp_path):
    cases = {
        f"deam:{tmp_path}/nowhere": "/nowhere: no such folder; check the path.",
        f"deam:{tmp_path}": f"is not laid out as DEAM is published, with {DEAM_FIRST}, MEMD_audio; it lacks all of",
        f"deam:{folder},labels=fixed": 'deam has no labels "fixed": known: as-published, repaired',
        f"deam:{folder},label=repaired": 'deam has no option "label": did you mean "labels"?',
        f"deam:{folder},labels=repaired,labels=repaired": "deam: labels is given twice",
        f"deam:{folder},target=katsis2025": "target=katsis2025 needs valence.csv and arousal.csv in annotations/",
        f"deam:{folder},split=music2emo": "split=music2emo needs the lists of Music2Emo, meta/split/train.txt",
        "deam:": "deam: names no place; give deam:PATH.",
    }
    for text, said in cases.items():
        with pytest.raises(DataError) as caught:
            dataset(text)
        assert said in str(caught.value), text
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("3,9.5,5", 'line 3: valence_mean is "9.5", which is no rating from 1 to 9'),
        ("3,5,", 'line 3: arousal_mean is "", which is no rating from 1 to 9'),
        ("3,5,nan", 'line 3: arousal_mean is "nan"'),
        ("2.0,5,5", "line 3: song 2 stands here twice"),
        ("x,5,5", 'line 3: "x" is no song id'),
        ("3,5", "line 3: has 2 fields where the header has 3"),
    ],
)
def test_a_row_that_cannot_be_right_is_named(folder, row, said):
    write(folder, DEAM_FIRST, "song_id,valence_mean,arousal_mean", "2,5,5", row)
    with pytest.raises(DataError) as caught:
        dataset(f"deam:{folder}")
    assert said in str(caught.value)


def test_missing_columns_and_missing_audio_are_named(folder):
    for file in (folder / "MEMD_audio").iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"MEMD_audio: holds no audio of the 5 rated songs, such as 2\.mp3"):
        dataset(f"deam:{folder}")
    write(folder, DEAM_FIRST, "song_id,valence_mean", "2,5")
    with pytest.raises(DataError, match="has no column arousal_mean"):
        dataset(f"deam:{folder}")


def test_a_song_on_two_lists_is_named(folder):
    music2emo(folder, "music2emotion_meta", train=[2, 10], test=[10])
    with pytest.raises(DataError, match=r"test\.txt: song 10 is on the list train\.txt too"):
        dataset(f"deam:{folder},split=music2emo")


def test_the_published_tables(data_dir):
    folder = data_dir / "deam"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    assert labels(f"deam:{folder}")["2"] == (3.1, 3.0)
    assert labels(f"deam:{folder},labels=repaired")["2"] == (3.0, 3.1)
    split = dataset(f"deam:{folder},split=music2emo")
    assert {item.split for item in split} <= {"train", "validation", "test"}
    ratings = deam.song_ratings(str(folder)).whole
    assert len(ratings) == 1802
    assert sum(int(song) <= 1000 for song in ratings) == 744


def test_the_repair_makes_the_published_table_agree_with_emomusic(data_dir):
    for name in ("deam", "emomusic"):
        if not (data_dir / name).is_dir():
            pytest.skip(f"{data_dir / name} is missing")
    original = emomusic.song_ratings(str(data_dir / "emomusic")).whole
    for choice, agreement in {"": 0.599, ",labels=repaired": 0.9998}.items():
        loaded = deam.song_ratings(f"{data_dir / 'deam'}{choice}").whole
        for axis in ("valence", "arousal"):
            pairs = np.array([(loaded[song][axis], original[song][axis]) for song in original])
            assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(agreement, abs=0.001)


@pytest.mark.parametrize("song", ["9" * 5000, "٣"])
def test_an_id_is_a_whole_number_in_the_digits_that_files_are_named_with(folder, song):
    table = folder / DEAM_FIRST
    table.write_text(table.read_text().replace("1002,", f"{song},"))
    with pytest.raises(DataError, match=r'line 5: ".*is no song id, which is a whole number'):
        dataset(f"deam:{folder}")


def test_a_time_beyond_all_numbers_is_no_column_of_ratings(folder):
    deam_sampled(folder, ["2, 0.1, 0.2, 0.3"], ["2, 0.1, 0.2, 0.3"])
    file = folder / rated_sets.DEAM_SAMPLED / "valence.csv"
    file.write_text(file.read_text().replace("15500", "9" * 5000))
    assert deam.song_moments(str(folder))["valence"] == {"2": {14.5: 0.1, 15.0: 0.2}}
