"""Spectrograms of a data set in one file: what is in it, and that nothing is computed twice or left half-written."""

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wetdry.audio import Clip, load, write_flac
from wetdry.datasets.base import Dataset, Item
from wetdry.encoders import encoder
from wetdry.errors import AudioError, CacheError, DataError
from wetdry.extract import Silent, chunk_file, chunk_run
from wetdry.extract.chunks import INDEX, Chunks, chunks

RATE = 8000
SECONDS = {"long": 7.7, "two": 6.0, "short": 1.0}
"""Of these, windows of 3 s make three (the last one ends with the clip), two and one."""


def song(folder, name, seconds=3.0, seed=None):
    seed = sum(map(ord, name)) if seed is None else seed
    noise = 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    write_flac(folder / f"{name}.flac", Clip(noise.astype(np.float32), RATE))
    return folder / f"{name}.flac"


def songs(folder, *names):
    return Dataset("songs", tuple(Item(name, folder / f"{name}.flac") for name in names))


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audio")
    for name, seconds in SECONDS.items():
        song(folder, name, seconds)
    return folder


@pytest.fixture
def data(audio, tmp_path):
    """Three songs in a folder of their own, which tests may change."""
    shutil.copytree(audio, tmp_path / "audio")
    return songs(tmp_path / "audio", *SECONDS)


@pytest.fixture
def decoded(monkeypatch):
    """Names of the files that are decoded from here on."""
    names = []

    def counted(path, **excerpt):
        names.append(Path(path).stem)
        return load(path, **excerpt)

    monkeypatch.setattr(chunk_run, "load", counted)
    return names


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


class Told(Silent):
    """What was told, and a run that ends at the nth item."""

    def __init__(self, end_at=None):
        self.told, self.end_at = [], end_at

    def start(self, total, about="embedding"):
        self.told.append((total, about))

    def advance(self, n, seconds_of_audio):
        self.told.append((n, seconds_of_audio))
        if len(self.told) - 1 == self.end_at:
            raise KeyboardInterrupt

    def close(self):
        self.told.append("closed")


def test_chunks_are_the_windows_of_logmel_in_the_order_of_the_items(data, tmp_path):
    made = chunks(data, folder=tmp_path / "chunks", start=0.0, workers=2)
    assert made.items == ("long", "two", "short")
    assert made.row.tolist() == [0, 0, 0, 1, 1, 2]
    np.testing.assert_allclose(made.start, [0, 3, 4.7, 0, 3, 0], rtol=0, atol=1 / RATE)
    assert made.values.dtype == np.float32
    assert isinstance(made.values, np.memmap)
    expected = [encoder("logmel").embed_windows(load(item.path))["spectrogram"] for item in data]
    assert np.array_equal(made.values.reshape(6, -1), np.concatenate(expected))
    assert made.clips == {item.id: load(item.path).id for item in data}
    assert made.failures.empty


def test_another_process_opens_the_same(data, tmp_path):
    made = chunks(data, folder=tmp_path / "chunks")
    opened = Chunks.open(str(made.path))
    assert np.array_equal(opened.values, made.values)
    assert (opened.items, opened.clips, opened.path) == (made.items, made.clips, made.path)
    assert opened.row.tolist() == made.row.tolist()
    assert opened.start.tolist() == made.start.tolist()


def test_an_excerpt_is_taken_from_the_middle_or_from_where_it_is_said(data, tmp_path):
    for start in (None, 2.5):
        made = chunks(data, folder=tmp_path, start=start, seconds=3.0)
        sounds = [load(item.path, start=start, seconds=3.0) for item in data if start is None or item.id != "short"]
        assert made.clips == {name: clip.id for name, clip in zip(made.items, sounds, strict=True)}
        assert np.array_equal(made.values[0], encoder("logmel").prepare_clip(sounds[0])[0])
    # "short" ends before second 2.5.
    assert made.failures["item"].tolist() == ["short"]


def test_the_bytes_do_not_depend_on_the_number_of_workers(data, tmp_path):
    one, three = (chunks(data, folder=tmp_path / str(workers), workers=workers) for workers in (1, 3))
    assert contents(one.path) == contents(three.path)


