"""Audio that is not on this machine: decoded as the same file on it, and refused in the same words."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wetdry.audio import AtHand, Elsewhere, at_hand, load, stated_length
from wetdry.errors import AudioError

FORMATS = {
    "wav": ("WAV", "PCM_24"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "aiff": ("AIFF", "PCM_16"),
}


@dataclass
class Far:
    """A file that counts how often it is fetched; another may be said to have been in its place."""

    path: Path
    fetched: int = 0

    def __str__(self) -> str:
        return str(self.path)

    def read_bytes(self) -> bytes:
        self.fetched += 1
        return self.path.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats")
    noise = 0.2 * np.random.default_rng(440).standard_normal((40_000, 2))
    for ending, (kind, subtype) in FORMATS.items():
        soundfile.write(folder / f"a.{ending}", noise, 44_100, format=kind, subtype=subtype)
    return folder


def outcome(file: Path | Elsewhere, **part: float | None) -> tuple[object, ...]:
    """The samples, or the sentence."""
    try:
        clip = load(file, **part)
        return clip.id, clip.sample_rate, clip.samples.shape, stated_length(file)
    except AudioError as error:
        return (str(error),)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("part", [{}, {"start": 0.3, "seconds": 0.2}, {"start": None, "seconds": 0.1}, {"start": 9.0}])
def test_it_is_decoded_as_a_file_is(folder: Path, ending: str, part: dict[str, float | None]) -> None:
    path = folder / f"a.{ending}"
    expected = outcome(path, **part)
    assert outcome(Far(path), **part) == expected
    assert outcome(AtHand(str(path), path.read_bytes()), **part) == expected
    assert len(expected) == (1 if part == {"start": 9.0} else 4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ending=st.sampled_from(sorted(FORMATS)),
    name=st.sampled_from(sorted(FORMATS)),
    before=st.sampled_from([b"", b"\0" * 700, b"ID3 is not here" * 9]),
    end=st.integers(0, 40_000),
    at=st.integers(0, 2_000),
)
def test_damage_and_wrong_names_have_the_same_outcome(
    folder: Path, tmp_path: Path, ending: str, name: str, before: bytes, end: int, at: int
) -> None:
    content = bytearray(before + (folder / f"a.{ending}").read_bytes())
    del content[max(100, len(content) - end) :]
    content[at % len(content)] ^= 0x55
    path = tmp_path / f"damaged.{name}"
    path.write_bytes(content)
    assert outcome(AtHand(str(path), bytes(content))) == outcome(path)


def test_an_mp3_that_begins_behind_other_bytes_is_found_by_its_name(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "padded.mp3"
    path.write_bytes(b"\0" * 700 + (folder / "a.mp3").read_bytes())
    samples = load(path).samples
    assert samples.shape[1] > 39_000
    np.testing.assert_array_equal(load(Far(path)).samples, samples)


def test_no_copy_stays_behind(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    padded = b"\0" * 700 + (folder / "a.mp3").read_bytes()
    assert load(AtHand("a.mp3", padded)).sample_rate == 44_100
    with pytest.raises(AudioError, match=r"a\.wav: not a readable"):
        load(AtHand("a.wav", b"no audio at all"))
    assert list(tmp_path.iterdir()) == []


def test_it_is_fetched_once(folder: Path) -> None:
    far = Far(folder / "a.wav")
    held = at_hand(far)
    assert isinstance(held, AtHand)
    assert load(held).id == load(held, seconds=9.0).id == load(folder / "a.wav").id
    assert at_hand(held) is held
    assert far.fetched == 1
    assert at_hand(folder / "a.wav") == folder / "a.wav", "a file of this machine stays where it is"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (FileNotFoundError(2, "no such object", "far.wav"), "far.wav: no such file; check the path."),
        (IsADirectoryError(21, "is a folder", "far.wav"), "far.wav: is a directory, not an audio file"),
        (PermissionError(13, "its credentials", "far.wav"), "far.wav: may not be read (its credentials); check its"),
        (OSError(5, "broken", "far.wav"), "far.wav: cannot be read (broken)."),
    ],
)
def test_what_cannot_be_fetched_is_one_sentence(error: OSError, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> bytes:
        raise error

    monkeypatch.setattr(Far, "read_bytes", broken)
    for look in (load, stated_length, at_hand):
        with pytest.raises(AudioError) as raised:
            look(Far(Path("far.wav")))
        assert str(raised.value).startswith(told)


def test_an_empty_one_and_a_url_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    assert outcome(Far(tmp_path / "a.wav")) == outcome(tmp_path / "a.wav")
    with pytest.raises(AudioError, match=r"^s3://music/a\.wav: is a URL, and no file; open it as a data set, such as"):
        load("s3://music/a.wav")
