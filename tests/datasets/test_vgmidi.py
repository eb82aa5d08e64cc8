import pytest
import rated_sets
from rated_sets import write

from wetdry.audio import load
from wetdry.datasets import dataset
from wetdry.datasets.scales import CENTRED
from wetdry.errors import DataError

HEADER = "id,series,console,game,piece,midi,valence,arousal"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    return rated_sets.vgmidi(tmp_path / "vgmidi")


@pytest.fixture
def opened(folder):
    pytest.importorskip("tinysoundfont")
    return dataset(f"vgmidi:{folder}")


def test_phrases_come_with_signs_quadrant_and_piece(opened):
    assert [item.id for item in opened] == [
        "Saga_NES_Saga II_Hills_0",
        "Saga_NES_Saga II_Hills_1",
        "Saga_NES_Saga II_Caves_0",
    ]
    assert [item.labels for item in opened] == [
        {"valence": 1.0, "arousal": 1.0, "quadrant": "Q1"},
        {"valence": -1.0, "arousal": 1.0, "quadrant": "Q2"},
        {"valence": -1.0, "arousal": -1.0, "quadrant": "Q3"},
    ]
    assert [item.group for item in opened] == ["NES_Saga II_Hills"] * 2 + ["NES_Saga II_Caves"]
    assert opened.scales == {"valence": CENTRED, "arousal": CENTRED}


def test_a_missing_phrase_is_left_out_and_counted(opened):
    assert opened.about.startswith("3 phrases of VGMIDI")
    assert "(1 rated phrase has no audio here)" in opened.about


def test_phrases_are_played_on_the_named_instrument(folder, opened):
    other = dataset(f"vgmidi:{folder},timbre=harpsichord")
    assert other.name == f"vgmidi:{folder},timbre=harpsichord"
    for piano, harpsichord in zip(opened, other, strict=True):
        assert harpsichord.labels == piano.labels
        assert load(harpsichord.path).id != load(piano.path).id
        assert load(piano.path).seconds == pytest.approx(0.5 + 1.5, abs=0.1)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "1,Saga,NES,Saga II,Hills,labelled/phrases/Saga_NES_Saga II_Hills_0.mid,0.5,1",
            r'valence is "0.5", not -1 or 1',
        ),
        ("1,Saga,NES,Saga II,Hills,labelled/phrases/Saga_NES_Saga II_Hills_0.wav,1,1", r"no name of a MIDI file"),
        ("1,Saga,NES,Saga II,Hills,labelled/phrases,1,1", r"no name of a MIDI file"),
    ],
)
def test_rows_that_make_no_sense_are_named(folder, row, said):
    write(folder, "vgmidi_labelled.csv", HEADER, row)
    with pytest.raises(DataError, match=rf"vgmidi_labelled.csv, line 2: .*{said}"):
        dataset(f"vgmidi:{folder}")


def test_a_phrase_that_stands_twice_is_named(folder):
    row = "1,Saga,NES,Saga II,Hills,labelled/phrases/Saga_NES_Saga II_Hills_0.mid,1,1"
    write(folder, "vgmidi_labelled.csv", HEADER, row, row)
    with pytest.raises(DataError, match=r"line 3: Saga_NES_Saga II_Hills_0.mid stands here twice; remove"):
        dataset(f"vgmidi:{folder}")


def test_a_row_cannot_name_a_file_elsewhere(folder):
    rated_sets.midi(folder / "other.mid", [(0.1, 0.5, 60)])
    write(folder, "vgmidi_labelled.csv", HEADER, "1,Saga,NES,Saga II,Hills,../../other.mid,1,1")
    with pytest.raises(DataError, match=r"phrases: holds none of the 1 phrases of vgmidi_labelled.csv"):
        dataset(f"vgmidi:{folder}")


def test_the_published_table(data_dir, monkeypatch):
    """Read whole, with nothing played: what the table itself holds."""
    played = []
    monkeypatch.setattr(
        "wetdry.datasets.sets.vgmidi.performances", lambda midi, timbre: played.append(timbre) or {f: f for f in midi}
    )
    opened = dataset(f"vgmidi:{data_dir / 'vgmidi'}")
    assert played == ["acoustic-grand-piano"]
    assert (len(opened), len({item.group for item in opened})) == (204, 200)
    quadrants = [item.labels["quadrant"] for item in opened]
    assert [quadrants.count(q) for q in ("Q1", "Q2", "Q3", "Q4")] == [76, 39, 27, 62]


def test_a_name_that_no_file_can_have_is_a_phrase_without_audio(opened, folder):
    with (folder / "vgmidi_labelled.csv").open("a") as table:
        table.write(f"9,Saga,NES,Saga II,Long,{'x' * 300}.mid,1,1\n")
    assert [item.id for item in dataset(f"vgmidi:{folder}")] == [item.id for item in opened]
