"""Archives are unpacked as they are, or refused whole: nothing lands outside, nothing fills the disk."""

import shutil
import stat
import struct
import tempfile
import warnings
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.datasets.publishing import archive as archive_module
from wetdry.datasets.publishing.archive import unpack
from wetdry.errors import DataError


def zipped(path: Path, *members: tuple[str | ZipInfo, bytes], compression: int = ZIP_DEFLATED) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of names that occur twice
        with ZipFile(path, "w", compression) as archive:
            for name, content in members:
                archive.writestr(name, content)
    return path


def noise(size: int) -> bytes:
    return np.random.default_rng(440).bytes(size)


def of_kind(name: str, kind: int) -> ZipInfo:
    info = ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def target(tmp_path) -> Path:
    (tmp_path / "within" / "target").mkdir(parents=True)
    return tmp_path / "within" / "target"


NAMES = st.text("abü ", min_size=1, max_size=3).map(str.strip).filter(bool)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.tuples(NAMES, NAMES), st.binary(max_size=200), min_size=1))
def test_what_was_packed_is_unpacked(files):
    packed = {f"{folder}/{name}.wav": content for (folder, name), content in files.items()}
    with tempfile.TemporaryDirectory() as place:
        (folder := Path(place) / "to").mkdir()
        unpack(zipped(Path(place) / "a.zip", *packed.items()), folder)
        assert contents(folder) == packed


def test_folders_without_files_are_made_and_modes_are_not_taken_over(tmp_path, target):
    unpack(zipped(tmp_path / "a.zip", ("empty/", b""), (of_kind("tool", stat.S_IFREG | stat.S_ISUID), b"x")), target)
    assert (target / "empty").is_dir()
    assert not (target / "tool").stat().st_mode & (stat.S_ISUID | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("/etc/x", b"")], 'holds "/etc/x", a path that may lead out of the folder'),
        ([("../x", b"")], 'holds "../x", a path that may lead out'),
        ([("a/../../x", b"")], 'holds "a/../../x", a path that may lead out'),
        ([("a\\..\\x", b"")], "a path that may lead out"),
        ([(of_kind("link", stat.S_IFLNK), b"/etc")], 'holds "link", which is neither a file nor a folder but a link'),
        ([(of_kind("pipe", stat.S_IFIFO), b"")], 'holds "pipe", which is neither a file nor a folder'),
        ([(".", b"x")], 'holds ".", a file without a name'),
        ([("a", b"1"), ("a", b"2")], 'holds "a" twice'),
        ([("a/b", b"1"), ("a//./b", b"2")], 'holds "a/b" twice'),
        ([("a", b"1"), ("a/b", b"2")], 'holds "a" as a file and as a folder'),
        ([("a/", b""), ("a", b"2")], 'holds "a" as a file and as a folder'),
        ([("zeros", bytes(2_000_000))], "times as large unpacked"),
    ],
)
def test_what_no_data_set_needs_is_refused_before_anything_is_written(tmp_path, target, members, said):
    # The first file is harmless, and must not be there afterwards.
    archive = zipped(tmp_path / "a.zip", ("good.wav", noise(1000)), *members)
    with pytest.raises(DataError) as caught:
        unpack(archive, target)
    assert said in str(caught.value)
    assert str(caught.value).endswith("and was not unpacked; get the archive from its publisher.")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "target", "within"]


def test_too_many_files_are_refused(tmp_path, target, monkeypatch):
    monkeypatch.setattr(archive_module, "MOST_FILES", 2)
    unpack(zipped(tmp_path / "two.zip", ("a", b""), ("b", b"")), target)
    with pytest.raises(DataError, match=r"three\.zip: holds 3 files, more than 2, and was not unpacked"):
        unpack(zipped(tmp_path / "three.zip", ("c", b""), ("d", b""), ("e", b"")), target)
    assert sorted(contents(target)) == ["a", "b"]


def test_other_ways_of_packing_are_refused(tmp_path, target):
    with pytest.raises(DataError, match="packed in a way that is not read here"):
        unpack(zipped(tmp_path / "a.zip", ("a", b"x"), compression=ZIP_BZIP2), target)


def test_an_encrypted_file_is_refused(tmp_path, target):
    archive = zipped(tmp_path / "a.zip", ("a", b"x"))
    raw = bytearray(archive.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(raw)
    with pytest.raises(DataError, match='holds "a", which is encrypted'):
        unpack(archive, target)


def test_no_more_is_written_than_the_archive_states(tmp_path, target):
    """A bomb may state that it is small; what is written then ends there, and fails its checksum."""
    archive = zipped(tmp_path / "a.zip", ("zeros", bytes(2_000_000)))
    raw = bytearray(archive.read_bytes())
    struct.pack_into("<I", raw, raw.index(b"PK\x01\x02") + 24, 100)
    archive.write_bytes(raw)
    with pytest.raises(DataError, match=r"a\.zip: is no whole zip archive \(Bad CRC-32 .*\); fetch it again\."):
        unpack(archive, target)
    assert (target / "zeros").stat().st_size <= 100


@pytest.mark.parametrize("kept", [0, 10, 500, 0.5, -1])
def test_a_truncated_archive_gets_one_sentence(tmp_path, target, kept):
    archive = zipped(tmp_path / "a.zip", ("noise", noise(5000)))
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * kept) if isinstance(kept, float) else kept])
    with pytest.raises(DataError, match=r"a\.zip: is no whole zip archive \(.+\); fetch it again\."):
        unpack(archive, target)


def test_a_disk_without_room_is_noticed_before_it_is_full(tmp_path, target, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 1_000_000))
    archive = zipped(tmp_path / "a.zip", ("noise", noise(2_000_000)))
    with pytest.raises(DataError, match=r"within: has room for 1 MB, and what a\.zip holds takes 2 MB; make room, or"):
        unpack(archive, target)
    assert contents(target) == {}


def a_valid_archive() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a/1.wav", "a/2.wav", "b.csv"):
            archive.writestr(name, name.encode() * 20)
    return buffer.getvalue()


VALID = a_valid_archive()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.binary(min_size=1, max_size=4)), min_size=1, max_size=3))
def test_whatever_the_bytes_are_there_is_a_sentence_or_the_files(changes):
    raw = bytearray(VALID)
    for position, new in changes:
        raw[position : position + len(new)] = new
    with tempfile.TemporaryDirectory() as place:
        (folder := Path(place) / "to").mkdir()
        (archive := Path(place) / "a.zip").write_bytes(raw)
        with suppress(DataError):
            unpack(archive, folder)
        assert sorted(path.name for path in Path(place).iterdir()) == ["a.zip", "to"]
        assert sum(map(len, contents(folder).values())) <= archive_module.MOST_RATIO * len(raw)


def test_a_name_longer_than_any_file_system_takes_gets_one_sentence(tmp_path):
    archive = zipped(tmp_path / "a.zip", ("set/" + "x" * 256, b"1"))
    with pytest.raises(
        DataError, match=r"a\.zip: holds .*, a name longer than file systems take, and was not unpacked"
    ):
        unpack(archive, tmp_path)
