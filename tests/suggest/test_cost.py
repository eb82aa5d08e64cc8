"""What a change costs: closed forms, an independent implementation, invariants."""

import numpy as np
import pytest
from scipy.signal import stft

from wetdry.analysis.displacement import displacement
from wetdry.audio import Clip
from wetdry.effects import effect
from wetdry.errors import DataError
from wetdry.suggest.cost import BANDS, EmbeddingCost, SpectralCost


def cost(wet: Clip, dry: Clip) -> float:
    return SpectralCost(dry).of(wet, {})


def plainly(wet: Clip, dry: Clip) -> float:
    """The definition, read off a spectrogram of SciPy's, band by band and frame by frame."""
    rate, frame = dry.sample_rate, round(0.046 * dry.sample_rate)
    window = np.hanning(frame + 1)[:-1]

    def powers(clip: Clip) -> np.ndarray:
        hertz, _, spectrum = stft(
            clip.samples, rate, window=window, nperseg=frame, noverlap=frame - frame // 2, boundary=None, padded=False
        )
        power = np.square(np.abs(spectrum) * window.sum()).sum(axis=0)
        edges = np.linspace(*(21.4 * np.log10(1 + 0.00437 * f) for f in (50.0, min(16_000.0, rate / 2))), BANDS + 1)
        number = 21.4 * np.log10(1 + 0.00437 * hertz)
        bands = []
        for k in range(BANDS):
            last = k == BANDS - 1
            inside = (number >= edges[k]) & ((number <= edges[k + 1] + 1e-9) if last else (number < edges[k + 1]))
            if inside.any():
                bands.append(power[inside].sum(axis=0))
        return np.array(bands)

    before, after = powers(dry), powers(wet)
    floor = before.max() * 1e-6
    per_frame = []
    for k in range(before.shape[1]):
        difference = 10 * np.log10(np.maximum(after[:, k], floor) / np.maximum(before[:, k], floor))
        per_frame.append(np.sqrt(np.mean(difference**2)))
    return float(np.mean(per_frame))


@pytest.mark.parametrize("gain_db", [-6.0, 0.0, 3.0])
def test_a_gain_costs_its_decibels(hiss, gain_db):
    assert cost(hiss.scaled(gain_db), hiss) == pytest.approx(abs(gain_db), abs=1e-4)


@pytest.mark.parametrize("key", ["lowpass(cutoff_hz=3000)", "distortion(drive_db=20)", "reverb"])
def test_it_is_what_the_definition_says(music, key):
    wet = effect(key)(music)
    assert cost(wet, music) == pytest.approx(plainly(wet, music), rel=1e-4)


def test_a_milder_setting_costs_less(music):
    costs = [cost(effect(f"lowpass@{level}")(music), music) for level in (2, 4, 6, 8, 10)]
    assert costs == sorted(costs)
    assert costs[0] > 0.1


def test_what_is_far_below_the_loudest_costs_nothing(hiss):
    half = hiss.with_samples(np.where(np.arange(hiss.frames) < hiss.frames // 2, hiss.samples, 0.0))
    quiet = half.with_samples(half.samples + 1e-6 * np.roll(hiss.samples, 7))
    assert cost(quiet, half) < 1e-3
    assert cost(half.with_samples(half.samples + 0.1 * np.roll(hiss.samples, 7)), half) > 10.0


def test_a_change_in_one_channel_counts(music):
    softer = music.samples.copy()
    softer[0] *= 0.5
    assert cost(music.with_samples(softer), music) > 0.5


def test_a_clip_shorter_than_a_frame_has_a_cost(hiss):
    short = hiss.excerpt(0.0, 0.01)
    assert cost(short.scaled(-6.0), short) == pytest.approx(6.0, abs=1e-3)


def test_the_embedding_moves_in_units_of_the_dry_spread(rng):
    dry = rng.normal(size=(6, 5)).astype(np.float32)
    wet = dry + np.float32(0.3)
    found = EmbeddingCost(dry, "pooled").of(Clip(np.zeros(8), 8000), {"pooled": wet})
    assert found == pytest.approx(float(displacement(wet, dry).relative))
    assert EmbeddingCost(dry, "pooled").of(Clip(np.zeros(8), 8000), {"pooled": dry}) == 0.0


@pytest.mark.parametrize("rows", [1, 3])
def test_windows_that_do_not_differ_give_no_unit(rows):
    with pytest.raises(DataError, match="no unit to measure a displacement in"):
        EmbeddingCost(np.ones((rows, 4), dtype=np.float32), "pooled")
