"""Decoding: formats, honest lengths, and one sentence for whatever is not usable audio."""

import io
import os

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wetdry.audio import Clip, load
from wetdry.errors import AudioError


def write(path, samples, rate=44_100, **options):
    soundfile.write(path, samples.T, rate, **options)
    return path


def noise(rng, channels=1, frames=4410):
    return (0.3 * rng.standard_normal((channels, frames))).clip(-0.99, 0.99).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_float_wav_comes_back_sample_for_sample(tmp_path, rng, channels, rate):
    samples = noise(rng, channels)
    clip = load(write(tmp_path / "a.wav", samples, rate, subtype="FLOAT"))
    assert clip.sample_rate == rate
    np.testing.assert_array_equal(clip.samples, samples)


@pytest.mark.parametrize(
    ("name", "options", "tolerance"),
    [
        ("a.wav", {"subtype": "PCM_U8"}, 1 / 100),
        ("a.wav", {"subtype": "PCM_16"}, 1 / 32_000),
        ("a.wav", {"subtype": "PCM_24"}, 1e-6),
        ("a.aiff", {"subtype": "PCM_16"}, 1 / 32_000),
        ("a.flac", {"subtype": "PCM_24"}, 1e-6),
    ],
)
def test_integer_formats(tmp_path, rng, name, options, tolerance):
    samples = noise(rng, 2)
    clip = load(write(tmp_path / name, samples, **options))
    np.testing.assert_allclose(clip.samples, samples, atol=tolerance)


@pytest.mark.parametrize(("name", "format_name"), [("a.ogg", "OGG"), ("a.mp3", "MP3")])
def test_lossy_formats_keep_length_and_content(tmp_path, music, name, format_name):
    clip = load(write(tmp_path / name, music.samples, music.sample_rate, format=format_name))
    assert clip.frames == pytest.approx(music.frames, abs=1)
    correlation = np.corrcoef(clip.mono[: music.frames], music.mono[: clip.frames])[0, 1]
    assert correlation > 0.98


def test_samples_beyond_full_scale_survive_float_files(tmp_path):
    loud = np.array([[1.5, -2.0, 0.1]], dtype=np.float32)
    np.testing.assert_array_equal(load(write(tmp_path / "a.wav", loud, subtype="FLOAT")).samples, loud)


def test_excerpt_equals_slice_of_whole(tmp_path, rng):
    path = write(tmp_path / "a.flac", noise(rng, 2, 44_100))
    whole = load(path)
    part = load(path, start=0.25, seconds=0.5)
    np.testing.assert_array_equal(part.samples, whole.samples[:, 11_025 : 11_025 + 22_050])
    middle = load(path, start=None, seconds=0.5)
    np.testing.assert_array_equal(middle.samples, whole.samples[:, 11_025 : 11_025 + 22_050])
    assert load(path, start=None, seconds=9).id == whole.id


def test_identity_is_of_the_content_not_of_the_path(tmp_path, rng):
    samples = noise(rng, 2)
    first = load(write(tmp_path / "a.wav", samples, subtype="FLOAT"))
    second = load(write(tmp_path / "b.aiff", samples, subtype="FLOAT"))
    changed = samples.copy()
    changed[1, 17] += 1e-6
    assert first.id == second.id
    assert first.id != Clip(changed, 44_100).id
    assert first.id != Clip(samples, 48_000).id
    assert Clip(samples.reshape(1, -1), 44_100).id != first.id


def complaint(path, **options):
    with pytest.raises(AudioError) as caught:
        load(path, **options)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_missing_file(tmp_path):
    assert "no such file" in complaint(tmp_path / "none.wav")


def test_directory(tmp_path):
    assert "folder:" in complaint(tmp_path)


def test_empty_file(tmp_path):
    (tmp_path / "a.wav").touch()
    assert "empty file" in complaint(tmp_path / "a.wav")


def test_text_named_wav(tmp_path):
    (tmp_path / "a.wav").write_text("la la la " * 100)
    assert "not a readable" in complaint(tmp_path / "a.wav")


def test_no_samples(tmp_path):
    assert "no samples" in complaint(write(tmp_path / "a.wav", np.zeros((1, 0), np.float32)))


def test_start_beyond_the_end(tmp_path, rng):
    path = write(tmp_path / "a.wav", noise(rng))
    assert "no samples from 9 s" in complaint(path, start=9)
    assert "more than 0" in complaint(path, seconds=-1)


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_poisoned_samples(tmp_path, rng, poison):
    samples = noise(rng)
    samples[0, 100] = poison
    assert "NaN or infinite" in complaint(write(tmp_path / "a.wav", samples, subtype="FLOAT"))


def test_too_many_channels_and_odd_rates(tmp_path, rng):
    assert "9 channels" in complaint(write(tmp_path / "a.wav", noise(rng, 9)))
    assert "4000 Hz" in complaint(write(tmp_path / "b.wav", noise(rng), 4_000))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_permissions(tmp_path, rng):
    path = write(tmp_path / "a.wav", noise(rng))
    path.chmod(0)
    assert "permissions" in complaint(path)


def test_a_file_too_long_to_hold_is_refused_unless_a_length_is_asked_for(tmp_path, rng, monkeypatch):
    path = write(tmp_path / "a.wav", noise(rng, 2, 44_100))
    monkeypatch.setattr("wetdry.audio.decode.MOST_SAMPLES", 80_000)
    assert "give the seconds" in complaint(path)
    assert load(path, seconds=1.0).frames == 44_100
    monkeypatch.setattr("wetdry.audio.decode.MOST_SAMPLES", 88_200)
    assert load(path).frames == 44_100


def test_one_sample_clip(tmp_path):
    clip = load(write(tmp_path / "a.wav", np.array([[0.5]], np.float32), subtype="FLOAT"))
    assert clip.frames == 1


def test_truncated_mp3_gives_what_is_there_or_a_sentence(tmp_path, music):
    path = write(tmp_path / "a.mp3", music.samples, music.sample_rate, format="MP3")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    clip = load(path)
    assert 0.4 * music.seconds < clip.seconds < 0.65 * music.seconds


@pytest.fixture(scope="module")
def encoded(music) -> dict[str, bytes]:
    files = {}
    short = music.samples[:, :20_000]
    for kind, options in {
        "WAV": {"subtype": "PCM_16"},
        "FLAC": {},
        "OGG": {},
        "MP3": {},
        "AIFF": {"subtype": "FLOAT"},
    }.items():
        buffer = io.BytesIO()
        soundfile.write(buffer, short.T, 44_100, format=kind, **options)
        files[kind] = buffer.getvalue()
    return files


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["WAV", "FLAC", "OGG", "MP3", "AIFF"]),
    keep=st.floats(0.001, 1.0),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=20),
)
def test_mutated_files_give_a_clip_or_a_sentence(tmp_path, encoded, kind, keep, edits):
    data = bytearray(encoded[kind])
    data = data[: max(1, int(len(data) * keep))]
    for place, value in edits:
        # Headers are where parsers break: squeeze the edits towards the start.
        data[int(place**4 * (len(data) - 1))] = value
    path = tmp_path / f"mutated.{kind.lower()}"
    path.write_bytes(data)
    try:
        clip = load(path)
    except AudioError as error:
        assert str(path) in str(error)  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert clip.frames > 0
        assert np.isfinite(clip.samples).all()
