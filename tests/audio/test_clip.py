"""A clip is frozen, two-dimensional and float32; its downmix and gain are what they say."""

import numpy as np
import pytest
import soundfile

from wetdry.audio import Clip, load, resample, to_mp3, write_flac
from wetdry.errors import AudioError


def test_samples_cannot_be_written(music):
    with pytest.raises(ValueError, match="read-only"):
        music.samples[0, 0] = 1.0


def test_shapes_and_types():
    clip = Clip(np.zeros(5, dtype=np.float64), 8_000)
    assert clip.samples.shape == (1, 5)
    assert clip.samples.dtype == np.float32
    with pytest.raises(AudioError, match="shape"):
        Clip(np.zeros((2, 2, 2), np.float32), 8_000)
    with pytest.raises(AudioError, match="positive"):
        Clip(np.zeros(5, np.float32), 0)


def test_mono_is_the_mean_of_the_channels(music):
    np.testing.assert_allclose(music.mono, (music.samples[0] + music.samples[1]) / 2, atol=1e-7)


def test_six_decibels_double(music):
    np.testing.assert_allclose(music.scaled(20 * np.log10(2)).samples, 2 * music.samples, rtol=1e-6)


def test_resampling_keeps_a_tone():
    tone = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100).astype(np.float32)
    expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    np.testing.assert_allclose(resample(tone, 44_100, 16_000)[500:-500], expected[500:-500], atol=1e-3)
    stereo = resample(np.stack([tone, -tone]), 44_100, 16_000)
    np.testing.assert_array_equal(stereo[0], -stereo[1])


def test_flac_round_trip_and_refusal_to_clip(tmp_path, music):
    write_flac(tmp_path / "a.flac", music)
    np.testing.assert_allclose(load(tmp_path / "a.flac").samples, music.samples, atol=1 / 32_000)
    with pytest.raises(ValueError, match="full scale"):
        write_flac(tmp_path / "b.flac", music.scaled(40))


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_mp3_for_listening_never_clips(tmp_path, music, channels):
    loud = Clip(np.tile(music.samples[:1], (channels, 1)) * 9, music.sample_rate)
    (tmp_path / "a.mp3").write_bytes(to_mp3(loud))
    heard, rate = soundfile.read(tmp_path / "a.mp3", always_2d=True)
    assert rate == 44_100
    assert heard.shape[1] == min(channels, 2) if channels <= 2 else heard.shape[1] == 1
    assert 0.9 < np.abs(heard).max() <= 1.05
