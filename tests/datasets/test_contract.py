"""What every registered data set must keep to."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rated_sets

from wetdry.audio import Clip, write_flac
from wetdry.datasets import Dataset, dataset, datasets
from wetdry.errors import DataError

NEEDS = dict.fromkeys(("emopia", "etudes", "vgmidi"), "tinysoundfont")
RATED = ("deam", "emomusic", "emopia", "emotify", "grekow", "pmemo", "vgmidi")
"""Kinds of which `rated_sets` has a made-up copy."""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with recordings, some listed in a CSV file, some in folders of their own, and room for a cache."""
    folder = tmp_path_factory.mktemp("place")
    in_classes = ["classes/high/1", "classes/high/2", "classes/low/1"]
    in_irmas = [
        "irmas/pia/[pia][jaz_blu]1469__1",
        "irmas/pia/[pia][jaz_blu]1469__2",
        "irmas/voi/[voi][dru][pop_roc]2316__1",
    ]
    in_ravdess = [f"ravdess/Actor_02/03-0{channel}-01-01-02-01-02" for channel in (1, 2)] + [
        "ravdess/Actor_01/03-01-05-02-01-01-01"
    ]
    for k, name in enumerate(["b", "a", "c", *in_classes, *in_irmas, *in_ravdess]):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_flac(folder / f"{name}.flac", Clip(np.full(8000, k / 20, dtype=np.float32), 8000))
    for kind in RATED:
        getattr(rated_sets, kind)(folder / "rated" / kind)
    (folder / "songs.csv").write_text("path,valence,genre\nb.flac,0.5,rock\na.flac,,jazz\nc.flac,-1,\n")
    return folder


@pytest.fixture(params=datasets.names())
def text(request, place, monkeypatch) -> str:
    """A small data set of each kind. A kind added to the registry must be given one here."""
    if request.param in NEEDS:
        pytest.importorskip(NEEDS[request.param])
    monkeypatch.setenv("WETDRY_CACHE", str(place / "cache"))
    small = {
        "folder": f"folder:{place}",
        "classes": f"classes:{place / 'classes'}",
        "csv": f"csv:{place / 'songs.csv'}",
        "etudes": "etudes:3,seconds=4",
        "irmas": f"irmas:{place / 'irmas'}",
        "ravdess": f"ravdess:{place / 'ravdess'}",
        **{kind: f"{kind}:{place / 'rated' / kind}" for kind in RATED},
    }
    return small[request.param]


@pytest.fixture
def opened(text) -> Dataset:
    return dataset(text)


def test_order_is_the_same_each_time(opened, text):
    assert dataset(text).items == opened.items
    assert list(opened) == list(opened.items)
    assert len(opened) >= 3


def test_the_name_opens_the_same_data_set(opened):
    assert dataset(opened.name) == opened


def test_ids_are_unique_text_that_any_table_holds(opened):
    ids = [item.id for item in opened]
    assert len(set(ids)) == len(ids)
    assert all(one and one.encode("utf-8") for one in ids)


def test_every_item_has_a_group_and_a_file(opened):
    for item in opened:
        assert item.group
        assert item.path.is_file()


def test_labels_are_finite_numbers_or_text_of_one_type_each(opened):
    types: dict[str, set[type]] = {}
    for item in opened:
        for name, value in item.labels.items():
            types.setdefault(name, set()).add(type(value))
            assert isinstance(value, str) or np.isfinite(value)
    assert all(len(seen) == 1 for seen in types.values()), types


def test_it_says_what_it_is_and_under_which_licence(opened):
    assert opened.licence
    assert opened.about


def test_every_opener_has_one_line_for_the_list_of_the_command_line():
    for name in datasets.names():
        assert (datasets.get(name).__doc__ or "").splitlines()[0].endswith(".")


def test_an_unknown_kind_is_answered_with_the_nearest():
    with pytest.raises(DataError, match=r'Unknown dataset "etude": did you mean "etudes"\?'):
        dataset("etude:20")


def test_knowing_the_kinds_costs_no_heavy_import():
    heavy = "'numpy', 'soundfile', 'tinysoundfont', 'pandas', 'rich', 'pretty_midi'"
    check = f"import sys, wetdry.datasets; print(sorted({{{heavy}}} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
