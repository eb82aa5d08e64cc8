"""Twins that learned nothing: complete, apart from the trained ones, and the same for the same seed."""

import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from tiny import MAKERS

from wetdry.encoders import complete, encoder
from wetdry.encoders.untrained.encoder import TWINS, untrained
from wetdry.encoders.untrained.graph import drawn_graph
from wetdry.encoders.untrained.sounds import synthetic_sounds
from wetdry.encoders.vibenet.encoder import log_mel
from wetdry.encoders.vibenet.graph import model_path, read_model
from wetdry.errors import EncoderError

NETWORKS = [name for name in MAKERS if name not in ("hf", "whisper-base-unpadded", "qwen2-audio-tower")]
"""One of each kind; what is left out is read by the same class."""


@pytest.fixture(scope="module")
def clips(music):
    """Three stretches of music that differ in what sounds, in level and in length."""
    noisy = np.random.default_rng(2).standard_normal(30_000).astype(np.float32)
    return [music.excerpt(0.0, 1.0), music.excerpt(1.3, 0.7).scaled(-14.0), type(music)(0.05 * noisy, 44_100)]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    made = {}

    def path(name):
        if name not in made:
            made[name] = MAKERS[name](name, tmp_path_factory.mktemp(name))
        return made[name]

    return path


def layers_of(model):
    return [layer.name for layer in model.spec.layers]


def vectors_of(model, clips):
    return model.embed(clips, layers_of(model))


def spread(vectors):
    """How far clips lie apart, relative to the length of a vector."""
    return np.sqrt(vectors.var(axis=0).sum() / np.square(vectors).sum(axis=1).mean())


# vibenet


@pytest.fixture(scope="module")
def content():
    return read_model(model_path())


@pytest.fixture(scope="module")
def drawn(content):
    return onnx.load_from_string(drawn_graph(content, 3, log_mel(synthetic_sounds(16_000))))


def test_vibenets_twins_differ_from_it_and_from_each_other(clips):
    trained, first, second = (
        vectors_of(encoder(name), clips) for name in ("vibenet", "untrained:vibenet", "untrained:vibenet,seed=3")
    )
    for layer in trained:
        scale = np.abs(trained[layer]).max()
        for one, other in ((trained, first), (trained, second), (first, second)):
            assert np.abs(one[layer] - other[layer]).max() > 0.05 * scale, layer


def test_the_shared_trained_encoder_stays_as_it_was(clips):
    shared = encoder("vibenet")
    before = vectors_of(shared, clips)
    vectors_of(untrained("vibenet,seed=5"), clips[:1])
    after = vectors_of(encoder("vibenet"), clips)
    assert encoder("vibenet") is shared
    assert all(np.array_equal(before[layer], after[layer]) for layer in before)


def test_a_seed_gives_the_same_vectors_in_another_process(clips):
    code = """
import sys
import numpy as np
from wetdry.audio import Clip
from wetdry.encoders import encoder
clip = Clip(np.frombuffer(sys.stdin.buffer.read(), dtype=np.float32), 44_100)
sys.stdout.buffer.write(encoder("untrained:vibenet").embed(clip)["pooled"].tobytes())
"""
    noise = clips[2]
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], input=noise.mono.tobytes(), capture_output=True)
    assert done.stderr == b""
    there = np.frombuffer(done.stdout, dtype=np.float32)
    assert np.array_equal(there, untrained("vibenet").embed(noise)["pooled"][0])


def test_nothing_learned_is_left_in_the_graph(content, drawn):
    """All that training set is replaced; the structure, and constants that are no parameters, are the published."""
    published = onnx.load_from_string(content)
    assert published.graph.node == drawn.graph.node
    learned = 0
    for old, new in zip(published.graph.initializer, drawn.graph.initializer, strict=True):
        before, after = numpy_helper.to_array(old), numpy_helper.to_array(new)
        assert (old.name, before.shape) == (new.name, after.shape)
        if old.name.startswith("val_"):
            assert np.array_equal(before, after)
        else:
            learned += 1
            assert np.isclose(before, after, rtol=1e-4).mean() < 0.04, old.name
    assert learned == 81 + 32 + 49 * 4 + 2 + 8 * 2


