import librosa
import numpy as np
import pytest

from wetdry.audio import Clip, load, resample
from wetdry.encoders import encoder
from wetdry.encoders.handcrafted.features import estimate_tuning, frame_features, spectral_peaks

RATE = 22_050
GROUPS = {"mfcc": 80, "chroma": 24, "mel": 256, "contrast": 14, "tonnetz": 12}


@pytest.fixture(scope="module")
def handcrafted():
    return encoder("handcrafted")


@pytest.fixture(scope="module")
def signal(music):
    return resample(music.mono, music.sample_rate, RATE)


def librosas(signal):
    """The straightforward calls, each from the samples."""
    features = librosa.feature
    return {
        "mfcc": features.mfcc(y=signal, sr=RATE, n_mfcc=40),
        "chroma": features.chroma_stft(y=signal, sr=RATE),
        "mel": features.melspectrogram(y=signal, sr=RATE),
        "contrast": features.spectral_contrast(y=signal, sr=RATE),
        "tonnetz": features.tonnetz(y=signal, sr=RATE),
    }


def statistics_and_scales(frames):
    """Means and standard deviations of features (dim, frame), and each feature's root mean square beside both."""
    frames = frames.astype(np.float64)
    scale = np.sqrt(np.mean(np.square(frames), axis=1))
    return np.concatenate([frames.mean(axis=1), frames.std(axis=1)]), np.concatenate([scale, scale])


@pytest.mark.parametrize("group", GROUPS)
def test_every_frame_equals_librosas(signal, group):
    theirs = librosas(signal)[group]
    np.testing.assert_allclose(frame_features(signal, RATE)[group], theirs, rtol=1e-4, atol=1e-6 * np.abs(theirs).max())


@pytest.mark.parametrize("group", GROUPS)
def test_the_summary_equals_librosas_feature_by_feature(handcrafted, signal, group):
    ours = handcrafted.embed(Clip(signal, RATE), group)[group][0]
    theirs, scales = statistics_and_scales(librosas(signal)[group])
    labels = handcrafted.spec.layer(group).labels
    for label, a, b, scale in zip(labels, ours, theirs, scales, strict=True):
        assert abs(a - b) <= 2e-5 * scale, label


def test_real_music_equals_librosas(handcrafted, data_dir):
    paths = sorted((data_dir / "emotify" / "audio").rglob("*.ogg"))[::30]
    assert len(paths) >= 3
    for path in paths:
        clip = load(path, seconds=8.0)
        embeddings = handcrafted.embed(clip, list(GROUPS))
        for group, frames in librosas(resample(clip.mono, clip.sample_rate, RATE)).items():
            theirs, scales = statistics_and_scales(frames)
            worst = np.abs(embeddings[group][0] - theirs) / scales
            assert worst.max() < 2e-5, (path.name, group)


@pytest.mark.parametrize("power", [1, 2])
def test_peaks_and_tuning_equal_librosas_to_the_last_bit(signal, power):
    spectrogram = np.abs(librosa.stft(signal)) ** power
    pitches, heights = librosa.piptrack(S=spectrogram, sr=RATE)
    at = np.nonzero(pitches)
    ours = spectral_peaks(spectrogram, RATE)
    assert np.array_equal(ours[0], pitches[at])
    assert np.array_equal(ours[1], heights[at])
    for bins_per_octave in (12, 36):
        expected = librosa.estimate_tuning(S=spectrogram, sr=RATE, bins_per_octave=bins_per_octave)
        assert estimate_tuning(spectrogram, RATE, bins_per_octave) == expected


def test_a_detuned_chord_is_heard_as_detuned():
    time = np.arange(2 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * f * 2 ** (0.2 / 12) * time) for f in (440.0, 554.37, 659.26, 880.0))
    spectrogram = np.abs(librosa.stft(chord.astype(np.float32)))
    assert estimate_tuning(spectrogram, RATE, 12) == pytest.approx(0.2, abs=0.02)


def test_there_are_386_features_with_names_of_their_own(handcrafted):
    spec = handcrafted.spec
    labels = spec.layer("features").labels
    assert len(labels) == len(set(labels)) == 386
    assert {layer.name: layer.dim for layer in spec.layers} == {**GROUPS, "features": 386}
    assert labels[0] == "mfcc_01_mean"
    assert labels[40] == "mfcc_01_sd"
    assert "chroma_A_mean" in labels
    assert labels[-1] == "tonnetz_major_y_sd"


def test_groups_are_the_columns_of_all_features_with_their_labels(handcrafted, music):
    embeddings = handcrafted.embed(music, ["features", *GROUPS])
    column = dict(zip(handcrafted.spec.layer("features").labels, embeddings["features"][0], strict=True))
    for group in GROUPS:
        expected = [column[label] for label in handcrafted.spec.layer(group).labels]
        assert embeddings[group][0].tolist() == expected


def test_silence_has_the_features_of_silence(handcrafted):
    silence = Clip(np.zeros(RATE, dtype=np.float32), RATE)
    embeddings = handcrafted.embed(silence, list(GROUPS))
    cepstrum = np.zeros(80)
    cepstrum[0] = -100.0 * np.sqrt(128)  # an orthonormal DCT of 128 bands at the floor of -100 dB
    np.testing.assert_allclose(embeddings["mfcc"][0], cepstrum, rtol=1e-5, atol=2e-3)
    for group in ("chroma", "mel", "contrast", "tonnetz"):
        assert not embeddings[group].any()


def test_an_a_is_an_a(handcrafted):
    tone = Clip(np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE).astype(np.float32), RATE)
    chroma = handcrafted.embed(tone, "chroma")["chroma"][0, :12]
    assert handcrafted.spec.layer("chroma").labels[chroma.argmax()] == "chroma_A_mean"


def test_a_gain_scales_power_and_leaves_harmony_alone(handcrafted, music):
    plain, halved = (handcrafted.embed(clip, list(GROUPS)) for clip in (music, music.with_samples(music.samples / 2)))
    np.testing.assert_allclose(halved["mel"], plain["mel"] / 4, rtol=1e-4)
    np.testing.assert_allclose(halved["chroma"], plain["chroma"], rtol=1e-4)
    np.testing.assert_allclose(halved["tonnetz"], plain["tonnetz"], atol=1e-5)


def test_a_clip_shorter_than_a_frame_is_the_clip_with_zeros_behind_it(handcrafted, rng):
    short = rng.standard_normal(700).astype(np.float32)
    padded = np.pad(short, (0, 2048 - 700))
    embed = lambda samples: handcrafted.embed(Clip(samples, RATE))["features"]  # noqa: E731
    assert np.array_equal(embed(short), embed(padded))
    assert not np.array_equal(embed(short), embed(short[:600]))
