"""OpenL3 against its own network in Keras with kapre's front end (golden/make_openl3.py), and its files of weights."""

import gzip
import subprocess
import sys
from pathlib import Path

import h5py
import librosa
import numpy as np
import pytest
from tiny import openl3 as tiny

from wetdry.audio import Clip, Windows
from wetdry.encoders import encoder
from wetdry.encoders.openl3.encoder import GRIDS, VARIANTS, WIDTHS, OpenL3, relative_decibels
from wetdry.encoders.openl3.keras_file import read_weights
from wetdry.errors import EncoderError

GOLDEN = np.load(Path(__file__).with_name("golden") / "openl3.npz")
KEPT_FRAMES = slice(None, None, 18)
MEL = VARIANTS["openl3-music-512"].mel


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A file with the published widths and the weights of the golden file; it fits every name."""
    return tiny.write(tmp_path_factory.mktemp("openl3") / "weights.h5", tiny.PUBLISHED_WIDTHS)


@pytest.fixture
def narrow(tmp_path):
    return tiny.write(tmp_path / "weights.h5", tiny.NARROW)


@pytest.fixture
def heard(rng):
    """One second of noise at 48 kHz, about −20 dBFS."""
    return 0.1 * rng.standard_normal((1, 48_000), dtype=np.float32)


def vectors(path, windows, name="openl3-music-512", layer="embedding"):
    model = OpenL3(name, path)
    return model.forward(model.prepare(windows), [layer])[layer]


# Parity


@pytest.mark.parametrize("name", ["openl3-music-512", "openl3-music-mel256-512"])
def test_the_front_end_equals_kapre(name):
    variant = VARIANTS[name]
    spectrograms = relative_decibels(tiny.windows(), variant.mel)
    assert spectrograms.shape == (4, variant.bands, 199)
    assert spectrograms.dtype == np.float32
    difference = np.abs(spectrograms[:, :, KEPT_FRAMES] - GOLDEN[f"mel{variant.bands}-spectrogram"])
    # dB; the largest differences are where 140 dB under the loudest cell both are rounding errors.
    assert difference.max() < 5e-3
    assert difference.mean() < 2e-5


@pytest.mark.parametrize("name", ["openl3-music-6144", "openl3-music-mel256-6144"])
def test_every_layer_equals_keras(published, name):
    model = OpenL3(name, published)
    layers = [layer.name for layer in model.spec.layers]
    outputs = model.forward(model.prepare(tiny.windows()), layers)
    for layer in layers:
        expected = GOLDEN[f"mel{VARIANTS[name].bands}-{'6144' if layer == 'embedding' else layer}"]
        assert np.abs(expected).max() > 3.0
        np.testing.assert_allclose(outputs[layer], expected, rtol=0, atol=2e-4)


@pytest.mark.parametrize("name", ["openl3-env-512", "openl3-env-mel256-512"])
def test_the_small_embedding_equals_keras(published, name):
    expected = GOLDEN[f"mel{VARIANTS[name].bands}-512"]
    np.testing.assert_allclose(vectors(published, tiny.windows()[1:3], name), expected[1:3], rtol=0, atol=2e-4)


def test_librosas_front_end_hears_half_a_frame_earlier():
    """OpenL3's other front end centres its frames; with the clip delayed by that much, the two agree."""
    window = tiny.windows()[2:3]
    delayed = np.pad(window, ((0, 0), (1024, 0)))[:, :48_000]
    magnitudes = librosa.feature.melspectrogram(
        y=window[0], sr=48_000, n_fft=2048, hop_length=242, n_mels=128, power=1.0
    )
    expected = librosa.power_to_db(magnitudes, ref=1.0, amin=1e-10, top_db=80.0)
    expected -= expected.max()
    np.testing.assert_allclose(relative_decibels(delayed, MEL)[0, :, :189], expected[:, :189], rtol=0, atol=1e-3)
    assert np.abs(relative_decibels(window, MEL)[0] - expected).max() > 10.0


# The front end