def test_normalisations_hold_the_statistics_of_the_sounds(drawn):
    """Checked in the finished graph, where what a deep layer is given depends on all layers before it."""
    values = {constant.name: numpy_helper.to_array(constant) for constant in drawn.graph.initializer}
    norms = [node for node in drawn.graph.node if node.op_type == "BatchNormalization"]
    assert len(norms) == 49
    checked = norms[::12]
    graph = onnx.ModelProto()
    graph.CopyFrom(drawn)
    graph.graph.output.extend(onnx.helper.make_empty_tensor_value_info(node.input[0]) for node in checked)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    spectrograms = log_mel(synthetic_sounds(16_000))
    rows = [session.run([node.input[0] for node in checked], {"x": one[np.newaxis]}) for one in spectrograms]
    for node, given in zip(checked, zip(*rows, strict=True), strict=True):
        given = np.concatenate(given).astype(np.float64)
        np.testing.assert_allclose(values[node.input[3]], given.mean(axis=(0, 2, 3)), rtol=0, atol=1e-4 * given.std())
        np.testing.assert_allclose(values[node.input[4]], given.var(axis=(0, 2, 3)), rtol=2e-3)


def test_activations_neither_fade_nor_grow_on_the_way_through(data_dir):
    from wetdry.audio import load

    songs = [load(path, seconds=6.0) for path in sorted((data_dir / "emotify" / "audio").rglob("*.ogg"))[::18]]
    for seed in ("", ",seed=3"):
        for layer, vectors in vectors_of(encoder(f"untrained:vibenet{seed}"), songs).items():
            assert 0.1 < np.sqrt(np.square(vectors).mean()) < 3.0, (seed, layer)
            assert spread(vectors) > 0.15, (seed, layer)


# networks in torch


@pytest.mark.parametrize("name", NETWORKS)
def test_a_twin_has_the_shapes_of_the_trained_and_none_of_its_parameters(name, checkpoints):
    trained = encoder(f"{name}:{checkpoints(name)}").module.state_dict()
    twin = encoder(f"untrained:{name}:{checkpoints(name)}").module.state_dict()
    assert {key: value.shape for key, value in trained.items()} == {key: value.shape for key, value in twin.items()}
    matrices = [
        key for key, value in trained.items() if value.is_floating_point() and value.ndim > 1 and value.numel() > 64
    ]
    assert len(matrices) >= 7
    for key in matrices:
        assert np.isclose(trained[key], twin[key], rtol=1e-3, atol=0).mean() < 0.02, key


@pytest.mark.parametrize("name", NETWORKS)
def test_twins_in_torch_follow_their_seed_and_hear_clips_apart(name, checkpoints, clips):
    path, clips = checkpoints(name), clips[::2]
    trained = encoder(f"{name}:{path}")
    before = vectors_of(trained, clips)
    first = vectors_of(encoder(f"untrained:{name}:{path}"), clips)
    again = vectors_of(untrained(f"{name}:{path},seed=0"), clips)
    other = vectors_of(untrained(f"{name}:{path},seed=1"), clips)
    for layer in before:
        assert spread(first[layer]) > 1e-3, layer
        assert np.array_equal(first[layer], again[layer]), layer
        scale = np.abs(first[layer]).max()
        assert np.abs(first[layer] - other[layer]).max() > 1e-3 * scale, layer
        assert np.abs(first[layer] - before[layer]).max() > 1e-3 * scale, layer
    layer = trained.spec.default_layer
    assert np.array_equal(trained.embed(clips)[layer], before[layer])


