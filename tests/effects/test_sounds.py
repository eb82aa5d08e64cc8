"""What single effects do, against closed forms."""

import numpy as np
import pytest

from wetdry.audio import Clip
from wetdry.effects import Delay, Reverb, effect

RATE = 44_100


def impulse(seconds: float = 1.0, rate: int = RATE) -> Clip:
    samples = np.zeros(int(seconds * rate), dtype=np.float32)
    samples[0] = 1.0
    return Clip(samples, rate)


def sine(frequency: float, seconds: float = 1.0, amplitude: float = 0.5, rate: int = RATE) -> Clip:
    time = np.arange(int(seconds * rate)) / rate
    return Clip((amplitude * np.sin(2 * np.pi * frequency * time)).astype(np.float32), rate)


def strongest(clip: Clip) -> float:
    """Frequency in Hz of the strongest partial."""
    magnitude = np.abs(np.fft.rfft(clip.samples[0] * np.hanning(clip.frames)))
    return float(magnitude.argmax() * clip.sample_rate / clip.frames)


def test_reverb_at_dry_half_is_unity_and_at_dry_one_doubles(music):
    np.testing.assert_array_equal(effect("reverb(wet_level=0, dry_level=0.5)")(music).samples, music.samples)
    doubled = effect("reverb(wet_level=0, dry_level=1)")(music).samples
    np.testing.assert_allclose(doubled, 2 * music.samples, rtol=1e-6)


@pytest.mark.parametrize("room_size", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_the_tail_of_reverb_is_what_is_measured(room_size, rate):
    wet_only = Reverb(room_size=room_size, wet_level=1, dry_level=0)
    estimate = wet_only.tail_seconds()
    energy = np.square(wet_only(impulse(3 * estimate, rate)).samples[0].astype(np.float64))
    remaining = np.cumsum(energy[::-1])[::-1]
    measured = np.argmax(remaining < 1e-6 * remaining[0]) / rate
    assert 0.75 * estimate < measured < 1.1 * estimate


def test_delay_repeats_and_fades_by_its_feedback():
    echoes = Delay(delay_seconds=0.1, feedback=0.5, mix=0.4)
    wet = echoes(impulse(1.5)).samples[0]
    assert wet[0] == pytest.approx(0.6)
    np.testing.assert_allclose(wet[4410::4410][:5], 0.4 * 0.5 ** np.arange(5), rtol=1e-5)
    assert np.count_nonzero(wet[:30_000]) == 7
    # 60 dB at 6.02 dB an echo: ten echoes after the first.
    assert echoes.tail_seconds() == pytest.approx(1.1)
    after = np.abs(wet[int((echoes.tail_seconds() + 0.05) * RATE) :]).max()
    assert 0 < after < 0.4 * 1e-3


@pytest.mark.parametrize("drive_db", [0, 12, 30])
def test_distortion_is_a_hyperbolic_tangent(music, drive_db):
    wet = effect(f"distortion(drive_db={drive_db})")(music)
    np.testing.assert_allclose(wet.samples, np.tanh(music.samples * 10 ** (drive_db / 20)), atol=1e-6)


def test_bitcrush_rounds_to_multiples_of_a_power_of_two(music):
    wet = effect("bitcrush(bits=4)")(music)
    np.testing.assert_array_equal(wet.samples, np.round(music.samples * 16) / 16)


def test_gain_is_exact_in_decibels(music):
    np.testing.assert_allclose(effect("gain(gain_db=-20)")(music).samples, music.samples / 10, rtol=1e-6)
    assert np.abs(effect("gain(gain_db=40)")(music).samples).max() > 1.0


def test_chorus_at_rest_adds_a_copy_after_its_centre_delay():
    wet = effect("chorus(depth=0, centre_delay_ms=10, mix=0.5)")(impulse()).samples[0]
    assert np.flatnonzero(np.abs(wet) > 1e-4).tolist() == [0, 441]
    np.testing.assert_allclose(wet[[0, 441]], [0.5, 0.5], atol=1e-5)


def test_phaser_without_dry_sound_passes_every_frequency_alike():
    wet = effect("phaser(depth=0, mix=1)")(impulse()).samples[0]
    assert np.abs(wet[1:]).max() > 0.1
    np.testing.assert_allclose(np.abs(np.fft.rfft(wet)), 1.0, atol=1e-3)


def test_phaser_mixed_with_dry_sound_has_notches():
    response = np.abs(np.fft.rfft(effect("phaser(depth=0, mix=0.5)")(impulse()).samples[0]))
    assert response.min() < 0.02
    assert response.max() == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("ratio", [2, 4, 10])
def test_compressor_follows_its_static_curve(ratio):
    steady = Clip(np.full(RATE, 0.5, dtype=np.float32), RATE)
    wet = effect(f"compressor(threshold_db=-20, ratio={ratio})")(steady)
    in_db = 20 * np.log10(0.5)
    assert 20 * np.log10(wet.samples[0, -1]) == pytest.approx(-20 + (in_db + 20) / ratio, abs=0.05)


def test_compressor_leaves_what_is_below_its_threshold(music):
    quiet = music.scaled(-40)
    np.testing.assert_allclose(effect("compressor(threshold_db=-20)")(quiet).samples, quiet.samples, atol=1e-7)


def test_limiter_raises_the_soft_and_holds_the_loud_below_full_scale():
    soft, loud = sine(220, amplitude=0.01), sine(220, amplitude=2.0)
    limiter = effect("limiter(threshold_db=-10)")
    steady = slice(RATE // 2, None)
    raised = np.abs(limiter(soft).samples[0, steady]).max() / 0.01
    # 10 dB for the threshold and the 3.75 dB of pedalboard's second stage.
    assert 20 * np.log10(raised) == pytest.approx(13.75, abs=0.05)
    assert np.abs(limiter(loud).samples).max() <= 1.0


@pytest.mark.parametrize("semitones", [-12, -1, 1, 7, 12])
@pytest.mark.parametrize("rate", [22_050, 44_100])
def test_pitch_shift_moves_the_pitch_and_keeps_the_time(semitones, rate):
    wet = effect(f"pitch_shift(semitones={semitones})")(sine(440, seconds=3, rate=rate))
    assert 12 * np.log2(strongest(wet) / 440) == pytest.approx(semitones, abs=0.02)
    assert wet.frames == 3 * rate


def test_pitch_shift_keeps_the_moment_of_a_burst(rng):
    burst = np.zeros(RATE, dtype=np.float32)
    burst[20_000:22_000] = 0.3 * rng.standard_normal(2000)
    wet = effect("pitch_shift(semitones=3)")(Clip(burst, RATE)).samples[0]
    energy = np.square(wet)
    centre = np.sum(energy * np.arange(RATE)) / energy.sum()
    assert centre == pytest.approx(21_000, abs=400)
