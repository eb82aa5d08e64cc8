"""Data sets in a bucket, on a real S3-compatible server on loopback: the items of the same files in a folder."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import google_objects
import numpy as np
import object_requests
import object_store
import pytest
import rated_sets

from wetdry.audio import Clip, load, write_flac
from wetdry.datasets import Dataset, Item, curves, dataset, fetch
from wetdry.datasets.auditing.audit import audit
from wetdry.errors import DataError
from wetdry.extract.opening import file_hash
from wetdry.studies.selection import select_audio

pytest.importorskip("moto")

RATED = ("deam", "emomusic", "emotify", "grekow", "pmemo")
PLAYED = ("emopia", "vgmidi")
RECORDED = (
    "folder/b.flac",
    "folder/a b/é #1.flac",
    "folder/a b/c/d.FLAC",
    "folder/.hidden.flac",
    "folder/.hidden/x.flac",
    "classes/train/high/sonata/1.flac",
    "classes/train/low/1.flac",
    "classes/test/low/2.flac",
    "irmas/IRMAS-TrainingData/pia/[pia][jaz_blu]1469__1.flac",
    "irmas/IRMAS-TrainingData/pia/[pia][jaz_blu]1469__2.flac",
    "irmas/IRMAS-TrainingData/voi/[voi][dru][pop_roc]2316__1.flac",
    "ravdess/Actor_02/03-01-01-01-02-01-02.flac",
    "ravdess/Actor_02/03-02-01-01-02-01-02.flac",
    "ravdess/Actor_01/03-01-05-02-01-01-01.flac",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small data set of each kind below."""
    root = tmp_path_factory.mktemp("place")
    for k, name in enumerate(RECORDED):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_flac(root / name, Clip(np.full(8000, k / 20, dtype=np.float32), 8000))
    (root / "folder" / "notes.txt").write_text("no audio")
    (root / "folder" / "empty.wav").write_bytes(b"")
    for kind in (*RATED, *PLAYED):
        getattr(rated_sets, kind)(root / kind)
    rated_sets.deam_sampled(root / "deam", ["2,0.1,0.2"], ["2,-0.1,0.4"])
    rows = ["path,valence,group", "folder/b.flac,0.5,one", "classes/../folder/a b/é #1.flac,,two", "none.wav,-1,"]
    (root / "songs.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    return root


@pytest.fixture(scope="module")
def port(place: Path) -> Iterator[int]:
    with object_store.serving("music") as port:
        object_requests.put_folder(port, "music", "sets", place)
        yield port


@pytest.fixture
def desk(port: int) -> Iterator[object_requests.Desk]:
    with object_requests.desk(port) as desk:
        yield desk


def both(text: str, place: Path, port: int) -> tuple[str, str]:
    """A data set of the folder, and the same of the bucket."""
    kind, _, rest = text.partition(":")
    path, comma, choices = rest.partition(",")
    url = object_store.url(port, "music", f"sets/{path}")
    return f"{kind}:{place / path}{comma}{choices}", f"{kind}:{url}{comma}{choices}"


def rows(opened: Dataset, root: str) -> list[tuple[object, ...]]:
    """All that is known of the items, and their bytes, by the way from the root."""
    return [
        (item.id, str(item.path).removeprefix(root), dict(item.labels), item.group, item.split, file_hash(item.path))
        for item in opened
    ]


@pytest.mark.parametrize(
    "text",
    [
        "folder:folder",
        "classes:classes",
        "csv:songs.csv",
        "irmas:irmas",
        "irmas:irmas/IRMAS-TrainingData",
        "ravdess:ravdess",
        "ravdess:ravdess,channel=speech",
        "deam:deam,labels=repaired",
        *(f"{kind}:{kind}" for kind in (*RATED, *PLAYED)),
    ],
)
def test_it_is_the_data_set_of_the_same_files(
    text: str, place: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text.partition(":")[0] in PLAYED:
        pytest.importorskip("tinysoundfont")
        monkeypatch.setenv("WETDRY_CACHE", str(place / "cache"))
    here, there = (dataset(each) for each in both(text, place, port))
    assert [row[:1] + row[2:] for row in rows(there, "")] == [row[:1] + row[2:] for row in rows(here, "")]
    if text.partition(":")[0] not in PLAYED and text != "csv:songs.csv":
        assert rows(there, "s3://music/sets") == rows(here, str(place))
    assert len(here) > 1
    assert there.scales == here.scales
    assert there.licence == here.licence
    assert there.name == here.name.replace(str(place), "s3://music/sets")
    assert there.about == here.about.replace(str(place), "s3://music/sets")


@pytest.mark.parametrize("kind", ["deam", "pmemo"])
def test_ratings_over_time_are_the_same(kind: str, place: Path, port: int) -> None:
    here, there = (curves(each) for each in both(f"{kind}:{kind}", place, port))
    assert list(here) == list(there) != []
    for song, curve in here.items():
        np.testing.assert_array_equal(there[song].seconds, curve.seconds)
        assert {axis: values.tolist() for axis, values in there[song].values.items()} == {
            axis: values.tolist() for axis, values in curve.values.items()
        }


def test_an_audit_finds_the_same(place: Path, port: int) -> None:
    for text in ("csv:songs.csv", "folder:folder", "deam:deam"):
        here, there = (audit(each) for each in both(text, place, port))
        assert [replace(f, found=f.found.replace(str(place), "s3://music/sets")) for f in here] == there


def test_many_clips_are_listed_at_once_and_none_is_looked_at(desk: object_requests.Desk, port: int) -> None:
    for number in range(200):
        object_requests.put(port, "music", f"many/{number % 7}/{number}.wav", b"RIFF")
    opened = dataset(f"classes:{object_store.url(desk.port, 'music', 'many')}")
    assert len(opened) == 200
    assert opened.items[0].labels == {"class": "0"}
    assert (desk.asked["LIST"], desk.asked["HEAD"], desk.asked["GET"]) == (1, 0, 0)


def test_a_clip_is_fetched_once_to_be_known_and_decoded(desk: object_requests.Desk, place: Path) -> None:
    item = dataset(f"folder:{object_store.url(desk.port, 'music', 'sets/folder')}").items[2]
    desk.asked.clear()
    assert load(item.path).id == load(place / "folder" / "b.flac").id
    assert (desk.asked["LIST"], desk.asked["HEAD"], desk.asked["GET"]) == (0, 1, 1)


def test_items_go_to_other_processes(port: int) -> None:
    opened = dataset(f"folder:{object_store.url(port, 'music', 'sets/folder')}")
    received: tuple[Item, ...] = pickle.loads(pickle.dumps(opened.items))  # noqa: S301 - as Ray does
    assert received == opened.items
    assert [file_hash(item.path) for item in received] == [file_hash(item.path) for item in opened]


def test_rows_of_a_table_may_be_urls(port: int, place: Path, tmp_path: Path) -> None:
    here, url = place / "folder" / "b.flac", object_store.url(port, "music", "sets/folder/b.flac")
    bare = "s3://music/sets/folder/b.flac"
    object_requests.put(port, "music", "lists/a.csv", f"path\n{bare}\n{here}\n../sets/folder/b.flac\n".encode())
    opened = dataset(f"csv:{object_store.url(port, 'music', 'lists/a.csv')}")
    assert [item.id for item in opened] == [bare, str(here), "../sets/folder/b.flac"]
    assert [str(item.path) for item in opened] == [bare, str(here), bare]
    assert {file_hash(item.path) for item in opened} == {file_hash(here)}
    (tmp_path / "b.csv").write_text(f"path\n{url}\n{here}\n")
    opened = dataset(f"csv:{tmp_path / 'b.csv'}")
    assert [item.id for item in opened] == [bare, str(here)]
    assert {file_hash(item.path) for item in opened} == {file_hash(here)}


@pytest.mark.parametrize("row", ["../../../a.wav", "s3://"])
def test_a_row_that_can_lead_nowhere_is_named(port: int, row: str) -> None:
    object_requests.put(port, "music", "lists/wrong.csv", f"path\nx.wav\n{row}\n".encode())
    with pytest.raises(DataError, match=r"^s3://music/lists/wrong\.csv, line 3: s3://.*; give "):
        dataset(f"csv:{object_store.url(port, 'music', 'lists/wrong.csv')}")


def test_audio_may_be_given_by_url(port: int, place: Path) -> None:
    song = object_store.url(port, "music", "sets/folder/b.flac")
    chosen = select_audio([song, f"folder:{object_store.url(port, 'music', 'sets/classes')}", song])
    assert [item.id for item in chosen] == ["s3://music/sets/folder/b.flac", "test/low/2.flac", *chosen_ids(place)]
    assert load(chosen.items[0].path).id == load(place / "folder" / "b.flac").id
    alone = select_audio([song])
    assert (alone.name, alone.items[0].id, alone.items[0].group) == (
        "s3://music/sets/folder/b.flac",
        "b.flac",
        "b.flac",
    )
    assert len(select_audio([object_store.url(port, "music", "sets/folder")])) == 4


def chosen_ids(place: Path) -> list[str]:
    return [item.id for item in dataset(f"folder:{place / 'classes'}")][1:]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("folder:none", r"^s3://music/sets/none: no such folder; check the path\.$"),
        ("folder:songs.csv", r"^s3://music/sets/songs\.csv: is a file, not a folder"),
        ("folder:deam/annotations", r"^s3://music/sets/deam/annotations: holds no audio file"),
        ("classes:none", r"^s3://music/sets/none: no such folder"),
        ("csv:none.csv", r"^s3://music/sets/none\.csv: no such file; check the path\.$"),
        ("csv:folder", r"^s3://music/sets/folder: is a folder, not a CSV file"),
        ("irmas:none", r"^s3://music/sets/none: no such folder; check the path"),
        ("irmas:folder", r"^s3://music/sets/folder: has no audio file in the instrument folders of IRMAS"),
        ("deam:none", r"^s3://music/sets/none: no such folder"),
        ("deam:folder", r"^s3://music/sets/folder: is not laid out as DEAM is published"),
        ("deam:deam,split=music2emo", r"^s3://music/sets/deam: split=music2emo needs the lists"),
    ],
)
def test_what_is_not_there_is_one_sentence(text: str, told: str, place: Path, port: int) -> None:
    with pytest.raises(DataError, match=told) as raised:
        dataset(both(text, place, port)[1])
    assert "endpoint_override" not in str(raised.value)


