import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.audio import Clip, Windows, load, resample
from wetdry.encoders import encoder
from wetdry.encoders.logmel.encoder import spectrogram
from wetdry.errors import EncoderError

RATE, BANDS, FRAMES, HOP = 22_050, 128, 128, 512


@pytest.fixture(scope="module")
def logmel():
    return encoder("logmel")


def librosas(signal):
    """Decibels (band, frame) of all frames by librosa's own spectrogram."""
    power = librosa.feature.melspectrogram(
        y=signal, sr=RATE, n_fft=2048, hop_length=HOP, n_mels=BANDS, pad_mode="reflect"
    )
    return librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None)


def assert_equal_to_rounding(ours, theirs):
    """To 0.001 dB, and where float32 rounds by more, 50 dB below the loudest of a frame, to 1e-6 of the loudest."""
    near = theirs > theirs.max(axis=0) - 50.0
    np.testing.assert_allclose(ours[near], theirs[near], rtol=0, atol=1e-3)
    powers, expected = (10 ** (decibels.astype(np.float64) / 10) for decibels in (ours, theirs))
    np.testing.assert_allclose(powers, expected, rtol=0, atol=1e-6 * expected.max())


def pictures(vectors):
    return vectors.reshape(-1, BANDS, FRAMES)


def test_full_windows_are_the_first_128_frames_of_librosas(logmel, music):
    vectors = logmel.embed_windows(music)["spectrogram"]
    signal = resample(music.mono, music.sample_rate, RATE)
    windows = Windows(3.0).cut(signal, RATE)
    assert len(windows) == len(vectors) >= 1
    for window, picture in zip(windows, pictures(vectors), strict=True):
        assert_equal_to_rounding(picture, librosas(window)[:, :FRAMES])


def test_real_music_equals_librosas(logmel, data_dir):
    paths = sorted((data_dir / "emotify" / "audio").rglob("*.ogg"))[::60]
    assert len(paths) >= 3
    for path in paths:
        clip = load(path, seconds=6.0)
        first, second = pictures(logmel.embed_windows(clip)["spectrogram"])
        signal = resample(clip.mono, clip.sample_rate, RATE)
        assert_equal_to_rounding(first, librosas(signal[: 3 * RATE])[:, :FRAMES])
        assert_equal_to_rounding(second, librosas(signal[3 * RATE : 6 * RATE])[:, :FRAMES])


@given(samples=st.integers(1, FRAMES * HOP))
def test_a_short_window_is_followed_by_the_floor(samples):
    noise = np.random.default_rng(samples).standard_normal(samples).astype(np.float32)
    picture = spectrogram(noise)
    frames = min(FRAMES, 1 + samples // HOP)
    assert picture.shape == (BANDS, FRAMES)
    assert (picture[:, frames:] == -100.0).all()
    assert (picture[:, :frames].max(axis=0) > -60.0).all()
    if samples >= 2048:  # librosa warns of a signal that is shorter than a frame
        assert_equal_to_rounding(picture[:, :frames], librosas(noise)[:, :frames])


def test_vectors_are_band_by_band(logmel):
    """A tone of 1 kHz is a run of 128 loud numbers in a row, where librosa has its band."""
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(3 * RATE) / RATE)).astype(np.float32)
    vector = logmel.embed(Clip(tone, RATE))["spectrogram"][0]
    band = int(np.abs(librosa.mel_frequencies(BANDS + 2, fmin=0, fmax=RATE / 2)[1:-1] - 1000).argmin())
    loudest = np.argsort(vector)[-FRAMES:]
    assert sorted(loudest) == list(range(band * FRAMES, (band + 1) * FRAMES))


def test_a_gain_moves_every_cell_by_its_decibels(logmel, rng):
    dry = Clip((0.1 * rng.standard_normal(3 * RATE)).astype(np.float32), RATE)
    moved = logmel.embed(dry.scaled(-7.5))["spectrogram"] - logmel.embed(dry)["spectrogram"]
    np.testing.assert_allclose(moved, -7.5, rtol=0, atol=1e-3)


def test_a_window_of_which_only_a_part_would_be_seen_is_refused(logmel, music):
    with pytest.raises(EncoderError, match=r"logmel takes windows of at most 3 s, not 3.5 s"):
        logmel.embed(music, windows=Windows(3.5))
