import pytest
import rated_sets
from rated_sets import write

from wetdry.datasets import dataset
from wetdry.datasets.sets.emotify import GEMS
from wetdry.errors import DataError


@pytest.fixture
def folder(tmp_path):
    return rated_sets.emotify(tmp_path / "emotify")


def test_shares_of_listeners_by_the_number_within_the_genre(folder):
    opened = dataset(f"emotify:{folder}")
    assert [item.id for item in opened] == ["classical/1", "classical/2", "rock/1", "rock/2"]
    rock = opened.items[2]
    assert rock.path == folder / "emotifymusic" / "rock" / "1.flac"
    assert rock.labels == {**dict.fromkeys(GEMS, 0.0), "power": 1.0, "tension": 0.5, "amazement": 0.5, "genre": "rock"}
    assert rock.group == "rock/1"
    assert opened.items[3].labels["joyful_activation"] == 1.0


def test_the_genre_of_the_table_counts_and_not_the_alphabet(folder):
    text = (folder / "data.csv").read_text()
    write(folder, "data.csv", text.replace("rock", "pop").replace("classical", "rock").strip())
    for was, now in (("rock", "pop"), ("classical", "rock")):
        (folder / "emotifymusic" / was).rename(folder / "emotifymusic" / now)
    opened = dataset(f"emotify:{folder}")
    assert {item.id: item.labels["solemnity"] for item in opened} == {"rock/1": 1, "rock/2": 0, "pop/1": 0, "pop/2": 0}


def test_tracks_without_audio_are_left_out_and_counted(folder):
    (folder / "emotifymusic" / "classical" / "1.flac").unlink()
    opened = dataset(f"emotify:{folder}")
    assert [item.id for item in opened] == ["classical/2", "rock/1", "rock/2"]
    assert "(1 rated track has no audio here)" in opened.about


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("5,classical,0,0,0,0,0,0,0,0,0,3,Dutch", "track 5 is classical again after tracks of rock"),
        ("4,pop,0,0,0,0,0,0,0,0,0,3,Dutch", "line 7: track 4 is pop here, and rock above"),
        ("4,rock,2,0,0,0,0,0,0,0,0,3,Dutch", 'line 7: amazement is "2", which is no rating from 0 to 1'),
    ],
)
def test_a_table_that_cannot_be_right_is_named(folder, line, said):
    write(folder, "data.csv", (folder / "data.csv").read_text().strip(), line)
    with pytest.raises(DataError, match=said):
        dataset(f"emotify:{folder}")


def test_a_folder_without_audio_is_named(folder):
    for file in (folder / "emotifymusic").rglob("*.flac"):
        file.unlink()
    with pytest.raises(DataError, match="holds no audio of the rated tracks, such as rock/1"):
        dataset(f"emotify:{folder}")


def test_the_published_table(data_dir):
    folder = data_dir / "emotify"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    opened = dataset(f"emotify:{folder}")
    assert len(opened) == 144
    genres = [item.labels["genre"] for item in opened]
    assert {genre: genres.count(genre) for genre in genres} == {
        "classical": 36,
        "rock": 36,
        "electronic": 36,
        "pop": 36,
    }
    assert all(item.path.parent.name == item.labels["genre"] for item in opened)
    calm = {item.id: item.labels["calmness"] for item in opened}
    assert calm["classical/4"] == pytest.approx(32 / 42)


@pytest.mark.parametrize("genre", ["x" * 300, "..", "/", "a/b"])
def test_a_genre_that_is_no_name_of_a_folder_has_no_audio(folder, genre):
    text = (folder / "data.csv").read_text()
    (folder / "data.csv").write_text(text.replace("rock", genre))
    assert {item.labels["genre"] for item in dataset(f"emotify:{folder}")} == {"classical"}
