import pytest
import rated_sets
from rated_sets import music2emo, write

from wetdry.datasets import dataset, emomusic
from wetdry.errors import DataError


@pytest.fixture
def folder(tmp_path):
    return rated_sets.emomusic(tmp_path / "emomusic")


def test_ratings_genre_and_the_split_of_mediaeval_come_by_song_id(folder):
    second, tenth, thirteenth = dataset(f"emomusic:{folder}")
    assert second.labels == {"valence": 7.0, "arousal": 3.0, "genre": "Blues"}
    assert tenth.labels == {"valence": 6.0, "arousal": 5.0, "genre": "Rock"}
    assert thirteenth.labels == {"valence": 4.0, "arousal": 4.0}
    assert [item.split for item in (second, tenth, thirteenth)] == ["train", "test", "train"]
    assert second.path == folder / "clips_45seconds" / "2.flac"


def test_without_the_table_of_songs_there_is_no_split(folder):
    (folder / "annotations" / "songs_info.csv").unlink()
    opened = dataset(f"emomusic:{folder}")
    assert {item.split for item in opened} == {""}
    assert all(set(item.labels) == {"valence", "arousal"} for item in opened)


def test_the_split_of_music2emo_takes_the_place_of_the_other(folder):
    music2emo(folder, "meta", train=[10], validation=[2])
    opened = dataset(f"emomusic:{folder},split=music2emo")
    assert [item.split for item in opened] == ["validation", "train", ""]
    assert opened.name == f"emomusic:{folder},split=music2emo"


def test_the_means_of_what_listeners_said_while_songs_played(folder):
    header = "song_id,sample_15000ms,sample_15500ms"
    write(folder, "annotations/valence_cont_average.csv", header, "10,0.5,0.25", "2,1,")
    assert emomusic.song_ratings(str(folder)).moments == {}
    write(folder, "annotations/arousal_cont_average.csv", header, "2,-0.5,0.5", "10,0,0.5")
    assert emomusic.song_ratings(str(folder)).moments == {
        "2": {"valence": 1.0, "arousal": 0.0},
        "10": {"valence": 0.375, "arousal": 0.25},
    }
    write(folder, "annotations/arousal_cont_average.csv", header, "2,loud,0.5")
    with pytest.raises(DataError, match=r'line 2: "loud" is no rating'):
        emomusic.song_ratings(str(folder))
    write(folder, "annotations/arousal_cont_average.csv", "song_id,mean", "2,0.5")
    with pytest.raises(DataError, match="has no columns song_id, sample_15000ms and so on"):
        emomusic.song_ratings(str(folder))


def test_a_folder_of_something_else_is_refused(folder):
    (folder / "clips_45seconds").rename(folder / "audio")
    with pytest.raises(DataError) as caught:
        dataset(f"emomusic:{folder}")
    assert str(caught.value) == (
        f"{folder}: is not laid out as emoMusic is published, with annotations/static_annotations.csv,"
        " clips_45seconds; it lacks clips_45seconds; give the folder that holds them."
    )


def test_the_published_tables(data_dir):
    folder = data_dir / "emomusic"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    first = dataset(f"emomusic:{folder}").items[0]
    assert first.labels == {"valence": 3.0, "arousal": 3.1, "genre": "Blues"}
    assert first.split == "train"
    ratings = emomusic.song_ratings(str(folder))
    assert len(ratings.whole) == 744
    assert list(ratings.moments) == list(ratings.whole)
