import csv

import pytest
import rated_sets
from rated_sets import write

from wetdry.datasets import dataset
from wetdry.errors import DataError


@pytest.fixture
def folder(tmp_path):
    return rated_sets.grekow(tmp_path / "grekow")


def test_fragments_with_both_axes_quadrant_and_genre(folder):
    opened = dataset(f"grekow:{folder}")
    assert [item.id for item in opened] == [
        "out_blues.00002",
        "out_blues.00032",
        "out_blues.00032 - Kopia",
        "out_metal.00005",
    ]
    assert opened.items[3].labels == {"valence": -4.2, "arousal": 7.0, "quadrant": "Q2", "genre": "metal"}


def test_a_copy_belongs_to_its_original(folder):
    assert [item.group for item in dataset(f"grekow:{folder}")][1:3] == ["out_blues.00032", "out_blues.00032"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("5,out_rock.00001.wav,5,3,e5", 'line 2: EmoCat is "e5", not e1, e2, e3 or e4'),
        ("5,rock.wav,5,3,e1", 'line 2: "rock.wav" is no name like out_blues.00002.wav'),
        ("5,out_rock.00001.wav,5,30,e1", 'line 2: Valence is "30", which is no rating from -10 to 10'),
    ],
)
def test_a_row_that_cannot_be_right_is_named(folder, row, said):
    write(folder, "All_annotations.csv", "Id,Name,Arousal,Valence,EmoCat", row)
    with pytest.raises(DataError) as caught:
        dataset(f"grekow:{folder}")
    assert said in str(caught.value)


def test_published_fragments(data_dir, tmp_path):
    """The excerpt at hand has a manifest of its own; put back as it was published it gives the same labels."""
    source = data_dir / "grekow"
    if not source.is_dir():
        pytest.skip(f"{source} is missing")
    with (source / "manifest.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    write(
        tmp_path,
        "All_annotations.csv",
        "Id,Name,Arousal,Valence,EmoCat",
        *(f"{k},{row['group']}.wav,{row['arousal']},{row['valence']},{row['quadrant']}" for k, row in enumerate(rows)),
    )
    (tmp_path / "all_music_files").symlink_to(source / "audio")
    opened = {item.id: item for item in dataset(f"grekow:{tmp_path}")}
    manifest = {item.group: item for item in dataset(f"csv:{source / 'manifest.csv'}")}
    assert len(opened) == len(manifest) == 230
    for name, item in opened.items():
        assert item.labels["valence"] == manifest[name].labels["valence"]
        assert item.labels["genre"] == manifest[name].labels["genre"]
        assert item.path.samefile(manifest[name].path)
        positive = item.labels["valence"] > 0, item.labels["arousal"] > 0
        quadrants = {(True, True): "Q1", (False, True): "Q2", (False, False): "Q3", (True, False): "Q4"}
        assert item.labels["quadrant"] == quadrants[positive]
