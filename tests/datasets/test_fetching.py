"""Published data sets come whole into the folder that was asked for, or not at all.

The publisher is a server in this process, what it offers a small archive in the shape of IRMAS.
"""

import hashlib
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from publisher import published as publishing

from wetdry.cache import locked
from wetdry.datasets import Publication, dataset, datasets, fetch, publications, published
from wetdry.datasets.publishing.fetching import new_folder
from wetdry.datasets.sets.irmas import TRAINING_ARCHIVE
from wetdry.errors import DataError
from wetdry.registry import Registry
from wetdry.remote.digests import CHUNK
from wetdry.remote.files import RemoteFile

NAMES = ["pia/[pia][jaz_blu]1469__1.wav", "pia/[pia][jaz_blu]1469__2.wav", "voi/[voi][dru][pop_roc]2316__1.wav"]


def packed(*names: str, size: int = 4000) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, np.random.default_rng(440).bytes(size))
    return buffer.getvalue()


ARCHIVE = packed(*(f"IRMAS-TrainingData/{name}" for name in NAMES))


def described(name: str, content: bytes, url: str) -> RemoteFile:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return RemoteFile(name, f"md5:{digest}", url=f"{url}/{name}")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def publisher():
    with publishing() as here:
        here.files["/IRMAS-TrainingData.zip"] = ARCHIVE
        here.begins_in_the_middle = True
        yield here


@pytest.fixture
def offer(monkeypatch):
    """Publish other files than those of IRMAS under its name."""
    published_one = published("irmas")

    def put(*files: RemoteFile, **changes: str) -> None:
        monkeypatch.setitem(publications._things, "irmas", replace(published_one, files=files, **changes))

    return put


@pytest.fixture(autouse=True)
def small(publisher, offer):
    offer(described("IRMAS-TrainingData.zip", ARCHIVE, publisher.url))


@pytest.fixture
def disk(tmp_path):
    """A folder for data, with nothing in it but what is fetched."""
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def bring(folder, **options) -> Path:
    return fetch("irmas", folder, accept_licence=True, **options)


def in_a_process(file: RemoteFile, folder: Path, before: str = "") -> subprocess.Popen:
    """Fetch `file` as IRMAS in a process of its own, which does `before` first."""
    code = (
        f"{before}"
        "from dataclasses import replace\n"
        "from wetdry.datasets import fetch, publications, published\n"
        "from wetdry.remote.files import RemoteFile\n"
        f"publications._things['irmas'] = replace(published('irmas'), files=({file!r},))\n"
        f"fetch('irmas', {str(folder)!r}, accept_licence=True)"
    )
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def check_whole(folder: Path) -> None:
    assert [item.id for item in dataset(f"irmas:{folder}")] == NAMES
    assert entries(folder.parent) == [folder.name]


def test_what_was_fetched_opens_and_nothing_else_is_left(disk, publisher):
    assert bring(disk / "music") == disk / "music"
    check_whole(disk / "music")
    assert publisher.gets == ["/IRMAS-TrainingData.zip"]
    first = next(iter(dataset(f"irmas:{disk / 'music'}")))
    assert first.path.read_bytes() == np.random.default_rng(440).bytes(4000)


def test_folders_on_the_way_are_made_and_an_empty_one_is_taken(disk):
    bring(disk / "a" / "b")
    check_whole(disk / "a" / "b")
    (disk / "empty").mkdir()
    bring(disk / "empty")
    assert len(dataset(f"irmas:{disk / 'empty'}")) == 3


def test_a_relative_folder_is_that_of_the_working_folder(disk, monkeypatch):
    monkeypatch.chdir(disk)
    assert bring("music") == disk / "music"


def test_the_licence_comes_first(disk, publisher):
    with pytest.raises(
        DataError, match=r"irmas: comes under CC BY-NC-SA 3\.0.*; read https://creativecommons.org/.* and"
    ):
        fetch("irmas", disk / "music", accept_licence=False)
    assert (entries(disk), publisher.gets) == ([], [])