def test_a_gain_is_not_heard_until_magnitudes_fall_below_the_smallest(heard):
    heard[:, 24_000:] = 0.0
    loud = relative_decibels(heard, MEL)
    np.testing.assert_allclose(relative_decibels(heard * np.float32(0.04), MEL), loud, rtol=0, atol=1e-4)
    assert loud.min() == -80.0
    assert relative_decibels(heard * np.float32(1e-4), MEL).min() > -60.0


@pytest.mark.parametrize("samples", [1, 241, 2048, 30_000, 47_999])
def test_a_short_window_is_followed_by_silence(heard, samples):
    padded = heard.copy()
    padded[:, samples:] = 0.0
    assert np.array_equal(relative_decibels(heard[:, :samples], MEL), relative_decibels(padded, MEL))


def test_silence_is_equally_loud_everywhere():
    assert np.array_equal(relative_decibels(np.zeros((1, 48_000), dtype=np.float32), MEL), np.zeros((1, 128, 199)))


def test_frames_reach_over_the_end_of_the_second():
    click = np.zeros((1, 48_000), dtype=np.float32)
    click[0, -1] = 1.0
    loudest = relative_decibels(click, MEL)[0].max(axis=0)
    assert (loudest[:190] == -80.0).all()
    assert (loudest[190:-1] > -80.0).all()


# Specifications


@pytest.mark.parametrize("name", VARIANTS)
def test_a_name_says_what_the_encoder_gives(name):
    spec = encoder(name).spec
    assert spec.name == name
    assert spec.revision == "c2321e8c1e68"
    assert spec.layer("embedding").dim == int(name.rpartition("-")[2])
    assert [layer.dim for layer in spec.layers[:4]] == [64, 128, 256, 512]
    assert spec.windows == Windows(1.0, 0.1)
    assert not spec.hears_level
    assert ("256 mel" in spec.about) == ("mel256" in name)
    assert ("environmental" in spec.about) == ("-env-" in name)


def test_both_embeddings_come_from_one_file():
    files = {name: encoder(name).weights.files[0].name for name in VARIANTS}
    assert len(set(files.values())) == 4
    assert files["openl3-env-512"] == files["openl3-env-6144"] == "openl3_audio_mel128_env-v0_4_0.h5.gz"
    assert all(file.startswith(f"{VARIANTS[name].stem}-") for name, file in files.items())


def test_the_small_embedding_is_the_maximum_of_the_large_ones_cells(narrow, heard):
    small, large = vectors(narrow, heard), vectors(narrow, heard, "openl3-music-6144")
    assert large.shape == (1, 12 * tiny.NARROW[-1])
    np.testing.assert_allclose(large.reshape(12, -1).max(axis=0), small[0], rtol=0, atol=1e-6)


def test_windows_longer_than_a_second_are_refused(narrow):
    with pytest.raises(EncoderError, match=r"at most 1 s, not 2 s"):
        OpenL3("openl3-music-512", narrow).embed(Clip(np.zeros(96_000, np.float32), 48_000), windows=Windows(2.0))


