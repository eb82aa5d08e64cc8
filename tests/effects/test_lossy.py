import numpy as np
import pytest

from wetdry.audio import Clip, resample
from wetdry.effects import effect


def lag(dry: np.ndarray, wet: np.ndarray) -> int:
    """Samples by which `wet` comes later, by cross-correlation."""
    size = 2 * dry.size
    cross = np.fft.irfft(np.fft.rfft(wet, size) * np.conj(np.fft.rfft(dry, size)), size)
    peak = int(np.abs(cross).argmax())
    return peak if peak < dry.size else peak - size


@pytest.mark.parametrize("rate", [10_000, 16_000, 44_100, 96_000])
@pytest.mark.parametrize("key", ["mp3(vbr_quality=4)", "gsm"])
def test_codecs_keep_length_and_time(music, rate, key):
    clip = Clip(resample(music.samples, music.sample_rate, rate), rate)
    wet = effect(key)(clip)
    assert wet.samples.shape == clip.samples.shape
    for dry_channel, wet_channel in zip(clip.samples, wet.samples, strict=True):
        # Better than 0.1 ms.
        assert abs(lag(dry_channel, wet_channel)) <= rate // 10_000
        correlation = np.corrcoef(dry_channel, wet_channel)[0, 1]
        assert 0.9 < correlation < 0.99999


def test_mp3_of_a_lower_quality_is_farther_from_the_original(music):
    distances = [
        np.linalg.norm(effect(f"mp3(vbr_quality={quality})")(music).samples - music.samples) for quality in (0, 4, 9.9)
    ]
    assert distances[0] < distances[1] < distances[2]


def test_mp3_cuts_the_highest_octave_at_its_lowest_quality(rng):
    hiss = Clip(0.1 * rng.standard_normal(44_100).astype(np.float32), 44_100)
    magnitude = np.abs(np.fft.rfft(effect("mp3@10")(hiss).samples[0]))
    assert magnitude[17_000:].mean() < 0.01 * magnitude[1000:5000].mean()


def test_gsm_leaves_nothing_above_four_kilohertz(music):
    magnitude = np.abs(np.fft.rfft(effect("gsm")(music).samples[0]))
    hertz = np.fft.rfftfreq(music.frames, 1 / music.sample_rate)
    assert np.square(magnitude[hertz > 4500]).sum() < 1e-3 * np.square(magnitude).sum()