def test_a_file_of_the_users_is_taken_and_kept(disk, tmp_path, publisher):
    (tmp_path / "renamed.zip").write_bytes(ARCHIVE)
    (tmp_path / "IRMAS-TrainingData.zip").write_bytes(ARCHIVE)
    bring(disk / "from file", source=tmp_path / "renamed.zip")
    check_whole(disk / "from file")
    bring(disk / "from folder", source=tmp_path)
    assert len(dataset(f"irmas:{disk / 'from folder'}")) == 3
    assert (tmp_path / "renamed.zip").read_bytes() == ARCHIVE
    assert publisher.gets == []


def test_several_files_are_laid_side_by_side(disk, publisher, offer):
    publisher.files |= {"/one.zip": packed("a/1.wav"), "/two.zip": packed("a/2.wav"), "/labels.csv": b"path\n"}
    offer(
        *(
            described(name[1:], publisher.files[name], publisher.url)
            for name in ("/one.zip", "/two.zip", "/labels.csv")
        ),
        unpacked="a",
    )
    folder = bring(disk / "several")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")) == ["a/1.wav", "a/2.wav", "labels.csv"]
    with pytest.raises(
        DataError, match=r"labels\.csv: is one file; give the folder that holds one\.zip, two\.zip, labels"
    ):
        bring(disk / "again", source=folder / "labels.csv")


# After an interruption


def test_a_download_that_broke_off_is_continued(disk, publisher):
    publisher.breaks_off = True
    with pytest.raises(DataError) as caught:
        bring(disk / "music")
    assert str(caught.value) == (
        f"irmas: {publisher.url}/IRMAS-TrainingData.zip broke off after {len(ARCHIVE) // 2:,} of {len(ARCHIVE):,}"
        " bytes;"
        " run the same command again with a connection, or download IRMAS-TrainingData.zip from"
        " https://zenodo.org/records/1290750 and give it with --from."
    )
    assert not (disk / "music").exists()
    publisher.breaks_off = False
    bring(disk / "music")
    check_whole(disk / "music")
    assert publisher.ranges == ["", f"bytes={len(ARCHIVE) // 2}-"]


def test_a_killed_process_is_continued(disk, publisher, offer):
    content = publisher.files["/IRMAS-TrainingData.zip"] = packed("IRMAS-TrainingData/" + NAMES[0], size=3 * CHUNK)
    file = described("IRMAS-TrainingData.zip", content, publisher.url)
    offer(file)
    publisher.stalls = True
    process = in_a_process(file, disk / "music")
    part = disk / ".music.fetching" / ".IRMAS-TrainingData.zip.part"
    deadline = time.monotonic() + 20
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    publisher.stalls = False
    bring(disk / "music")
    assert len(dataset(f"irmas:{disk / 'music'}")) == 1
    assert entries(disk) == ["music"]
    assert publisher.ranges == ["", f"bytes={CHUNK}-"]


def test_a_process_killed_while_unpacking_begins_to_unpack_anew(disk, publisher):
    working = disk / ".music.fetching"
    (working / "unpacked" / "IRMAS-TrainingData" / "pia").mkdir(parents=True)
    (working / "unpacked" / "IRMAS-TrainingData" / "pia" / "[pia][jaz_blu]9999__1.wav").write_bytes(b"half")
    (working / "IRMAS-TrainingData.zip").write_bytes(ARCHIVE)
    bring(disk / "music")
    check_whole(disk / "music")
    assert publisher.gets == []


def test_two_at_once_fetch_once(disk, publisher):
    begin = threading.Barrier(2)

    def one(_):
        begin.wait()
        try:
            return bring(disk / "music").name
        except DataError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(one, range(2)))
    assert said[0].endswith("music: is not empty; give a folder that is new or empty.")
    assert said[1] == "music"
    check_whole(disk / "music")
    assert publisher.gets == ["/IRMAS-TrainingData.zip"]


