"""Loudness against pyloudnorm, true peak against a dense reconstruction, and the matching rule."""

import numpy as np
import pyloudnorm
import pytest

from wetdry.audio import Clip, loudness, match_loudness, matching_gain, true_peak
from wetdry.audio.loudness import sample_peak


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("seconds", [0.45, 1.0, 3.21])
def test_equals_pyloudnorm(rng, channels, rate, seconds):
    frames = int(seconds * rate)
    envelope = np.where(np.arange(frames) % rate < rate // 3, 0.001, 0.2)
    clip = Clip((rng.standard_normal((channels, frames)) * envelope).astype(np.float32), rate)
    expected = pyloudnorm.Meter(rate).integrated_loudness(clip.samples.T.astype(np.float64))
    assert loudness(clip) == pytest.approx(expected, abs=1e-6)


def test_full_scale_997_hz_sine_measures_minus_3_01_lufs():
    """The calibration tone of BS.1770-4, within the 0.1 LU that EBU Tech 3341 allows a meter."""
    tone = np.sin(2 * np.pi * 997 * np.arange(48_000 * 5) / 48_000)
    assert loudness(Clip(tone.astype(np.float32), 48_000)) == pytest.approx(-3.01, abs=0.1)


def test_gain_moves_loudness_by_as_many_units(music):
    assert loudness(music.scaled(-7.5)) == pytest.approx(loudness(music) - 7.5, abs=1e-3)


@pytest.mark.parametrize("frames", [1, 100, 17_639])
def test_clips_shorter_than_a_block_are_measured_ungated(rng, frames):
    clip = Clip(0.1 * rng.standard_normal(frames).astype(np.float32), 44_100)
    assert loudness(clip.scaled(6.0)) == pytest.approx(loudness(clip) + 6.0, abs=1e-3)


def test_silence_is_minus_infinity_and_is_left_alone(music):
    silence = Clip(np.zeros((2, 44_100), np.float32), 44_100)
    assert loudness(silence) == -np.inf
    assert matching_gain(silence, music) == 0.0
    assert matching_gain(music, silence) == 0.0


def test_eight_channels_add_up(rng):
    channel = 0.1 * rng.standard_normal(44_100).astype(np.float32)
    one, eight = Clip(channel, 44_100), Clip(np.tile(channel, (8, 1)), 44_100)
    assert loudness(eight) == pytest.approx(loudness(one) + 10 * np.log10(8), abs=1e-4)


def test_true_peak_finds_the_peak_between_samples():
    """A quarter-rate sine sampled at 45 degrees never shows its peak: samples stop 3 dB short of it."""
    time = np.arange(4_096)
    tone = np.sin(np.pi / 2 * time + np.pi / 4) * np.hanning(time.size)
    clip = Clip(tone.astype(np.float32), 48_000)
    assert sample_peak(clip) == pytest.approx(np.sqrt(0.5), abs=0.001)
    assert true_peak(clip) == pytest.approx(1.0, abs=0.02)


def test_true_peak_shortcut_agrees_where_it_matters(rng):
    clip = Clip(rng.standard_normal((2, 50_000)).astype(np.float32), 44_100)
    exact = true_peak(clip)
    assert exact > sample_peak(clip)
    assert true_peak(clip, above=0.9 * exact) == exact
    assert sample_peak(clip) <= true_peak(clip, above=1.1 * exact) <= exact


def test_matching_brings_wet_to_the_loudness_of_dry(music):
    assert loudness(match_loudness(music.scaled(9.0), music)) == pytest.approx(loudness(music), abs=1e-3)
    assert loudness(match_loudness(music.scaled(-9.0), music)) == pytest.approx(loudness(music), abs=1e-3)


def test_matching_stops_at_full_scale(music):
    spiky = music.samples.copy() * 0.01
    spiky[:, 30_000] = 0.9
    wet = Clip(spiky, music.sample_rate)
    matched = match_loudness(wet, music)
    assert true_peak(matched) == pytest.approx(1.0, abs=1e-4)
    assert loudness(matched) < loudness(music) - 3.0
    exact = match_loudness(wet, music, peak_safe=False)
    assert loudness(exact) == pytest.approx(loudness(music), abs=1e-3)
    assert true_peak(exact) > 1.5


def test_matching_is_exact_where_gain_moves_blocks_over_the_gate(rng):
    """Half of the music lies 20 dB below the other: 45 dB of attenuation puts it, and then all, below -70 LUFS."""
    envelope = np.repeat([0.1, 0.01], 5 * 16_000)
    dry = Clip((envelope * rng.standard_normal(envelope.size)).astype(np.float32), 16_000)
    for attenuation in (-20.0, -45.0, -60.0, -90.0):
        assert matching_gain(dry.scaled(attenuation), dry, peak_safe=False) == pytest.approx(-attenuation, abs=1e-3)
    soft = Clip((envelope**2 * 0.2 * rng.standard_normal(envelope.size)).astype(np.float32), 16_000)
    matched = match_loudness(soft, dry, peak_safe=False)
    assert loudness(matched) == pytest.approx(loudness(dry), abs=1e-4)
