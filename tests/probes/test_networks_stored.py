import json
import subprocess
import sys

import numpy as np
import pytest
from planted_chunks import planted_chunks
from safetensors.numpy import save_file

from wetdry.analysis.conformal import group_quantile
from wetdry.errors import DataError
from wetdry.probes import Probe, families, fit_probe
from wetdry.probes.networks import NETWORKS, NetworkSettings, network_probe, train_network

SONGS = 46
TRAIN, VALIDATION = np.arange(6), np.arange(6, SONGS)
GROUPS = np.array([f"game {i // 2}" for i in range(SONGS)])


@pytest.fixture(scope="module")
def planted():
    return planted_chunks(np.random.default_rng(440), songs=SONGS, each=1)


def trained(planted, name="se-gru-attention", epochs=2):
    settings = NetworkSettings(epochs=epochs, batch=4, device="cpu")
    return train_network(name, *planted, TRAIN, VALIDATION, names=("valence", "arousal"), settings=settings, seed=2)


@pytest.fixture(scope="module")
def network(planted):
    return trained(planted)


@pytest.fixture(scope="module")
def probe(network, planted):
    return network_probe(network, *planted, GROUPS, validation=VALIDATION)


def stored(probe):
    return json.loads(json.dumps(probe.description(), allow_nan=False)), {
        name: np.frombuffer(each.tobytes(), each.dtype).reshape(each.shape) for name, each in probe.tensors().items()
    }


def test_estimates_are_those_of_the_network_and_of_the_file(network, probe, planted):
    chunks = planted.chunks[:5]
    expected = network.estimate(chunks)
    assert expected.shape == (5, 2)
    assert expected.std(axis=0).min() > 1e-3
    restored = Probe.restored(*stored(probe))
    for each in (probe, restored):
        np.testing.assert_array_equal(each.estimate(chunks.reshape(5, -1)), expected)
        np.testing.assert_array_equal(each.novelty(chunks.reshape(5, -1)), probe.novelty(chunks.reshape(5, -1)))
    np.testing.assert_allclose(np.concatenate([network.estimate(each[None]) for each in chunks]), expected, atol=1e-5)
    assert restored.description() == probe.description()
    assert restored.settings == {**NetworkSettings(epochs=2, batch=4).decisive}


@pytest.mark.parametrize("name", NETWORKS[:-1])
def test_every_network_can_be_stored(name, planted):
    network = trained(planted, name, epochs=1)
    probe = network_probe(network, *planted, GROUPS, validation=VALIDATION)
    restored = Probe.restored(*stored(probe))
    rows = planted.chunks[:2].reshape(2, -1)
    np.testing.assert_array_equal(restored.estimate(rows), network.estimate(planted.chunks[:2]))
    assert (probe.family, restored.parameters) == (name, network.parameters)
    assert network.attention(planted.chunks[:2]) is None


def test_what_it_says_of_itself_comes_from_validation_songs(network, probe, planted):
    estimates = np.stack([network.estimate(planted.chunks[planted.song == each]).mean(axis=0) for each in VALIDATION])
    truth = planted.answers[VALIDATION]
    expected = [group_quantile(each, GROUPS[VALIDATION], level=0.95) for each in np.abs(truth - estimates).T]
    np.testing.assert_allclose(probe.half_width, expected)
    assert np.isfinite(probe.half_width).all()
    kept = network.curve.loc[network.curve["kept"], "r2"].iloc[0]
    missed = np.square(truth - estimates).sum(axis=0) / np.square(truth - truth.mean(axis=0)).sum(axis=0)
    assert probe.score == pytest.approx(np.mean(1 - missed)) == pytest.approx(kept, abs=1e-4)
    assert (probe.dim, probe.rows, probe.groups, probe.folds, probe.seed) == (128 * 128, 6, 3, 3, 2)
    said = network.description()
    assert (said["songs"], said["epochs"], said["kept"]) == (6, 2, 1 + network.curve["r2"].idxmax())
    assert said["parameters"] == probe.parameters == network.parameters == 242_913


def test_novelty_looks_at_bands_and_not_at_their_order_in_time(probe, planted):
    chunks = planted.chunks[6:26]
    usual, turned = (probe.novelty(each.reshape(20, -1)) for each in (chunks, chunks[:, :, ::-1]))
    np.testing.assert_allclose(turned, usual, atol=1e-9)
    assert usual.min() < 0.5
    assert (probe.novelty((chunks + 40.0).reshape(20, -1)) == 1.0).all()
    # What wavers more in time is strange, too, though its mean is not.
    wavering = chunks + 30.0 * np.resize([-1.0, 1.0], 128)
    np.testing.assert_allclose(wavering.mean(axis=2), chunks.mean(axis=2), atol=1e-3)
    assert (probe.novelty(wavering.reshape(20, -1)) == 1.0).all()
    assert probe.tensors()["novelty.mean"].shape == (3, 256)


