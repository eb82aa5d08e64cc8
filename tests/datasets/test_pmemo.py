import pytest
import rated_sets
from rated_sets import music2emo, write

from wetdry.datasets import dataset, pmemo
from wetdry.errors import DataError


@pytest.fixture
def folder(tmp_path):
    return rated_sets.pmemo(tmp_path / "pmemo")


def test_rated_choruses_and_their_means(folder):
    first, fourth, fifth = dataset(f"pmemo:{folder}")
    assert (first.id, first.labels) == ("1", {"valence": 0.575, "arousal": 0.4})
    assert (fourth.id, fourth.labels) == ("4", {"valence": 0.0, "arousal": 1.0})
    assert (fifth.id, fifth.labels) == ("5", {"valence": 0.5, "arousal": 0.5})
    assert fourth.path == folder / "chorus" / "4.flac"
    moments = pmemo.song_ratings(str(folder)).moments
    assert moments == {"1": {"valence": 0.5, "arousal": 0.5}, "4": {"valence": 0.1, "arousal": 0.9}}


def test_the_copy_of_music2emo_gives_the_same_ratings(folder):
    (folder / "annotations").rename(folder / "elsewhere")
    header = "song_id,valence_mean,valence_std,arousal_mean,arousal_std"
    write(folder, "meta/static_annotations.csv", header, "1,5.6,0.2,4.2,0.2", "4,1,0.2,9,0.2")
    music2emo(folder, "meta", train=[1], test=[4])
    opened = dataset(f"pmemo:{folder},split=music2emo")
    assert [item.labels["valence"] for item in opened] == pytest.approx([0.575, 0.0])
    assert [item.labels["arousal"] for item in opened] == pytest.approx([0.4, 1.0])
    assert [item.split for item in opened] == ["train", "test"]


def test_ratings_beyond_the_scale_are_named(folder):
    write(folder, "annotations/static_annotations.csv", "musicId,Arousal(mean),Valence(mean)", "1,5.2,0.5")
    with pytest.raises(DataError, match=r'line 2: Arousal\(mean\) is "5.2", which is no rating from 0 to 1'):
        dataset(f"pmemo:{folder}")


def test_the_published_tables(data_dir):
    folder = data_dir / "pmemo"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    opened = dataset(f"pmemo:{folder},split=music2emo")
    assert opened.items[0].labels == pytest.approx({"valence": 0.8625, "arousal": 0.8625})
    assert {item.split for item in opened} == {"train", "validation", "test"}
    ratings = pmemo.song_ratings(str(folder))
    assert len(ratings.whole) == len(ratings.moments) == 767
