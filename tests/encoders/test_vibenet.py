import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.audio import Clip, Windows, load, resample
from wetdry.encoders import encoder
from wetdry.encoders.vibenet.encoder import ATTRIBUTES, FRAMES_AT_ONCE, log_mel

WHOLE = Windows()


@pytest.fixture(scope="module")
def vibenet():
    return encoder("vibenet")


@pytest.fixture(scope="module")
def package():
    """The vibenet package itself, whose imports complain about a missing ffmpeg."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import vibenet.core

        return vibenet


@pytest.fixture(scope="module")
def predict(package):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = package.load_model()
    return lambda clip: list(model.predict(clip.mono, clip.sample_rate)[0].to_dict().values())


def test_predictions_on_synthetic_music_equal_the_packages(vibenet, predict, music):
    ours = vibenet.embed(music, "attributes", windows=WHOLE)["attributes"][0]
    np.testing.assert_allclose(ours, predict(music), rtol=0, atol=1e-4)


def test_predictions_on_real_music_equal_the_packages(vibenet, predict, data_dir):
    paths = sorted((data_dir / "emotify" / "audio").rglob("*.ogg"))[::40]
    assert len(paths) >= 3
    for path in paths:
        clip = load(path)
        ours = vibenet.embed(clip, "attributes", windows=WHOLE)["attributes"][0]
        np.testing.assert_allclose(ours, predict(clip), rtol=0, atol=1e-4)


@pytest.mark.parametrize("frames", [200, 640, 16_000, 50_123])
def test_the_spectrogram_equals_the_packages(package, music, frames):
    signal = resample(music.mono, music.sample_rate, 16_000)[:frames]
    theirs = package.core.extract_mel(signal, 16_000)
    np.testing.assert_allclose(log_mel(signal[np.newaxis])[0], theirs, rtol=0, atol=2e-4)


@given(frames=st.integers(1, 5000), windows=st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_a_spectrogram_has_as_many_frames_as_fit(frames, windows):
    shape = log_mel(np.zeros((windows, frames), dtype=np.float32)).shape
    assert shape == (windows, 128, 1 + max(0, frames - 640) // 320)


def test_doubling_the_signal_adds_six_decibels_everywhere(rng):
    noise = rng.standard_normal((1, 16_000)).astype(np.float32)
    np.testing.assert_allclose(log_mel(2 * noise) - log_mel(noise), 20 * np.log10(2), rtol=0, atol=1e-4)


def test_the_floor_lies_80_db_below_the_windows_own_peak(music):
    signal = np.pad(resample(music.mono, music.sample_rate, 16_000), (0, 16_000))
    loud, quiet = log_mel(np.stack([signal, 0.1 * signal]))
    for spectrogram in (loud, quiet):
        assert spectrogram.max() - spectrogram.min() == pytest.approx(80.0, abs=1e-4)
    assert loud.max() - quiet.max() == pytest.approx(20.0, abs=1e-3)


def test_likelihoods_pass_a_sigmoid_and_degrees_are_clipped(vibenet, music):
    embeddings = vibenet.embed(music, ["logits", "attributes"])
    for name, raw, value in zip(ATTRIBUTES, embeddings["logits"][0], embeddings["attributes"][0], strict=True):
        likelihood = name in ("acousticness", "instrumentalness", "liveness")
        expected = 1 / (1 + np.exp(-raw)) if likelihood else min(max(raw, 0.0), 1.0)
        assert value == pytest.approx(expected, abs=1e-6), name


def test_attributes_are_labelled_in_the_order_of_the_packages_result(package, vibenet):
    assert list(vibenet.spec.layer("attributes").labels) == package.labels
    assert vibenet.spec.layer("logits").labels == vibenet.spec.layer("attributes").labels


def test_ten_second_windows_are_cut_from_a_long_clip(vibenet, music):
    long = Clip(np.tile(music.samples, 7), music.sample_rate)
    vectors = vibenet.embed_windows(long)["pooled"]
    assert vectors.shape == (3, 1280)
    third = vibenet.embed(long.excerpt(18.0, 10.0))["pooled"][0]
    assert np.corrcoef(vectors[2], third)[0, 1] > 0.999


def test_short_windows_run_together_and_equal_each_alone(vibenet, music):
    windows = vibenet.prepare_clip(music, Windows(0.5))
    assert len(windows) == 8
    assert windows.shape[2] * 2 < FRAMES_AT_ONCE
    together = vibenet.forward(windows, ["pooled", "logits"])
    for index in range(8):
        alone = vibenet.forward(windows[index : index + 1], ["pooled", "logits"])
        for layer in alone:
            np.testing.assert_allclose(together[layer][index], alone[layer][0], rtol=0, atol=1e-6)


def test_known_attributes_of_the_synthetic_music(vibenet, music):
    """Guards against a drift in decoding, resampling or the network that parity alone would share."""
    values = dict(zip(ATTRIBUTES, vibenet.embed(music, "attributes")["attributes"][0], strict=True))
    assert values["energy"] == pytest.approx(0.1941, abs=2e-3)
    assert values["valence"] == pytest.approx(0.3775, abs=2e-3)


def test_the_packages_code_is_not_imported():
    code = """
import sys
import numpy as np
from wetdry.audio import Clip
from wetdry.encoders import encoder
encoder("vibenet").embed(Clip(np.zeros(16000, dtype=np.float32), 16000))
loaded = {"vibenet", "pydub", "torch", "torchvision"} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
