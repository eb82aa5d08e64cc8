import librosa
import numpy as np
import pytest

from wetdry.audio import resample
from wetdry.encoders.handcrafted.constant_q import HOP, constant_q_magnitudes, octave_filters

RATE = 22_050


def reference(signal, tuning):
    return np.abs(librosa.cqt(signal, sr=RATE, n_bins=252, bins_per_octave=36, tuning=tuning))


@pytest.mark.parametrize("tuning", [0.0, 0.17, -0.5])
def test_magnitudes_equal_librosas(music, tuning):
    signal = resample(music.mono, music.sample_rate, RATE)
    expected = reference(signal, tuning)
    np.testing.assert_allclose(
        constant_q_magnitudes(signal, RATE, tuning), expected, rtol=0, atol=1e-6 * expected.max()
    )


@pytest.mark.parametrize("extra", [0, 1, 511, 513])
def test_lengths_that_do_not_halve_evenly_equal_librosas(rng, extra):
    signal = rng.standard_normal(66_048 + extra).astype(np.float32)
    expected = reference(signal, 0.0)
    ours = constant_q_magnitudes(signal, RATE, 0.0)
    assert ours.shape == expected.shape == (252, 1 + signal.size // HOP)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-6 * expected.max())


@pytest.mark.parametrize("frames", [1, 2, 63, 513, 1023, 2048])
def test_short_signals_give_as_many_frames_as_the_spectrogram(rng, frames):
    magnitudes = constant_q_magnitudes(rng.standard_normal(frames).astype(np.float32), RATE, 0.0)
    assert magnitudes.shape == (252, 1 + frames // HOP)
    assert np.isfinite(magnitudes).all()


@pytest.mark.parametrize(("hertz", "bin_above_c1"), [(65.41, 36), (440.0, 135), (1760.0, 207)])
def test_a_tone_sounds_in_its_own_bin(hertz, bin_above_c1):
    time = np.arange(3 * RATE) / RATE
    magnitudes = constant_q_magnitudes(np.sin(2 * np.pi * hertz * time).astype(np.float32), RATE, 0.0)
    assert magnitudes[:, 64].argmax() == bin_above_c1


def test_frames_beyond_one_block_equal_those_within(rng, monkeypatch):
    signal = rng.standard_normal(20_000).astype(np.float32)
    whole = constant_q_magnitudes(signal, RATE, 0.0)
    monkeypatch.setattr("wetdry.encoders.handcrafted.constant_q.FRAMES_AT_ONCE", 7)
    np.testing.assert_allclose(constant_q_magnitudes(signal, RATE, 0.0), whole, rtol=0, atol=1e-6 * whole.max())


def test_filters_of_a_tuning_are_built_once():
    assert octave_filters(RATE, 0.25) is octave_filters(RATE, 0.25)