def test_what_is_there_is_neither_decoded_nor_written_again(data, tmp_path, decoded):
    made = chunks(data, folder=tmp_path / "chunks")
    assert sorted(decoded) == sorted(SECONDS)
    decoded.clear()
    before = contents(made.path)
    assert chunks(data, folder=tmp_path / "chunks").path == made.path
    assert (decoded, contents(made.path)) == ([], before)


def test_an_interrupted_run_goes_on_to_the_same_bytes(data, tmp_path, decoded):
    undisturbed = chunks(data, folder=tmp_path / "undisturbed")
    decoded.clear()
    with pytest.raises(KeyboardInterrupt):
        chunks(data, folder=tmp_path / "chunks", workers=1, progress=Told(end_at=2))
    decoded.clear()
    assert contents(chunks(data, folder=tmp_path / "chunks").path) == contents(undisturbed.path)
    assert decoded == ["short"]


@given(values=st.floats(0, 1), journal=st.floats(0, 1), garbage=st.binary(max_size=9), whole=st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_killed_process_left_the_next_one_completes_it(
    audio, tmp_path_factory, values, journal, garbage, whole
):
    folder = tmp_path_factory.mktemp("killed")
    made = chunks(songs(audio, *SECONDS), folder=folder)
    before = contents(made.path)
    del made
    place = next(folder.glob("*/*"))
    for name, share in ((chunk_file.VALUES, values), (chunk_file.JOURNAL, journal)):
        (place / name).write_bytes(before[name][: round(share * len(before[name]))] + garbage)
    if not whole:
        (place / INDEX).unlink()
    assert contents(chunks(songs(audio, *SECONDS), folder=folder).path) == before


def test_of_a_changed_set_only_the_changed_file_is_computed(data, tmp_path, decoded):
    before = chunks(data, folder=tmp_path / "chunks")
    decoded.clear()
    song(tmp_path / "audio", "two", 3.0, seed=99)
    after = chunks(data, folder=tmp_path / "chunks")
    assert decoded == ["two"]
    assert after.items == before.items
    assert after.row.tolist() == [0, 0, 0, 1, 2]
    assert np.array_equal(after.values[[0, 1, 2, 4]], before.values[[0, 1, 2, 5]])
    assert contents(after.path) == contents(chunks(data, folder=tmp_path / "anew").path)


def test_a_spectrogram_that_was_damaged_beside_is_computed_rather_than_copied(data, tmp_path, decoded):
    before = chunks(data, folder=tmp_path / "chunks")
    raw = bytearray((before.path / chunk_file.VALUES).read_bytes())
    raw[-1] ^= 1  # of "short"
    (before.path / chunk_file.VALUES).write_bytes(raw)
    decoded.clear()
    renamed = Dataset("songs", tuple(Item(f"{item.id}2", item.path) for item in data))
    after = chunks(renamed, folder=tmp_path / "chunks")
    assert decoded == ["short"]
    assert (
        contents(after.path)[chunk_file.VALUES] == contents(chunks(data, folder=tmp_path / "anew").path)["chunks.f32"]
    )


def test_a_bad_clip_is_named_and_the_run_goes_on(data, tmp_path):
    (tmp_path / "audio" / "two.flac").write_bytes(b"no music")
    (tmp_path / "audio" / "short.flac").unlink()
    told = Told()
    made = chunks(data, folder=tmp_path / "chunks", progress=told)
    assert made.items == ("long",)
    assert made.failures[["item", "stage", "effect"]].to_numpy().tolist() == [
        ["two", "decode", ""],
        ["short", "decode", ""],
    ]
    assert made.failures["reason"].str.contains("convert it or replace it|no such file").all()
    assert made.failures["path"].tolist() == [str(item.path) for item in data][1:]
    assert told.told == [(3, "spectrograms"), (1, pytest.approx(7.7)), (1, 0.0), (1, 0.0), "closed"]
    assert Chunks.open(made.path).failures.equals(made.failures)


def test_what_failed_is_tried_again(data, tmp_path, monkeypatch):
    """The second song does not fit into memory at first; then all is as if it always had."""

    def refusing(path, **excerpt):
        if Path(path).stem == "two":
            raise MemoryError
        return load(path, **excerpt)

    with monkeypatch.context() as patch:
        patch.setattr(chunk_run, "load", refusing)
        first = chunks(data, folder=tmp_path / "chunks")
    assert first.items == ("long", "short")
    assert first.failures["reason"].tolist() == ["Not enough memory; use shorter excerpts or fewer workers."]
    again = chunks(data, folder=tmp_path / "chunks")
    assert again.failures.empty
    assert contents(again.path) == contents(chunks(data, folder=tmp_path / "anew").path)


def test_equal_audio_counts_once_also_in_another_file(data, tmp_path, decoded):
    folder = tmp_path / "audio"
    shutil.copy(folder / "two.flac", folder / "copy.flac")
    clip = load(folder / "long.flac")
    import soundfile

    soundfile.write(folder / "wave.wav", clip.samples.T, RATE, subtype="FLOAT")
    assert load(folder / "wave.wav").id == clip.id
    items = (*data.items, Item("copy", folder / "copy.flac"), Item("wave", folder / "wave.wav"))
    for expected in (["long", "two", "short", "wave"], []):  # the second time nothing is decoded
        made = chunks(Dataset("songs", items), folder=tmp_path / "chunks")
        assert sorted(decoded) == sorted(expected)
        assert made.items == ("long", "two", "short")
        assert len(made.values) == 6
        assert made.failures[["item", "stage"]].to_numpy().tolist() == [["copy", "select"], ["wave", "select"]]
        assert made.failures["reason"].iloc[1] == (
            f"{folder / 'wave.wav'}: holds the same audio as {folder / 'long.flac'}, which is counted once."
        )
        decoded.clear()


def test_where_nothing_can_be_used_the_first_reason_is_given(tmp_path):
    with pytest.raises(AudioError, match=r"one.flac: no such file; check the path."):
        chunks(songs(tmp_path, "one", "two"), folder=tmp_path / "chunks")
    with pytest.raises(DataError, match=r"songs: has no items; give"):
        chunks(songs(tmp_path), folder=tmp_path / "chunks")


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: (path / INDEX).unlink(),
        lambda path: (path / INDEX).write_text("[]"),
        lambda path: (path / INDEX).write_text(json.dumps({"items": ["long"], "failures": []})),
        lambda path: (path / chunk_file.JOURNAL).write_text("{}\n"),
        lambda path: (path / chunk_file.VALUES).write_bytes((path / chunk_file.VALUES).read_bytes()[:-1]),
        lambda path: (path / chunk_file.VALUES).write_bytes((path / chunk_file.VALUES).read_bytes() + b"more"),
        lambda path: (path / chunk_file.VALUES).write_bytes(b"\1" + (path / chunk_file.VALUES).read_bytes()[1:]),
    ],
)
def test_a_folder_that_is_not_whole_is_not_opened_but_made_whole(data, tmp_path, harm):
    made = chunks(data, folder=tmp_path / "chunks")
    path, before = made.path, contents(made.path)
    del made
    harm(path)
    with pytest.raises(CacheError, match=r"does not hold whole spectrograms; delete the folder"):
        Chunks.open(path)
    chunks(data, folder=tmp_path / "chunks")
    assert contents(path) == before


def test_a_full_disk_is_one_sentence(data, tmp_path, monkeypatch):
    def full(self, new, values):  # noqa: ARG001
        raise OSError(errno.ENOSPC, "No space left on device", str(self.folder / "chunks.f32"))

    monkeypatch.setattr(chunk_file.ChunkFile, "append", full)
    with pytest.raises(
        CacheError, match=r"chunks.f32: cannot be read or written \(No space left on device\); make room"
    ):
        chunks(data, folder=tmp_path / "chunks")


def test_a_folder_that_cannot_be_made_is_one_sentence(data, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CacheError, match=r"cannot be read or written .*choose another folder"):
        chunks(data, folder=tmp_path / "file")
