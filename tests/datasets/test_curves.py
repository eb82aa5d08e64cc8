import numpy as np
import pytest
import rated_sets
from rated_sets import write

from wetdry.datasets import curves, dataset
from wetdry.datasets.scales import CENTRED, NINE_POINTS, UNIT
from wetdry.errors import DataError

HEADER = "song_id,sample_15000ms,sample_15500ms,sample_16000ms"


@pytest.fixture
def emomusic(tmp_path):
    folder = rated_sets.emomusic(tmp_path / "emomusic")
    write(folder, "annotations/valence_cont_average.csv", HEADER, "2,-1,0,0.5", "10,0.25,,", "999,0,0,0", "13,,,0.5")
    write(folder, "annotations/arousal_cont_average.csv", HEADER, "2,1,0,-0.25", "10,-0.5,0.5", "999,0,0,0", "13,1,0,")
    return folder


def same(curve, seconds, valence, arousal):
    assert curve.seconds.tolist() == seconds
    assert curve.values["valence"].tolist() == pytest.approx(valence, abs=1e-12)
    assert curve.values["arousal"].tolist() == pytest.approx(arousal, abs=1e-12)


def test_ratings_come_at_their_seconds_on_the_scale_of_the_labels(emomusic):
    found = curves(f"emomusic:{emomusic}")
    same(found["2"], [15.0, 15.5, 16.0], [1.0, 5.0, 7.0], [9.0, 5.0, 4.0])
    assert found["2"].scale == NINE_POINTS


def test_only_seconds_that_both_axes_have_and_songs_that_are_heard_count(emomusic):
    """Song 10 has one second in common, song 13 none, and there is no audio of song 999."""
    found = curves(f"emomusic:{emomusic}")
    assert list(found) == ["2", "10"]
    same(found["10"], [15.0], [6.0], [3.0])


def test_a_set_without_ratings_over_time_has_no_curves(tmp_path, emomusic):
    assert curves("folder:nowhere") == {}
    for axis in ("valence", "arousal"):
        (emomusic / "annotations" / f"{axis}_cont_average.csv").unlink()
        assert curves(f"emomusic:{emomusic}") == {}
    assert curves(f"pmemo:{_without_moments(tmp_path)}") == {}


def _without_moments(tmp_path):
    folder = rated_sets.pmemo(tmp_path / "pmemo")
    (folder / "annotations" / "dynamic_annotations.csv").unlink()
    return folder


def test_a_rating_beyond_the_scale_is_named(emomusic):
    write(emomusic, "annotations/arousal_cont_average.csv", HEADER, "2,1,0,4.5")
    with pytest.raises(DataError, match=r"emomusic: arousal of song 2 at 16 s is 4.5, .* from -1 to 1; get"):
        curves(f"emomusic:{emomusic}")


def test_pmemos_rows_are_put_in_the_order_of_time(tmp_path):
    folder = rated_sets.pmemo(tmp_path / "pmemo")
    rows = ["1,16.0,0.25,0.5", "4,15.5,0.9,0.1", "1,15.5,0.75,0.125", "1000,15.5,0.5,0.5"]
    write(folder, "annotations/dynamic_annotations.csv", "musicId,frameTime,Arousal(mean),Valence(mean)", *rows)
    found = curves(f"pmemo:{folder}")
    assert list(found) == ["1", "4"]
    same(found["1"], [15.5, 16.0], [0.125, 0.5], [0.75, 0.25])
    assert found["4"].scale == UNIT


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,15.5,0.5,0.5", r"line 3: second 15.5 of song 1 stands here twice; remove"),
        ("1,soon,0.5,0.5", r'line 3: frameTime is "soon", which is no time in s; correct'),
        ("1,-1,0.5,0.5", r'line 3: frameTime is "-1", which is no time'),
    ],
)
def test_times_that_are_none_or_stand_twice_are_named(tmp_path, row, said):
    folder = rated_sets.pmemo(tmp_path / "pmemo")
    header = "musicId,frameTime,Arousal(mean),Valence(mean)"
    write(folder, "annotations/dynamic_annotations.csv", header, "1,15.50,0.5,0.5", row)
    with pytest.raises(DataError, match=said):
        curves(f"pmemo:{folder}")


@pytest.mark.parametrize("labels", ["", ",labels=as-published", ",labels=repaired"])
def test_deams_ratings_over_time_are_the_same_repaired_or_not(tmp_path, labels):
    folder = rated_sets.deam(tmp_path / "deam")
    rated_sets.deam_sampled(folder, ["2,0.9,0,0.5", "1001,0,-1"], ["2,0,1,-0.5", "1001,0,0.25"])
    found = curves(f"deam:{folder}{labels}")
    same(found["2"], [14.5, 15.0, 15.5], [8.6, 5.0, 7.0], [5.0, 9.0, 3.0])
    same(found["1001"], [14.5, 15.0], [5.0, 1.0], [5.0, 6.0])


def test_with_the_blended_target_curves_are_on_its_scale(tmp_path):
    folder = rated_sets.deam(tmp_path / "deam")
    rated_sets.deam_sampled(folder, ["2,0.9,0,0.5"], ["2,0,1,-0.5"])
    found = curves(f"deam:{folder},target=katsis2025")
    assert found["2"].scale == CENTRED
    same(found["2"], [14.5, 15.0, 15.5], [0.9, 0.0, 0.5], [0.0, 1.0, -0.5])


def test_the_published_curves_agree_with_the_ratings_of_the_whole_and_end_with_the_audio(data_dir):
    from wetdry.audio import load

    for kind, first, songs in (("emomusic", 15.0, 10), ("pmemo", 15.5, 4)):
        text = f"{kind}:{data_dir / kind}"
        found = curves(text)
        assert len(found) == songs
        whole = [item.labels[axis] for item in dataset(text) for axis in ("valence", "arousal")]
        means = [found[item.id].values[axis].mean() for item in dataset(text) for axis in ("valence", "arousal")]
        assert np.corrcoef(whole, means)[0, 1] > 0.8
        for item in dataset(text):
            seconds = found[item.id].seconds
            assert seconds[0] == first
            assert np.allclose(np.diff(seconds), 0.5)
            assert 0.0 <= load(item.path).seconds - seconds[-1] < 0.5