def test_who_waits_and_gives_up_disturbs_nobody(disk, publisher):
    """Only the process that holds the lock may remove anything."""
    working = disk / ".music.fetching"
    (working / "unpacked").mkdir(parents=True)
    (file,) = published("irmas").files
    with locked(working / ".lock"):
        waiting = in_a_process(file, disk / "music", before="print('begun', flush=True)\n")
        assert waiting.stdout
        waiting.stdout.readline()
        time.sleep(0.6)
        waiting.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in waiting.communicate()[1]
    assert entries(working) == [".lock", "unpacked"]
    assert publisher.gets == []


# What can be wrong


def test_a_place_that_is_taken_is_left_alone(disk, publisher, monkeypatch):
    (disk / "full").mkdir()
    (disk / "full" / "mine").write_text("mine")
    (disk / "file").write_text("mine")
    with pytest.raises(DataError, match=r"full: is not empty; give a folder that is new or empty\."):
        bring(disk / "full")
    with pytest.raises(DataError, match=r"file: is a file; give a folder that is new or empty\."):
        bring(disk / "file")
    with pytest.raises(DataError, match=r"cannot be used \(Not a directory\)|cannot be written; give another folder"):
        bring(disk / "file" / "below")
    with pytest.raises(DataError, match=r"cannot be used \(File name too long\); give another folder\."):
        bring(disk / ("x" * 300))
    (disk / "mounted").mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda _: True)
    with pytest.raises(DataError, match="mounted: is a mount point; give a folder that is new"):
        new_folder(disk / "mounted")
    assert entries(disk) == ["file", "full", "mounted"]
    assert (disk / "full" / "mine").read_text() == (disk / "file").read_text() == "mine"
    assert publisher.gets == []


def test_another_archive_is_not_believed(disk, publisher):
    publisher.files["/IRMAS-TrainingData.zip"] = packed("IRMAS-TrainingData/pia/other.wav")
    with pytest.raises(
        DataError, match=r"^irmas: what .*\.zip gives is not the published file, .*; run the same command"
    ):
        bring(disk / "music")
    assert entries(disk) == []


@pytest.mark.parametrize("content", [ARCHIVE[:-1], ARCHIVE[::-1], b""])
def test_another_archive_of_the_users_is_not_believed(disk, tmp_path, content):
    (tmp_path / "mine.zip").write_bytes(content)
    with pytest.raises(DataError) as caught:
        bring(disk / "music", source=tmp_path / "mine.zip")
    assert str(caught.value) == (
        f"{tmp_path}/mine.zip: is not the published IRMAS-TrainingData.zip, since its size or digest differs;"
        " download it again."
    )
    with pytest.raises(DataError, match=r"gone: no such file; give IRMAS-TrainingData\.zip, or the folder that hol"):
        bring(disk / "music", source=tmp_path / "gone")
    assert entries(disk) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ARCHIVE[:5000], r"IRMAS-TrainingData\.zip: is no whole zip archive \(.*\); fetch it again\."),
        (packed("../outside"), r'holds "\.\./outside", a path that may lead out of the folder, and was not unpacked'),
        (packed("IRMAS/a.wav"), r"irmas: there is no IRMAS-TrainingData in IRMAS-TrainingData\.zip; look for a newer"),
    ],
)
def test_a_published_archive_that_cannot_be_used_gives_no_folder(disk, publisher, offer, content, said):
    publisher.files["/IRMAS-TrainingData.zip"] = content
    offer(described("IRMAS-TrainingData.zip", content, publisher.url))
    with pytest.raises(DataError, match=said):
        bring(disk / "music")
    assert not (disk / "music").exists()
    assert not (disk / ".music.fetching" / "unpacked").exists()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, r"refuses access; download IRMAS-TrainingData\.zip from https://zenodo.org/records/1290750 and give"),
        (404, "is not there; look for a newer wetdry, or download"),
        (503, "answers with error 503; run the same command again later"),
    ],
)
def test_the_answer_of_the_publisher_is_put_into_words(disk, publisher, status, said):
    publisher.status = status
    with pytest.raises(DataError, match=said):
        bring(disk / "music")
    assert entries(disk) == []


