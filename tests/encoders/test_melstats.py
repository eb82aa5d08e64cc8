import librosa
import numpy as np
import pytest

from wetdry.audio import Clip, load, resample
from wetdry.encoders import encoder

RATE, BANDS = 22_050, 64


@pytest.fixture(scope="module")
def melstats():
    return encoder("melstats")


def librosas(signal):
    """Means and standard deviations over frames by librosa's own spectrogram."""
    power = librosa.feature.melspectrogram(
        y=signal, sr=RATE, n_fft=1024, hop_length=512, n_mels=BANDS, pad_mode="reflect"
    )
    decibels = 10 * np.log10(np.maximum(power.astype(np.float64), 1e-10))
    return np.concatenate([decibels.mean(axis=1), decibels.std(axis=1)])


def noise(rng, seconds=2.0):
    return Clip((0.1 * rng.standard_normal(round(seconds * RATE))).astype(np.float32), RATE)


def test_synthetic_music_equals_librosas(melstats, music):
    signal = resample(music.mono, music.sample_rate, RATE)
    np.testing.assert_allclose(melstats.embed(music)["mean+sd"][0], librosas(signal), rtol=0, atol=1e-3)


def test_real_music_equals_librosas(melstats, data_dir):
    paths = sorted((data_dir / "emotify" / "audio").rglob("*.ogg"))[::40]
    assert len(paths) >= 3
    for path in paths:
        clip = load(path, seconds=8.0)
        theirs = librosas(resample(clip.mono, clip.sample_rate, RATE))
        np.testing.assert_allclose(melstats.embed(clip)["mean+sd"][0], theirs, rtol=0, atol=2e-3)


def test_a_gain_moves_every_mean_by_its_decibels_and_no_deviation(melstats, rng):
    dry = noise(rng)
    moved = melstats.embed(dry.scaled(-7.5))["mean+sd"][0] - melstats.embed(dry)["mean+sd"][0]
    np.testing.assert_allclose(moved[:BANDS], -7.5, rtol=0, atol=1e-3)
    np.testing.assert_allclose(moved[BANDS:], 0.0, rtol=0, atol=1e-3)


def test_the_order_of_things_is_not_heard(melstats, rng):
    """The same second twice, loud then soft or soft then loud: only frames that reach over the seam differ."""
    loud, soft = (scale * rng.standard_normal(100 * 512).astype(np.float32) for scale in (0.2, 0.01))
    one, other = (Clip(np.concatenate(pair), RATE) for pair in ((loud, soft), (soft, loud)))
    np.testing.assert_allclose(melstats.embed(one)["mean+sd"], melstats.embed(other)["mean+sd"], rtol=0, atol=0.5)
    assert np.abs(melstats.embed(one)["mean+sd"] - melstats.embed(Clip(loud, RATE))["mean+sd"]).min() > 5.0


def test_halves_of_unlike_level_deviate_by_half_their_distance(melstats, rng):
    """Of two equally frequent values d apart, the standard deviation is d/2; that within each half adds little."""
    half = 0.1 * rng.standard_normal(200 * 512).astype(np.float32)
    steady = melstats.embed(Clip(half, RATE))["mean+sd"][0, BANDS:]
    stepped = melstats.embed(Clip(np.concatenate([half, half / 1000]), RATE))["mean+sd"][0, BANDS:]
    np.testing.assert_allclose(stepped, np.hypot(30.0, steady), rtol=0, atol=0.5)


def test_a_tone_is_in_the_band_of_its_frequency(melstats):
    tone = np.sin(2 * np.pi * 1500.0 * np.arange(2 * RATE) / RATE).astype(np.float32)
    loudest = int(melstats.embed(Clip(tone, RATE), "mean")["mean"].argmax())
    edges = librosa.mel_frequencies(n_mels=BANDS + 2, fmax=RATE / 2)
    assert edges[loudest] < 1500.0 < edges[loudest + 2]
    assert melstats.spec.layer("mean").labels[loudest] == f"mel_{loudest + 1:02}_mean"


def test_the_mean_alone_is_the_first_half_of_both(melstats, music):
    vectors = melstats.embed(music, ["mean", "mean+sd"])
    assert np.array_equal(vectors["mean"], vectors["mean+sd"][:, :BANDS])
    labels = melstats.spec.layer("mean+sd").labels
    assert labels[:BANDS] == melstats.spec.layer("mean").labels
    assert labels[BANDS] == "mel_01_sd"
    assert (labels[-1], len(labels)) == ("mel_64_sd", 2 * BANDS)


def test_silence_lies_on_the_floor_and_does_not_deviate(melstats):
    vector = melstats.embed(Clip(np.zeros(RATE, dtype=np.float32), RATE))["mean+sd"][0]
    np.testing.assert_allclose(vector, [-100.0] * BANDS + [0.0] * BANDS, rtol=0, atol=1e-4)


def test_no_band_is_empty(melstats, rng):
    assert melstats.embed(noise(rng), "mean")["mean"].min() > -60.0


def test_a_long_clip_is_one_window(melstats, rng):
    assert melstats.embed_windows(noise(rng, 25.0))["mean+sd"].shape == (1, 2 * BANDS)
