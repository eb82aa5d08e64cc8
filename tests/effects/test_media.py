import numpy as np
import pytest

from wetdry.audio import Clip
from wetdry.effects import Wow, effect

RATE = 44_100


@pytest.fixture
def silence():
    return Clip(np.zeros((2, 10 * RATE), dtype=np.float32), RATE)


@pytest.mark.parametrize("level_dbfs", [-60, -20])
def test_noise_has_the_level_it_is_given(silence, level_dbfs):
    wet = effect(f"noise(level_dbfs={level_dbfs})")(silence)
    assert 10 * np.log10(np.mean(np.square(wet.samples))) == pytest.approx(level_dbfs, abs=0.05)
    np.testing.assert_array_equal(wet.samples[0], wet.samples[1])


def test_noise_is_white(silence):
    noise = effect("noise(level_dbfs=-20)")(silence).samples[0]
    power = np.square(np.abs(np.fft.rfft(noise)))
    bands = [band.mean() for band in np.array_split(power, 8)]
    assert max(bands) / min(bands) < 1.05


def test_another_seed_is_another_noise_and_the_start_is_the_same_for_any_length(silence):
    first = effect("noise")(silence).samples[0]
    assert abs(np.corrcoef(first, effect("noise(seed=1)")(silence).samples[0])[0, 1]) < 0.01
    np.testing.assert_array_equal(effect("noise")(silence.excerpt(0, 1)).samples[0], first[:RATE])


def test_noise_is_added_to_what_is_there(music):
    noise = effect("noise")(Clip(np.zeros_like(music.samples), RATE))
    np.testing.assert_allclose(effect("noise")(music).samples - music.samples, noise.samples, atol=1e-7)


def test_crackle_clicks_as_often_as_it_says(silence):
    wet = effect("crackle(clicks_per_second=20)")(silence).samples[0]
    jumps = np.abs(np.diff(wet, prepend=0.0))
    onsets = np.flatnonzero(jumps > 2e-3)
    clicks = 1 + np.count_nonzero(np.diff(onsets) > 40)
    assert 150 < clicks < 250
    assert np.mean(np.abs(wet) < 1e-4) > 0.9


def test_wow_moves_the_pitch_by_its_depth():
    rate_hz, depth = 1.0, 2.0
    time = np.arange(4 * RATE) / RATE
    dry = Clip((0.5 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32), RATE)
    wet = Wow(depth_percent=depth, rate_hz=rate_hz)(dry).samples[0]
    delay = depth / 100 / (2 * np.pi * rate_hz) * (1 - np.cos(2 * np.pi * rate_hz * time))
    np.testing.assert_allclose(wet[RATE:], 0.5 * np.sin(2 * np.pi * 1000 * (time - delay))[RATE:], atol=2e-4)
    pitch = 1000 * (1 - np.gradient(delay, time))
    assert pitch.min() == pytest.approx(980, abs=0.1)
    assert pitch.max() == pytest.approx(1020, abs=0.1)