def test_what_may_not_be_had_is_one_sentence(desk: object_requests.Desk) -> None:
    desk.denied = ("songs.csv",)
    with pytest.raises(
        DataError, match=r"^s3://music/sets/songs.csv: cannot be read \(its credentials may not read it"
    ):
        dataset(f"csv:{object_store.url(desk.port, 'music', 'sets/songs.csv')}")
    desk.denied = ("",)
    for kind in ("folder", "deam", "irmas", "emotify"):
        with pytest.raises(DataError, match=r"^s3://music/sets/x: cannot be listed; .* ask for permission to list and"):
            dataset(f"{kind}:{object_store.url(desk.port, 'music', 'sets/x')}")


def test_a_place_without_a_kind_is_one_sentence() -> None:
    with pytest.raises(DataError, match=r"^s3://music/x: is a place; say what it holds, as in folder:s3://music/x$"):
        dataset("s3://key:secret@music/x?region=eu-west-1")


def test_a_published_set_is_not_fetched_into_a_bucket() -> None:
    for target in ("s3://music/irmas", Path("s3://music/irmas")):
        with pytest.raises(DataError, match=r"s3:/+music/irmas: .* give a folder of this machine"):
            fetch("irmas", target, accept_licence=True)
    assert not Path("s3:").exists()


def test_googles_buckets_are_read_alike(place: Path) -> None:
    with google_objects.server(place) as port:
        for kind, path in (("classes", "classes"), ("csv", "songs.csv"), ("deam", "deam")):
            here, there = dataset(f"{kind}:{place / path}"), dataset(f"{kind}:{google_objects.url(port, path)}")
            assert [(row[0], *row[2:]) for row in rows(there, "")] == [(row[0], *row[2:]) for row in rows(here, "")]
            assert there.name == here.name.replace(str(place), "gs://music")
            assert load(there.items[0].path).id == load(here.items[0].path).id
        with pytest.raises(DataError, match=r"^gs://music/none: no such folder"):
            dataset(f"folder:{google_objects.url(port, 'none')}")
        with pytest.raises(DataError, match=r"^gs://music/denied\.csv: cannot be read \(its credentials may not"):
            dataset(f"csv:{google_objects.url(port, 'denied.csv')}")
