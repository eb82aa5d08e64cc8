"""The one mel spectrogram against librosa's, in the settings of every front end."""

import librosa
import numpy as np
import pytest

from wetdry.encoders import mel as mel_module
from wetdry.encoders.mel import Mel, filter_bank, reflect

FRONT_ENDS = {
    "clap": Mel(48_000, 1024, 480, 64, fmin=50.0, fmax=14_000.0),
    "panns": Mel(32_000, 1024, 320, 64, fmin=50.0, fmax=14_000.0),
    "whisper": Mel(16_000, 400, 160, 80),
    "openl3": Mel(48_000, 2048, 242, 128, power=1.0, centred=False),
    "vibenet": Mel(16_000, 1024, 320, 128, frame=640, centred=False),
    "htk": Mel(22_050, 512, 128, 40, htk=True, norm=None),
}


@pytest.fixture
def signal(rng):
    clock = np.arange(30_000) / 16_000
    return (np.sin(2 * np.pi * 300 * clock**2) + 0.1 * rng.standard_normal(clock.size)).astype(np.float32)


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_it_is_librosas(name, signal):
    mel = FRONT_ENDS[name]
    if mel.frame is None:
        expected = librosa.feature.melspectrogram(
            y=signal, sr=mel.sample_rate, n_fft=mel.n_fft, hop_length=mel.hop, n_mels=mel.bands, power=mel.power,
            fmin=mel.fmin, fmax=mel.fmax, htk=mel.htk, norm=mel.norm, center=mel.centred, pad_mode="reflect",
        )  # fmt: skip
    else:
        # librosa puts a short frame in the middle of the transform, which changes phases only, and asks for all of it.
        padded = np.pad(signal, (mel.n_fft - mel.frame) // 2)
        spectrum = librosa.stft(padded, n_fft=mel.n_fft, hop_length=mel.hop, win_length=mel.frame, center=False)
        expected = filter_bank(mel) @ np.abs(spectrum) ** 2
    ours = mel.one(signal)
    assert ours.dtype == np.float32
    assert ours.shape == (mel.bands, mel.frames(signal.size))
    np.testing.assert_allclose(ours, expected, rtol=0, atol=2e-6 * expected.max())


def test_a_quiet_band_is_right_relative_to_itself(signal):
    mel = FRONT_ENDS["clap"]
    expected = librosa.feature.melspectrogram(
        y=signal.astype(np.float64), sr=48_000, n_fft=1024, hop_length=480, n_mels=64, fmin=50.0, fmax=14_000.0,
        pad_mode="reflect",
    )  # fmt: skip
    np.testing.assert_allclose(10 * np.log10(mel.one(signal)), 10 * np.log10(expected), rtol=0, atol=1e-3)


def test_the_number_of_frames_at_once_changes_nothing(signal, monkeypatch):
    mel = FRONT_ENDS["whisper"]
    whole = mel.one(signal)
    for frames in (1, 50, len(signal)):
        monkeypatch.setattr(mel_module, "FRAMES_AT_ONCE", frames)
        np.testing.assert_array_equal(mel.one(signal), whole)


def test_windows_are_seen_one_by_one(rng):
    mel = FRONT_ENDS["whisper"]
    windows = rng.standard_normal((3, 4000)).astype(np.float32)
    for window, spectrogram in zip(windows, mel(windows), strict=True):
        np.testing.assert_array_equal(spectrogram, mel.one(window))


@pytest.mark.parametrize("size", [1, 2, 3, 100, 201, 5000])
def test_the_shortest_signals_are_mirrored(size, rng):
    signal = rng.standard_normal(size).astype(np.float32)
    assert reflect(signal, 200).size == size + 400
    assert np.isfinite(FRONT_ENDS["whisper"].one(signal)).all()