def test_attention_adds_to_one(network, planted):
    weights = network.attention(planted.chunks[:20])
    assert weights.shape == (20, 16)
    assert weights.min() > 0
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-6)
    assert weights.std(axis=1).min() > 1e-5


def put(value, *where):
    def values(tensor):
        tensor = tensor.copy()
        tensor[where] = value
        return tensor

    return values


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("network.dense.weight", lambda w: w[:, :-1], r'"network.dense.weight" in shape \(128, 63\), not \(128, 64\)'),
        ("network.dense.weight", put(np.nan, 0, 0), 'impossible numbers in "network.dense.weight"'),
        ("network.dense.weight", lambda w: w.astype(np.float32), "as float32, not float64"),
        ("network.blocks.1.norm.running_var", put(-1.0, 3), "impossible numbers"),
        ("network.body.relevance.bias", lambda _: None, 'lacks "network.body.relevance.bias"'),
        ("network.more", lambda _: np.zeros(2), "has no use for"),
        ("novelty.mean", lambda m: m[:, :-1], r"in shape \(3, 255\), not \(3, 256\)"),
    ],
)
def test_hostile_tensors_are_a_sentence(probe, name, values, sentence):
    description, tensors = stored(probe)
    tensors[name] = values(tensors.get(name))
    with pytest.raises(DataError, match=f"^The stored probe .*{sentence}.*"):
        Probe.restored(description, {key: each for key, each in tensors.items() if each is not None})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"family": "se-gru"}, 'holds "network.body.relevance'),
        ({"family": "se-conv"}, 'lacks "network.body.convolution'),
        ({"settings": {"depth": 3}}, "'depth' is no setting of a se-gru-attention probe"),
        ({"classes": True, "half_width": []}, "learns numbers, not the classes valence, arousal"),
        ({"names": ["valence"], "half_width": [1.0]}, r'"answer_mean" in shape \(2,\)'),
    ],
)
def test_hostile_descriptions_are_a_sentence(probe, change, sentence):
    description, tensors = stored(probe)
    with pytest.raises(DataError, match=sentence):
        Probe.restored(description | change, tensors)


def test_a_chunk_of_another_size_is_a_sentence(probe):
    description, tensors = stored(probe)
    small = {name: each[:100] if name in ("mean", "factor") else each for name, each in tensors.items()}
    with pytest.raises(DataError, match="is a network on 100 numbers, not on chunks of 128 × 128"):
        Probe.restored(description | {"dim": 100}, small)


def test_networks_are_no_family_to_fit_a_probe_of(probe, planted):
    assert not set(NETWORKS) & set(families.names())
    rows = planted.chunks.reshape(len(planted.chunks), -1)
    with pytest.raises(DataError, match='Unknown probe "se-gru"'):
        fit_probe(rows, planted.answers[planted.song], planted.song, family="se-gru")
    with pytest.raises(DataError, match='"se-gru-attention" learns from chunks of songs'):
        probe.model.fit(rows, planted.answers[planted.song])


@pytest.mark.parametrize("shape", [(3, 128), (3, 64, 128), (0, 128, 128)])
def test_chunks_that_do_not_fit_are_a_sentence(network, shape):
    with pytest.raises(DataError, match="do not fit the networks: give"):
        network.estimate(np.zeros(shape, dtype=np.float32))


def test_chunks_that_are_not_finite_are_a_sentence(network):
    with pytest.raises(DataError, match="not finite"):
        network.attention(np.full((1, 128, 128), np.nan))


def test_without_torch_names_are_known_and_a_stored_network_is_a_sentence(probe, tmp_path):
    description, tensors = stored(probe)
    save_file(tensors, tmp_path / "probe.safetensors")
    (tmp_path / "probe.json").write_text(json.dumps(description))
    (tmp_path / "torch.py").write_text("raise ImportError(name='torch')")
    code = (
        "import json\n"
        "from safetensors.numpy import load_file\n"
        "from wetdry.errors import MissingPackageError\n"
        "from wetdry.probes import Probe\nfrom wetdry.probes.networks import NETWORKS\n"
        "print(*NETWORKS)\n"
        "try:\n    Probe.restored(json.load(open('probe.json')), load_file('probe.safetensors'))\n"
        "except MissingPackageError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.splitlines() == [
        "cnn se-conv se-gru se-gru-attention",
        'The "se-gru-attention" network needs torch; install it with pip install "wetdry[models]".',
    ], done.stderr