def test_drawing_leaves_the_stream_of_torch_where_it_was(checkpoints):
    import torch

    state = torch.get_rng_state()
    untrained(f"whisper-tiny.en:{checkpoints('whisper-tiny.en')},seed=7").ready()
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", ["panns-cnn14", "openl3-music-512"])
def test_normalised_networks_are_settled_on_the_sounds(name, checkpoints):
    """On the sounds, what each normalisation gives has mean 0 and variance 1 in every channel."""
    import torch

    model = untrained(f"{name}:{checkpoints(name)}")
    network = model.module
    given = {}
    norms = [part for part in network.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    for index, part in enumerate(norms or list(network.convolutions)[:-1]):
        part.register_forward_hook(lambda _part, _inputs, output, index=index: given.update({index: output.clone()}))
    sounds = model.prepare(synthetic_sounds(model.spec.sample_rate, model.spec.longest_window))
    with torch.no_grad():
        network(torch.from_numpy(sounds), *([["embedding"]] if not norms else []))
    assert len(given) == (13 if norms else 7)
    for output in given.values():
        np.testing.assert_allclose(output.mean(dim=(0, 2, 3)), 0.0, rtol=0, atol=5e-3)
        np.testing.assert_allclose(output.var(dim=(0, 2, 3)), 1.0, rtol=0, atol=0.02)


def test_lower_precision_rounds_the_same_draw(checkpoints, clips):
    name = f"untrained:whisper-tiny.en:{checkpoints('whisper-tiny.en')}"
    full, rounded = encoder(name), encoder(name, dtype="bf16")
    assert full.spec.key != rounded.spec.key
    layer = full.spec.default_layer
    difference = np.abs(full.embed(clips)[layer] - rounded.embed(clips)[layer]).max()
    assert 0 < difference < 0.05 * np.abs(full.embed(clips)[layer]).max()


@pytest.mark.parametrize(
    ("name", "parameters"), [("whisper-tiny", 8_208_384), ("panns-cnn14", 80_753_615), ("openl3-env-6144", 4_684_224)]
)
def test_where_the_name_says_the_shape_no_weights_are_needed(name, parameters, monkeypatch):
    def refuse(*_):
        raise AssertionError("weights were looked for")

    for module in ("whisper.encoder", "openl3.encoder", "log_mel_encoder"):
        monkeypatch.setattr(f"wetdry.encoders.{module}.locate", refuse)
    twin = TWINS[name]()
    network = twin.anew()
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    spectrogram = twin.prepare(np.zeros((1, 16_000), dtype=np.float32))
    assert np.isfinite(spectrogram).all()


# names, and what is refused


def test_every_network_of_the_list_has_a_twin():
    from wetdry.encoders import encoders

    learned = {name for name in encoders.names() if complete(name) and encoder(name).weights is not None}
    assert learned == set(TWINS)


def test_seeds_and_what_drew_are_in_the_key():
    first, second = encoder("untrained:vibenet"), encoder("untrained:vibenet,seed=3")
    assert first.spec.name == second.spec.name == "untrained-vibenet"
    assert first.spec.revision == "0.1.0+seed0+drawn1"
    assert second.spec.revision == "0.1.0+seed3+drawn1"
    revision = encoder("untrained:whisper-base,seed=12").spec.revision
    assert revision.startswith(f"{encoder('whisper-base').spec.revision}+seed12+torch")
    assert "+transformers" in revision


def test_a_random_head_is_not_called_an_estimate():
    assert encoder("vibenet").spec.layer("attributes").labels
    assert not any(layer.labels for layer in encoder("untrained:vibenet").spec.layers)


def test_the_rest_of_the_specification_is_that_of_the_trained():
    for name in ("vibenet", "mert-95m", "openl3-music-512"):
        trained, twin = encoder(name).spec, encoder(f"untrained:{name}").spec
        for field in ("sample_rate", "windows", "default_layer", "normalisation", "hears_level", "longest_window"):
            assert getattr(trained, field) == getattr(twin, field)
        assert [(layer.name, layer.dim) for layer in trained.layers] == [(one.name, one.dim) for one in twin.layers]
        assert name in twin.about
        assert "random" in twin.about
        assert "random" in twin.licence


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("handcrafted", "handcrafted has no untrained twin; choose a network, such as vibenet"),
        ("melstats", "melstats has no untrained twin"),
        ("untrained:vibenet", "untrained has no untrained twin"),
        ("hf:owner/name", "hf has no untrained twin"),
        ("vibenett", 'did you mean "vibenet"'),
        ("vibenet,seed=x", "write untrained:NAME or untrained:NAME,seed=7"),
        ("vibenet,seed=-1", "write untrained:NAME or untrained:NAME,seed=7"),
        ("vibenet:/some/file", "vibenet takes no path"),
        ("mert-95m:", "names no file or folder behind its last colon"),
        ("mert-95m:/no/such/folder", "no such file or folder of weights"),
    ],
)
def test_what_has_no_twin_is_refused_in_a_sentence(wanted, sentence):
    with pytest.raises(EncoderError, match=sentence):
        encoder(f"untrained:{wanted}")


def test_vibenets_twin_computes_in_full_precision_only():
    with pytest.raises(EncoderError, match="fp32 only"):
        encoder("untrained:vibenet", dtype="bf16")


def test_the_list_and_the_page_of_one_say_what_it_is(run_wetdry):
    code, printed, _ = run_wetdry("encoders")
    assert code == 0
    assert "untrained:…" in printed
    code, printed, _ = run_wetdry("encoders", "info", "untrained:vibenet,seed=4")
    assert code == 0
    assert "untrained-vibenet" in printed
    assert "random parameters (seed 4)" in printed


# the sounds


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_the_sounds_are_the_same_each_time_and_cover_a_wide_range(rate):
    sounds = synthetic_sounds(rate)
    assert sounds.shape == (32, 2 * rate)
    assert np.array_equal(sounds, synthetic_sounds(rate))
    levels = 20 * np.log10(np.sqrt(np.square(sounds).mean(axis=1)))
    assert -70.1 < levels.min() < -60.0
    assert -13.0 < levels.max() < -2.9
    powers = np.square(np.abs(np.fft.rfft(sounds, axis=1)))
    centroids = (powers @ np.fft.rfftfreq(2 * rate, 1 / rate)) / powers.sum(axis=1)
    assert centroids.max() > 8 * centroids.min()
