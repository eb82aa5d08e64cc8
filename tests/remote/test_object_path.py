"""Objects as paths, on a real S3-compatible server on loopback: parity with a folder, and what goes wrong."""

import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import object_requests
import object_store
import pytest

from wetdry.errors import DataError
from wetdry.remote import object_service, objects
from wetdry.remote.object_path import ObjectPath
from wetdry.remote.object_service import ServiceError, connect, patiently

pytest.importorskip("moto")

FILES = {
    "one.mp3": b"1",
    "two.flac": b"22",
    "rock/three (live) + more é.wav": b"333",
    "rock/old/four#4.ogg": b"4444",
    "rock/50% off.ogg": b"5",
    ".hidden/five.wav": b"55555",
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with object_store.serving("music") as port:
        for key, content in FILES.items():
            object_requests.put(port, "music", f"set/{key}", content)
        object_requests.put(port, "music", "settle/no part of the set.wav", b"x")
        yield port


@pytest.fixture
def desk(port: int) -> Iterator[object_requests.Desk]:
    with object_requests.desk(port) as desk:
        yield desk


@pytest.fixture
def gate(port: int) -> Iterator[object_store.Gate]:
    gate = object_store.Gate(port)
    yield gate
    gate.close()


@pytest.fixture
def local(tmp_path: Path) -> Path:
    for key, content in FILES.items():
        path = tmp_path / "set" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "set"


def path(port: int, prefix: str = "set") -> ObjectPath:
    return ObjectPath.of(object_store.url(port, "music", prefix))


def test_it_answers_as_a_path_does(port: int, local: Path) -> None:
    root = path(port)
    for name in (*FILES, "rock", "rock/old", ".hidden", "none.wav", "rock/none", "roc", ""):
        ours, theirs = root / name, local / name
        assert (ours.is_file(), ours.is_dir(), ours.exists()) == (theirs.is_file(), theirs.is_dir(), theirs.exists())
        assert (ours.name, ours.stem, ours.suffix) == (theirs.name, theirs.stem, theirs.suffix)
        assert ours.parent.name == theirs.parent.name if name else True
        assert ours.relative_to(root) == theirs.relative_to(local)
        assert ours.with_name("x.csv").relative_to(root.parent) == theirs.with_name("x.csv").relative_to(local.parent)
        if theirs.is_dir():
            below = sorted(each.relative_to(local).as_posix() for each in theirs.iterdir())
            assert [each.relative_to(root).as_posix() for each in ours.iterdir()] == below
            assert sorted(p.name for p in ours.glob("*.mp3")) == sorted(p.name for p in theirs.glob("*.mp3"))
        if theirs.is_file():
            assert ours.read_bytes() == ours.open("rb").read() == theirs.read_bytes()
            assert ours.stat().st_size == theirs.stat().st_size
            assert ours.read_text("utf-8") == theirs.read_text("utf-8")
    assert dict(root.below()) == {key: root / key for key in FILES}
    assert [name for name, _ in (root / "rock").below()] == sorted(k[5:] for k in FILES if k.startswith("rock/"))


def test_what_is_not_there_raises_what_a_path_raises(port: int) -> None:
    for ask in (ObjectPath.read_bytes, ObjectPath.stat, ObjectPath.iterdir):
        with pytest.raises(FileNotFoundError) as raised:
            ask(path(port) / "none.wav")
        assert raised.value.filename == "s3://music/set/none.wav"
    with pytest.raises(IsADirectoryError):
        path(port, "set/rock").read_bytes()


def test_what_is_missing_costs_no_listing_of_all_around_it(desk: object_requests.Desk) -> None:
    table = path(desk.port, "set/list.csv")
    with pytest.raises(FileNotFoundError):
        (table.parent / "none.wav").read_bytes()
    with pytest.raises(IsADirectoryError):
        (table.parent / "rock").read_bytes()
    assert ("LIST", "music") in desk.asked
    assert all("none.wav" in asked or "rock" in asked for asked in desk.prefixes)


def test_a_whole_bucket_is_a_folder(port: int) -> None:
    root = ObjectPath.of(object_store.url(port, "music", ""))
    assert str(root) == "s3://music"
    assert [each.name for each in root.iterdir()] == ["set", "settle"]
    assert (root / "set" / "one.mp3").is_file()
    assert str(root / "set" / "one.mp3") == "s3://music/set/one.mp3"


def test_an_object_alone_is_a_file(port: int) -> None:
    song = path(port, "set/one.mp3")
    assert (song.is_file(), song.is_dir(), song.stat().st_size) == (True, False, 1)


def test_paths_are_equal_ordered_and_sent_to_other_processes(port: int, desk: object_requests.Desk) -> None:
    root = path(desk.port)
    paths = [root / name for name in sorted(FILES, reverse=True)]
    assert sorted(paths) == [root / name for name in sorted(FILES)]
    assert {root / "one.mp3", path(desk.port, "set/one.mp3")} == {root / "one.mp3"}
    assert path(port) != root, "another service"
    sent = pickle.dumps(paths)
    assert len(sent) < 1500, "no listing travels along"
    received = pickle.loads(sent)  # noqa: S301 - as Ray does
    assert received == paths
    assert [each.read_bytes() for each in received] == [each.read_bytes() for each in paths]
    assert [str(each) for each in received] == [str(each) for each in paths]


def test_a_folder_is_listed_once_and_an_object_read_once(desk: object_requests.Desk) -> None:
    root = path(desk.port)
    assert all((root / name).is_file() for name in FILES)
    assert (root / "rock").is_dir()
    assert not (root / "rock" / "none").exists()
    assert len(list(root.below())) == len(FILES)
    assert (desk.asked["LIST"], desk.asked["HEAD"], desk.asked["GET"]) == (1, 0, 0)
    (root / "two.flac").read_bytes()
    assert (desk.asked["LIST"], desk.asked["HEAD"], desk.asked["GET"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("set/rock/three (live) + more é.wav", "set/rock/three (live) + more é.wav"),
        ("set/rock/three%20(live)%20+%20more%20%C3%A9.wav", "set/rock/three (live) + more é.wav"),
        ("set/rock/old/four#4.ogg", "set/rock/old/four#4.ogg"),
        ("set/rock/50% off.ogg", "set/rock/50% off.ogg"),
        ("set/rock/", "set/rock"),
    ],
)
def test_urls_are_read_as_people_write_them(port: int, written: str, meant: str) -> None:
    found = path(port, written)
    assert str(found) == f"s3://music/{meant}"
    assert found.exists()
    service, key = connect(object_store.url(port, "music", written))
    assert key == f"music/{meant}", "as a store is addressed"
    assert service.type_name == "s3"


def test_a_way_out_of_the_bucket_is_refused(port: int) -> None:
    assert str(path(port) / "../settle/a.wav") == "s3://music/settle/a.wav"
    with pytest.raises(DataError, match=r"s3://music/set: \.\./\.\./a\.wav leads out of the bucket"):
        path(port) / "../../a.wav"


def test_a_sibling_is_at_the_same_service_unless_it_says_otherwise(port: int) -> None:
    table = path(port, "set/list.csv")
    assert table.sibling("s3://music/set/one.mp3") == path(port) / "one.mp3"
    elsewhere = table.sibling("s3://music/set/one.mp3?region=eu-west-1")
    assert elsewhere == ObjectPath.of("s3://music/set/one.mp3?region=eu-west-1") != path(port) / "one.mp3"


def test_keys_that_no_file_can_have(port: int) -> None:
    object_requests.put(port, "music", "odd//double.wav", b"x")
    object_requests.put(port, "music", "odd/plain.wav", b"y")
    object_requests.put(port, "music", "odd/marker/", b"")
    root = path(port, "odd")
    found = dict(root.below())
    assert sorted(found) == ["/double.wav", "plain.wav"]
    with pytest.raises(OSError, match="nothing between two slashes"):
        found["/double.wav"].read_bytes()
    assert found["plain.wav"].read_bytes() == b"y"


def test_the_secret_in_a_url_is_never_shown(port: int) -> None:
    url = object_store.url(port, "music", "set/none.wav").replace("s3://", "s3://key:secret@")
    found = ObjectPath.of(url)
    with pytest.raises(FileNotFoundError) as raised:
        found.read_bytes()
    assert "secret" not in f"{found} {found!r} {raised.value} {found.parent / 'x'}"
    with pytest.raises(DataError, match=r"s3://music: cannot be used \(.*\); check the URL") as refused:
        ObjectPath.of("s3://key:sec ret@music/x?region=us-east-1").exists()
    assert "sec ret" not in str(refused.value)
    assert pickle.loads(pickle.dumps(found.parent / "one.mp3")).read_bytes() == b"1"  # noqa: S301


def test_a_network_that_is_cut_for_a_while_costs_time_only(gate: object_store.Gate) -> None:
    gate.cut.set()
    threading.Timer(0.8, gate.cut.clear).start()
    assert path(gate.port, "set/two.flac").read_bytes() == b"22"
    assert gate.refused


def test_an_answer_that_is_cut_in_the_middle_is_asked_for_again(desk: object_requests.Desk, port: int) -> None:
    content = bytes(range(256)) * 4096
    object_requests.put(port, "music", "large/one.wav", content)
    desk.broken = {"one.wav": 5}
    assert path(desk.port, "large/one.wav").read_bytes() == content
    assert desk.broken == {"one.wav": 0}


def test_a_large_object_comes_in_parts(desk: object_requests.Desk, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "PART_BYTES", 1000)
    content = bytes(range(250)) * 10 + b"end"
    object_requests.put(port, "music", "large/two.wav.gz", content)
    desk.broken = {"two.wav.gz": 1}
    assert path(desk.port, "large/two.wav.gz").read_bytes() == content
    assert desk.asked["GET"] == 4, "the first part twice"


def test_what_may_not_be_had_is_told_at_once(desk: object_requests.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("tried again"))
    desk.denied = ("one.mp3",)
    with pytest.raises(PermissionError, match="its credentials may not read it"):
        (path(desk.port) / "one.mp3").read_bytes()
    assert (path(desk.port) / "two.flac").read_bytes() == b"22"
    desk.denied = ("",)
    with pytest.raises(DataError, match=r"^s3://music/set: cannot be listed; .* ask for permission to list and read"):
        path(desk.port).exists()


def test_a_bucket_that_is_not_there_is_one_sentence(port: int) -> None:
    missing = ObjectPath.of(object_store.url(port, "no-such-bucket", "x"))
    with pytest.raises(DataError, match=r"^s3://no-such-bucket/x: cannot be listed; there is no such bucket"):
        missing.exists()


def test_an_object_that_is_too_large_is_not_read(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "LARGEST_BYTES", 2)
    assert path(port, "set/two.flac").read_bytes() == b"22"
    with pytest.raises(OSError, match="the most that is read of a bucket"):
        path(port, "set/rock/old/four%234.ogg").read_bytes()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("s3://", "names no bucket"),
        ("s3:///x", "names no bucket"),
        ("s4://bucket/prefix", r"s4://bucket: cannot be used \(.*\); check the URL"),
        ("s3://music/x?nonsense=1&region=us-east-1", "s3://music: cannot be used .*nonsense"),
        ("file:///tmp/x", "names no bucket; give s3://bucket/prefix, or a path of this machine"),
    ],
)
def test_a_url_of_no_use_is_one_sentence(url: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        ObjectPath.of(url).exists()


@pytest.mark.parametrize(
    ("said", "of_one", "told"),
    [
        ("AWS Error ACCESS_DENIED during HeadObject operation: No response body.", True, "its credentials may not"),
        ("AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation", False, "there is no such bucket"),
        ("Bucket 'music' not found", False, "there is no such bucket"),
        ("AWS Error UNKNOWN (HTTP status 301) during HeadBucket operation", False, "in another region"),
        ("AWS Error INVALID_ACCESS_KEY_ID during ListObjectsV2 operation", False, "check AWS_ACCESS_KEY_ID"),
        ("AWS Error SIGNATURE_DOES_NOT_MATCH during ListObjectsV2", False, "check AWS_SECRET_ACCESS_KEY"),
        ("AWS Error NETWORK_CONNECTION during HeadObject: curlCode: 7", False, "after 8 attempts"),
        ("AWS Error SLOW_DOWN during HeadObject operation", False, "after 8 attempts"),
        ("AWS Error INTERNAL_FAILURE during GetObject operation", True, "after 8 attempts"),
    ],
)
def test_what_a_service_says_in_words(said: str, of_one: bool, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)

    def refused() -> None:
        raise OSError(said)

    with pytest.raises(ServiceError) as raised:
        patiently(refused)
    assert raised.value.is_of_one_object == of_one
    sentence = raised.value.sentence("s3://music/x", "read", rights="list and read")
    assert told in sentence
    assert sentence.startswith("s3://music/x: cannot be read")
    assert sentence.endswith((".", "region=NAME"))
    if "attempts" in told:
        assert len(waits) == object_service.ATTEMPTS - 1
        assert 16.0 < sum(waits) < 64.0, "some services need a minute"
        assert all(later > 0.9 * sooner for sooner, later in zip(waits[:-2], waits[2:], strict=True))
    else:
        assert not waits