def test_published_specifications_need_neither_torch_nor_h5py():
    code = """
import sys
from wetdry.encoders import encoder
print(encoder("openl3-music-512").spec.key)
assert not {"torch", "h5py", "librosa"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "openl3-music-512@c2321e8c1e68\n", done.stderr


# Files of weights


def test_widths_are_read_from_the_file(narrow):
    assert read_weights(narrow).widths == tiny.NARROW
    spec = OpenL3("openl3-music-6144", narrow).spec
    assert [layer.dim for layer in spec.layers] == [4, 8, 8, 16, 16 * np.prod(GRIDS[6144])]
    assert spec.revision.startswith("local-")
    assert WIDTHS == tiny.PUBLISHED_WIDTHS


def test_a_compressed_file_and_a_whole_model_hold_the_same(narrow, tmp_path, heard):
    compressed, model = tmp_path / "weights.h5.gz", tmp_path / "model.h5"
    compressed.write_bytes(gzip.compress(narrow.read_bytes()))
    with h5py.File(narrow) as weights, h5py.File(model, "w") as whole:
        weights.copy(weights["/"], whole, "model_weights")
    expected = vectors(narrow, heard)
    assert np.array_equal(vectors(compressed, heard), expected)
    assert np.array_equal(vectors(model, heard), expected)


def test_a_folder_gives_the_file_of_its_encoder(narrow, tmp_path, heard):
    folder = tmp_path / "openl3"
    folder.mkdir()
    other = tiny.write(folder / "openl3_audio_mel256_music-v0_4_0.h5", tiny.PUBLISHED_WIDTHS)
    with pytest.raises(EncoderError, match=r"holds no file of weights for openl3-music-512; put openl3_audio_mel128"):
        OpenL3("openl3-music-512", folder)
    (folder / "openl3_audio_mel128_music-v0_4_0.h5.gz").write_bytes(gzip.compress(narrow.read_bytes()))
    assert np.array_equal(vectors(folder, heard), vectors(narrow, heard))
    found, given = (OpenL3("openl3-music-mel256-512", where).spec.revision for where in (folder, other))
    assert found == given


@pytest.mark.parametrize("stem", ["openl3_audio_mel256_music", "openl3_audio_mel128_env", "openl3_image_mel128_music"])
def test_a_file_named_after_another_network_is_refused(tmp_path, stem):
    path = tiny.write(tmp_path / f"{stem}-v0_4_0.h5", tiny.NARROW)
    with pytest.raises(EncoderError, match=rf"{stem}.* needs openl3_audio_mel128_music.h5"):
        OpenL3("openl3-music-512", path)


def remove_last_layer(file):
    file.attrs["layer_names"] = file.attrs["layer_names"][:-1]


def widen_a_bias(file):
    del file["conv2d_9/conv2d_9/bias:0"]
    file["conv2d_9/conv2d_9/bias:0"] = np.zeros(9, dtype=np.float32)


def flatten_a_kernel(file):
    kernel = file["conv2d_9/conv2d_9/kernel:0"][()]
    del file["conv2d_9/conv2d_9/kernel:0"]
    file["conv2d_9/conv2d_9/kernel:0"] = kernel[:, :1]


def forget_keras(file):
    del file.attrs["layer_names"]


@pytest.mark.parametrize("change", [remove_last_layer, widen_a_bias, flatten_a_kernel, forget_keras])
def test_another_network_is_refused(narrow, change):
    with h5py.File(narrow, "r+") as file:
        change(file)
    with pytest.raises(EncoderError, match=r"weights\.h5: does not hold the 8 convolutions of OpenL3's audio network"):
        OpenL3("openl3-music-512", narrow)


def test_a_network_for_pictures_is_refused(tmp_path):
    path = tiny.write(tmp_path / "picture.h5", tiny.NARROW, channels=3)
    with pytest.raises(EncoderError, match=r"picture\.h5: does not hold the 8 convolutions"):
        OpenL3("openl3-music-512", path)


def missing_dataset(content, path):
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        del file["conv2d_9/conv2d_9/bias:0"]


DAMAGES = {
    "truncated": lambda content, path: path.write_bytes(content[: len(content) // 2]),
    "truncated and compressed": lambda content, path: path.write_bytes(gzip.compress(content)[:-2000]),
    "altered and compressed": lambda content, path: path.write_bytes(gzip.compress(content)[:500] + bytes(999)),
    "empty": lambda content, path: path.write_bytes(content[:0]),
    "a page of HTML": lambda content, path: path.write_text(f"<html>{len(content)}</html>"),
    "missing dataset": missing_dataset,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused(narrow, tmp_path, damage):
    path = tmp_path / "damaged.h5"
    DAMAGES[damage](narrow.read_bytes(), path)
    with pytest.raises(EncoderError, match=r"damaged\.h5: is damaged or no HDF5 file of weights; fetch it again\.$"):
        OpenL3("openl3-music-512", path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(EncoderError, match=r"absent\.h5: no such file"):
        OpenL3("openl3-music-512", tmp_path / "absent.h5")
