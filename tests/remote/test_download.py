"""A download is continued where it stopped, and whatever comes of that is held to the published digest."""

import errno
import hashlib

import pytest
from publisher import published

from wetdry.remote import digests
from wetdry.remote.digests import digest_of, same
from wetdry.remote.download import download
from wetdry.remote.files import RemoteFile
from wetdry.remote.unavailable import Trouble, UnavailableError, unavailable

CONTENT = bytes(range(256)) * 40
HALF = len(CONTENT) // 2


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def publisher():
    with published() as here:
        here.files["/a.zip"] = CONTENT
        here.begins_in_the_middle = True
        yield here


@pytest.fixture
def file(publisher):
    return RemoteFile(
        "a.zip", f"md5:{hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}", 0, f"{publisher.url}/a.zip"
    )


@pytest.fixture
def part(tmp_path):
    """Where the file is written before it has its name."""
    (tmp_path / "to").mkdir()
    return tmp_path / "to" / ".a.zip.part"


def test_what_came_before_an_interruption_is_not_fetched_again(publisher, file, part):
    publisher.breaks_off = True
    with pytest.raises(UnavailableError, match="broke off after 5,120 of 10,240 bytes"):
        download(file, part.parent, resume=True)
    assert part.read_bytes() == CONTENT[:HALF]
    with pytest.raises(UnavailableError, match="broke off after 7,680 of 10,240 bytes"):
        download(file, part.parent, resume=True)
    publisher.breaks_off = False
    assert download(file, part.parent, resume=True).read_bytes() == CONTENT
    assert publisher.ranges == ["", "bytes=5120-", "bytes=7680-"]
    assert not part.exists()


def test_a_server_that_cannot_continue_sends_it_all(publisher, file, part):
    publisher.begins_in_the_middle = False
    part.write_bytes(CONTENT[:HALF])
    assert download(file, part.parent, resume=True).read_bytes() == CONTENT


def test_a_whole_part_is_only_given_its_name(publisher, file, part):
    part.write_bytes(CONTENT)
    assert download(file, part.parent, resume=True).read_bytes() == CONTENT
    assert publisher.ranges == ["bytes=10240-"]


@pytest.mark.parametrize("left", [b"x" * HALF, CONTENT + b"x"])
def test_a_part_of_another_file_is_found_out_and_removed(file, part, left):
    part.write_bytes(left)
    with pytest.raises(UnavailableError, match="is not the published file") as caught:
        download(file, part.parent, resume=True)
    assert caught.value.trouble is Trouble.DIFFERENT
    assert not part.exists()
    assert not (part.parent / "a.zip").exists()
    assert download(file, part.parent, resume=True).read_bytes() == CONTENT


def test_a_file_of_unknown_digest_is_never_put_together(publisher, file, part):
    publisher.breaks_off = True
    unknown = RemoteFile("a.zip", url=file.url)
    with pytest.raises(UnavailableError):
        download(unknown, part.parent, resume=True)
    assert not part.exists()
    publisher.breaks_off = False
    part.write_bytes(b"x" * HALF)
    assert download(unknown, part.parent, resume=True).read_bytes() == CONTENT


def test_a_digest_is_noted_for_all_rooms_in_one_place(tmp_path, monkeypatch):
    monkeypatch.setattr(digests, "WORTH_REMEMBERING", 1)
    (tmp_path / "a").write_bytes(CONTENT)
    digest = digest_of(tmp_path / "a", "sha256")
    (note,) = (tmp_path / "cache" / ".digests").iterdir()
    assert note.read_text() == digest == f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    assert same(tmp_path / "a", digest, len(CONTENT))
    assert not same(tmp_path / "a", digest, len(CONTENT) + 1)


class AnswerError(Exception):
    def __init__(self, code):
        self.code = code


@pytest.mark.parametrize(
    ("error", "reason", "trouble"),
    [
        (AnswerError(401), "x asks who you are", Trouble.ACCESS),
        (AnswerError(403), "x refuses access", Trouble.ACCESS),
        (AnswerError(404), "x is not there", Trouble.GONE),
        (AnswerError(429), "x has too many requests", Trouble.BUSY),
        (AnswerError(500), "x answers with error 500", Trouble.BUSY),
        (OSError(errno.ENOSPC, "full"), "there is no room on the disk", Trouble.DISK_FULL),
        (OSError(errno.EROFS, "read-only", "/f"), "/f cannot be written", Trouble.NOT_WRITABLE),
        (TimeoutError(), "x does not answer", Trouble.CONNECTION),
        (ConnectionRefusedError(), "x cannot be reached", Trouble.CONNECTION),
    ],
)
def test_what_went_wrong_is_put_into_words(error, reason, trouble):
    said = unavailable("x", error)
    assert (str(said), said.trouble) == (reason, trouble)
