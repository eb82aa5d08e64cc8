"""Cnn14 of PANNs against the original, whose results lie in golden/panns.npz."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torchlibrosa_checkpoint import FILTERS, NARROW, WINDOW, cnn14, drawn, front_end, save, signal

from wetdry.audio import Clip
from wetdry.encoders import encoder
from wetdry.encoders.panns.cnn14 import Cnn14Shape
from wetdry.encoders.panns.network import Cnn14
from wetdry.errors import EncoderError

NAME, FILE, RATE = "panns-cnn14", "Cnn14_mAP=0.431.pth", 32_000
GOLDEN = np.load(Path(__file__).parent / "golden" / "panns.npz")
SAMPLES = {"second": 33_333, "shortest": 9_920}
LAYERS = [*(f"block{index}" for index in range(1, 7)), "embedding", "audioset"]
STATE = {**front_end(RATE, 14_000), **drawn(cnn14(NARROW, 20, 11))}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return save(tmp_path_factory.mktemp("panns") / FILE, STATE)


@pytest.fixture(scope="module")
def panns(path):
    return encoder(f"{NAME}:{path}")


def clip(samples):
    return Clip(signal(samples, RATE), RATE)


def opened(folder, state):
    """An encoder whose checkpoint holds `state`, loaded."""
    panns = encoder(f"{NAME}:{save(folder / FILE, state)}")
    panns.ready()
    return panns


@pytest.mark.parametrize("case", SAMPLES)
def test_the_spectrogram_is_the_original_s(panns, case):
    ours, theirs = panns.prepare_clip(clip(SAMPLES[case]))[0], GOLDEN[f"{case}/log_mel"]
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-3)  # dB; cells reach from -52 to 16


@pytest.mark.parametrize("case", SAMPLES)
@pytest.mark.parametrize("layer", LAYERS)
def test_layers_are_the_original_s(panns, case, layer):
    ours, theirs = panns.embed(clip(SAMPLES[case]), layer)[layer][0], GOLDEN[f"{case}/{layer}"]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * np.abs(theirs).max())


def test_logits_are_the_probabilities_before_the_sigmoid(panns):
    values = panns.embed(clip(33_333), ["logits", "audioset"])
    np.testing.assert_allclose(1 / (1 + np.exp(-values["logits"])), values["audioset"], rtol=1e-6)


def test_the_published_sizes_are_the_original_s():
    published = {name: tuple(shape) for name, shape in json.loads(str(GOLDEN["shapes"])).items()}
    with torch.device("meta"):
        network = {name: tuple(value.shape) for name, value in Cnn14(Cnn14Shape()).state_dict().items()}
    assert {name: shape for name, shape in published.items() if "_extractor" not in name} == network == cnn14()
    spec = encoder(NAME).spec
    assert [layer.dim for layer in spec.layers] == [64, 128, 256, 512, 1024, 2048, 2048, 527, 527]


def test_the_drawn_front_end_is_the_one_that_the_original_stores():
    stored = front_end(RATE, 14_000)
    np.testing.assert_allclose(stored[FILTERS], GOLDEN["filters"], rtol=0, atol=1e-9)
    for part in ("real", "imag"):
        np.testing.assert_allclose(stored[WINDOW.format(part)][::64, 0], GOLDEN[f"conv_{part}"], rtol=0, atol=2e-7)


def test_windows_too_short_for_the_original_are_followed_by_zeros(panns):
    """The original fails on fewer than 32 frames, and in training fills clips with zeros at their end."""
    assert GOLDEN["too_short"].tolist() == [9_600, 9_919]
    short = signal(3_000, RATE)
    filled = np.concatenate([short, np.zeros(6_920, dtype=np.float32)])
    assert panns.prepare(short[np.newaxis]).shape == (1, 32, 64)
    assert np.array_equal(panns.embed(Clip(short, RATE))["embedding"], panns.embed(Clip(filled, RATE))["embedding"])


def test_silence_lies_at_the_floor(panns):
    np.testing.assert_allclose(panns.prepare(np.zeros((1, 20_000), dtype=np.float32)), -100.0, rtol=1e-6)


def test_a_folder_with_the_file_will_do(panns, path):
    assert np.array_equal(
        encoder(f"{NAME}:{path.parent}").embed(clip(33_333))["embedding"], panns.embed(clip(33_333))["embedding"]
    )


def test_no_file():
    with pytest.raises(EncoderError, match="no such file"):
        encoder(f"{NAME}:/nowhere/{FILE}")


def test_a_folder_without_the_file(tmp_path):
    with pytest.raises(EncoderError, match=r"holds no Cnn14_mAP=0\.431\.pth; fetch it from https://zenodo"):
        encoder(f"{NAME}:{tmp_path}")


def test_a_truncated_file(path, tmp_path):
    broken = tmp_path / FILE
    broken.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(EncoderError, match="is damaged"):
        encoder(f"{NAME}:{broken}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conv_block6.conv1.weight": None}, r"holds no Cnn14 \(conv_block6\.conv1\.weight is missing\)"),
        ({"conv_block2.bn2.running_var": None}, "lacks conv_block2.bn2.running_var"),
        ({"att_block.att.weight": np.zeros((11, 20, 1))}, "holds att_block.att.weight, of another network"),
        (
            {"conv_block3.conv2.weight": np.zeros((8, 8, 5, 5))},
            r"conv_block3\.conv2\.weight has shape \(8, 8, 5, 5\)",
        ),
        ({FILTERS: None}, "holds no front end"),
        ({FILTERS: front_end(16_000, 8_000)[FILTERS]}, "other mel filters than those for 32000 Hz"),
        ({FILTERS: np.zeros((257, 64))}, r"mel filters of shape \(257, 64\)"),
        (
            {WINDOW.format("real"): np.ones((513, 1, 1024))},
            "another front end than frames of 1024 samples under a Hann",
        ),
    ],
)
def test_a_checkpoint_of_another_network(tmp_path, change, message):
    state = {name: value for name, value in {**STATE, **change}.items() if value is not None}
    with pytest.raises(EncoderError, match=message) as caught:
        opened(tmp_path, state)
    assert str(tmp_path / FILE) in str(caught.value)
    assert "; give " in str(caught.value)
