"""What every encoder must keep to, whoever wrote it."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow.compute as pc
import pytest
from tiny import MAKERS

from wetdry.audio import Clip, Windows, load, write_flac
from wetdry.datasets import dataset
from wetdry.effects import Identity, Step
from wetdry.encoders import encoder, encoders
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.extract import Plan, run
from wetdry.store import Store, stacked

COMPLETE = ["vibenet", "handcrafted", "melstats", "logmel", "untrained:vibenet,seed=3"]
TWINS = [f"untrained:{name}" for name in ("wav2vec2-base", "panns-cnn14", "whisper-base-unpadded")]
UNMEANT = ("embedding", "pooled")
"""Layers that end in a mean which the network itself goes on with."""


@pytest.fixture(params=[*COMPLETE, *MAKERS, *TWINS], scope="module")
def name(request, tmp_path_factory):
    """What an encoder is called that comes with the install, or one of each family with a small checkpoint."""
    if request.param in COMPLETE:
        return request.param
    checkpoint = request.param.removeprefix("untrained:")
    return f"{request.param}:{MAKERS[checkpoint](checkpoint, tmp_path_factory.mktemp(checkpoint))}"


@pytest.fixture(scope="module")
def model(name):
    return encoder(name)


@pytest.fixture
def all_layers(model):
    return [layer.name for layer in model.spec.layers]


def equal(first, second):
    return list(first) == list(second) and all(np.array_equal(first[layer], second[layer]) for layer in first)


def test_the_specification_is_complete(model, name):
    spec = model.spec
    assert spec.name.partition(":")[0].removeprefix("untrained-") in encoders.names()
    assert spec.name.startswith("untrained-") == name.startswith("untrained:")
    assert spec.revision
    assert spec.licence
    assert spec.about
    assert spec.normalisation
    assert spec.sample_rate >= 8000
    assert spec.layer(spec.default_layer).dim > 0
    assert len({layer.name for layer in spec.layers}) == len(spec.layers)
    for layer in spec.layers:
        assert len(set(layer.labels)) == len(layer.labels)
        assert len(layer.labels) in (0, layer.dim)


def test_layers_have_the_declared_order_width_and_type(model, all_layers, music):
    embeddings = model.embed([music, music.excerpt(1.0, 2.0)], reversed(all_layers))
    assert list(embeddings) == all_layers
    for layer, vectors in embeddings.items():
        assert vectors.shape == (2, model.spec.layer(layer).dim)
        assert vectors.dtype == np.float32
        assert np.isfinite(vectors).all()


def test_the_default_layer_is_given_when_none_is_named(model, music):
    assert list(model.embed(music)) == [model.spec.default_layer]


def test_a_layer_alone_equals_the_layer_among_all(model, all_layers, music):
    together = model.embed(music, all_layers)
    for layer in all_layers:
        np.testing.assert_allclose(model.embed(music, layer)[layer], together[layer], rtol=0, atol=1e-6)


def test_the_same_clip_gives_the_same_bytes(model, all_layers, music):
    assert equal(model.embed(music, all_layers), model.embed(music, all_layers))


def test_threads_give_the_same_bytes(model, music):
    clips = [music, music.excerpt(0.0, 2.5), music.scaled(-12.0)] * 3
    alone = [model.embed(clip) for clip in clips]
    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(model.embed, clips))
    assert all(equal(a, b) for a, b in zip(alone, threaded, strict=True))


def test_neighbours_in_a_batch_change_nothing(model, all_layers, music):
    """A loud canary and silence beside a window must not be heard in its vector."""
    window = model.prepare_clip(music)[:1]
    canary = model.prepare_clip(music.scaled(18.0))[:1]
    silence = model.prepare_clip(music.with_samples(np.zeros_like(music.samples)))[:1]
    alone = model.forward_checked(window, all_layers)
    crowd = model.forward_checked(np.concatenate([canary, window, silence, canary, window]), all_layers)
    for layer in all_layers:
        tolerance = 1e-6 * max(1.0, np.abs(alone[layer]).max())
        for row in (1, 4):
            np.testing.assert_allclose(crowd[layer][row], alone[layer][0], rtol=0, atol=tolerance)


def test_several_clips_equal_each_alone(model, music):
    clips = [music, music.excerpt(0.5, 1.5), music.excerpt(2.0, 2.0)]
    layer = model.spec.default_layer
    together = model.embed(clips)[layer]
    for row, clip in zip(together, clips, strict=True):
        assert np.array_equal(row, model.embed(clip)[layer][0])


def test_a_run_stores_what_embed_gives_however_many_work_on_it(model, music, tmp_path):
    """Files of several windows and of part of one, among them one that is shorter than any network takes."""
    rng = np.random.default_rng(3)
    lengths = {"short": 7, "part": 30_011, "whole": 68_013}
    for name, samples in lengths.items():
        noise = (0.05 * rng.standard_normal(samples)).astype(np.float32)
        write_flac(tmp_path / f"{name}.flac", Clip(noise + music.mono[:samples], music.sample_rate))
    files = dataset(f"folder:{tmp_path}")
    grid = Windows(0.7)
    layer = model.spec.default_layer
    for workers in (1, 2):
        store = Store(tmp_path / f"store{workers}")
        run(Plan(files, [Step("identity", None, Identity())], [model], windows=grid), store, workers=workers)
        table = store.table(model.spec.key, layer)
        rows = {item: stacked(table.filter(pc.equal(table["item"], item))) for item in set(table["item"].to_pylist())}
        assert not store.failures().num_rows
        for item in files:
            expected = model.embed_windows(load(item.path), windows=grid)[layer]
            np.testing.assert_allclose(rows[item.id], expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_other_audio_gives_other_vectors(model, all_layers, music):
    reversed_in_time = music.with_samples(music.samples[:, ::-1])
    first, second = model.embed(music, all_layers), model.embed(reversed_in_time.excerpt(0.0, 1.0), all_layers)
    for layer in all_layers:
        assert np.abs(first[layer] - second[layer]).max() > 1e-3 * np.abs(first[layer]).max()


def test_stereo_equals_the_mean_of_its_channels(model, all_layers, music):
    mono = Clip((music.samples[0] + music.samples[1]) / 2, music.sample_rate)
    assert mono.channels == 1
    assert equal(model.embed(music, all_layers), model.embed(mono, all_layers))


@pytest.mark.parametrize("frames", [1, 2, 100, 639, 640, 2047])
@pytest.mark.parametrize("value", [0.0, 0.5])
def test_the_shortest_clips_are_embedded(model, all_layers, frames, value):
    clip = Clip(np.full(frames, value, dtype=np.float32), model.spec.sample_rate)
    assert all(np.isfinite(vectors).all() for vectors in model.embed(clip, all_layers).values())


def test_a_sample_that_resampling_swallows_is_embedded(model):
    clip = Clip(np.ones(1, dtype=np.float32), 192_000)
    assert np.isfinite(model.embed(clip)[model.spec.default_layer]).all()


def test_three_seconds_of_silence_are_embedded(model, all_layers):
    silence = Clip(np.zeros(3 * model.spec.sample_rate, dtype=np.float32), model.spec.sample_rate)
    assert all(np.isfinite(vectors).all() for vectors in model.embed(silence, all_layers).values())


def test_what_it_says_of_level_is_so(model, music):
    """An encoder whose input is normalised cannot hear a gain; whoever calls that robust would be wrong."""
    layer = model.spec.default_layer
    dry, quieter = model.embed(music)[layer], model.embed(music.scaled(-6.0))[layer]
    moved = np.abs(dry - quieter).max() / np.abs(dry).max()
    if model.spec.hears_level:
        assert moved > 1e-4
        assert not model.spec.blindness
    else:
        assert moved < 1e-3
        assert model.spec.normalisation in model.spec.blindness
    assert not model.spec.normalisation.endswith(".")


def test_windows_one_by_one_equal_windows_together(model, all_layers, music):
    """More of them than a batch holds, of a length that no frame grid divides."""
    prepared = model.prepare_clip(music, Windows(0.2503, 0.33))
    together = model.forward_checked(prepared, all_layers)
    assert len(prepared) > 8
    for layer in all_layers:
        alone = np.concatenate([model.forward_checked(window[np.newaxis], [layer])[layer] for window in prepared])
        np.testing.assert_allclose(together[layer], alone, rtol=0, atol=1e-5 * np.abs(alone).max())


@pytest.mark.parametrize("gain_db", [-60.0, 40.0])
def test_the_faint_and_the_far_too_loud_are_embedded_and_told_apart(model, all_layers, music, gain_db):
    """At -80 dBFS, and 20 dB beyond full scale, also on a constant: nothing is clipped or lost in a floor."""
    first, second = (music.excerpt(start, 1.0).scaled(gain_db) for start in (0.0, 1.7))
    shifted = first.with_samples(first.samples + np.float32(0.4))
    vectors = model.embed([first, second, shifted], all_layers)
    for layer in all_layers:
        assert np.isfinite(vectors[layer]).all()
        assert not np.array_equal(vectors[layer][0], vectors[layer][1])


def test_a_mean_over_frames_is_not_rounded_to_the_precision_of_the_network(model, name, music):
    """Else an effect that moves a vector by less than one step of bf16, 0.4 %, would not move it at all."""
    if not isinstance(getattr(model, "reader", model), TorchEncoder):
        pytest.skip("computes in fp32 only")
    rounded = encoder(name, dtype="bf16")
    means = [layer.name for layer in rounded.spec.layers if ", mean over" in layer.about and layer.name not in UNMEANT]
    assert len(means) >= 3
    for layer, vectors in rounded.embed(music.excerpt(0.0, 1.0), means).items():
        assert (vectors.view(np.uint32) & 0xFFFF).any(), f"{layer}: every number is one of bf16"


def test_real_music_is_embedded_finite_and_apart(model, data_dir):
    from wetdry.audio import load

    paths = sorted((data_dir / "emotify" / "audio").rglob("*.ogg"))[::50]
    vectors = model.embed([load(path, seconds=6.0) for path in paths])[model.spec.default_layer]
    assert len(paths) >= 2
    assert np.isfinite(vectors).all()
    assert len(np.unique(vectors, axis=0)) == len(paths)


def test_naming_encoders_imports_no_runtime():
    code = """
import sys
from wetdry.encoders import encoders
print(encoders.names(), [encoders.get(name).__doc__ for name in encoders.names()])
heavy = {"onnxruntime", "onnx", "librosa", "scipy.signal", "numba", "torch", "vibenet"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("vibenet", "handcrafted", "melstats", "untrained"):
        assert f"'{name}'" in done.stdout