def test_without_a_connection_one_sentence_says_what_to_do(disk, offer):
    offer(described("IRMAS-TrainingData.zip", ARCHIVE, "http://127.0.0.1:9"))
    with pytest.raises(
        DataError, match=r"^irmas: http://127\.0\.0\.1:9/.* cannot be reached; run the same command again w"
    ):
        bring(disk / "music")
    assert entries(disk) == []


@pytest.mark.parametrize("room", [2_000, 20_000])
def test_a_full_disk_gets_one_sentence_and_no_folder(disk, publisher, room):
    """Files that may not be larger than so many bytes: the download does not fit, or what it unpacks to."""
    coins = np.random.default_rng(440).integers(0, 2, 40_000, dtype=np.uint8).tobytes()
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("IRMAS-TrainingData/pia/[pia][jaz_blu]1469__1.wav", coins)
    content = publisher.files["/IRMAS-TrainingData.zip"] = buffer.getvalue()
    assert 2_000 < len(content) < 20_000
    narrow = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
    )
    file = described("IRMAS-TrainingData.zip", content, publisher.url)
    process = in_a_process(file, disk / "music", before=narrow)
    assert process.communicate()[1].splitlines()[-1] == (
        "wetdry.errors.DataError: irmas: there is no room on the disk; make room and run the same command again,"
        " or give another folder."
    )
    assert entries(disk) == [".music.fetching"]
    assert "unpacked" not in entries(disk / ".music.fetching")


# Who publishes what


def test_what_nobody_publishes_gets_one_sentence(disk):
    with pytest.raises(DataError, match=r"^folder: has no publisher to fetch files from, unlike irmas; see `wetdry"):
        fetch("folder", disk / "music", accept_licence=True)
    with pytest.raises(DataError, match=r'Unknown dataset "irma": did you mean "irmas"\?'):
        fetch("irma", disk / "music", accept_licence=True)


def test_other_packages_publish_by_an_entry_point(tmp_path, monkeypatch, disk, publisher):
    """Their opener and what it opens are found by two groups under one name."""
    info = tmp_path / "site" / "takes-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: takes\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[wetdry.datasets]\ntakes = takes:opened\n[wetdry.publications]\ntakes = takes:OFFER\n"
    )
    file = described("IRMAS-TrainingData.zip", ARCHIVE, publisher.url)
    (tmp_path / "site" / "takes.py").write_text(
        "from wetdry.datasets import Publication, folder\n"
        "from wetdry.remote.files import RemoteFile\n"
        "opened = folder.open_folder\n"
        f"OFFER = Publication(({file!r},), 'CC0-1.0', 'https://x.org/l', 'Takes', 'https://x.org')\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    for name, registry in (("datasets", datasets), ("publications", publications)):
        fresh = Registry(registry.kind, DataError)
        monkeypatch.setattr(f"wetdry.datasets.publishing.publication.{name}", fresh)
    folder = fetch("takes", disk / "takes", accept_licence=True)
    assert len(dataset(f"folder:{folder}")) == 3


def test_a_publication_without_a_digest_is_refused_when_it_is_written():
    for file in (RemoteFile("a", url="x"), RemoteFile("a", "md5:0"), RemoteFile("a/b", "md5:0", url="x")):
        with pytest.raises(ValueError, match="needs a plain name, a URL and a digest"):
            Publication((file,), "", "", "", "")


def test_the_training_archive_is_pinned():
    assert TRAINING_ARCHIVE.url.startswith("https://zenodo.org/records/1290750/files/IRMAS-TrainingData.zip")
    assert TRAINING_ARCHIVE.digest == "md5:4fd9f5ed5a18d8e2687e6360b5f60afe"
    assert TRAINING_ARCHIVE.size == 0
