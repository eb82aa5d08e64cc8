import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from planted_chunks import planted_chunks
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from wetdry.errors import DataError
from wetdry.probes.networks import NetworkSettings, train_network

TRAIN, VALIDATION, WATCHED = np.arange(6), np.array([6, 8]), np.array([7, 9])
SHORT = NetworkSettings(epochs=3, batch=4, device="cpu")
NAMES = ("valence", "arousal")


@pytest.fixture(scope="module")
def planted():
    return planted_chunks(np.random.default_rng(440))


def trained(planted, name="se-gru", train=TRAIN, validation=VALIDATION, settings=SHORT, **more):
    return train_network(name, *planted, train, validation, names=NAMES, settings=settings, **more)


@pytest.fixture(scope="module")
def undisturbed(planted):
    return trained(planted, watched=WATCHED)


def same(first, second):
    pd.testing.assert_frame_equal(first.curve, second.curve, check_exact=True)
    for name, each in first.tensors().items():
        np.testing.assert_array_equal(each, second.tensors()[name])


def r_squared(network, planted, songs):
    estimates = np.stack([network.estimate(planted.chunks[planted.song == each]).mean(axis=0) for each in songs])
    truth = planted.answers[songs]
    return 1 - np.square(truth - estimates).sum(axis=0) / np.square(truth - truth.mean(axis=0)).sum(axis=0)


def test_a_planted_rule_is_learnt():
    planted = planted_chunks(np.random.default_rng(7), songs=28, each=1)
    settings = NetworkSettings(epochs=9, batch=4, learning_rate=0.002)
    network = trained(planted, "se-gru-attention", np.arange(18), np.arange(18, 23), settings)
    assert r_squared(network, planted, np.arange(23, 28)).min() > 0.8
    assert network.curve["loss"].iloc[-1] < 0.4 * network.curve["loss"].iloc[0]


def test_the_curve_ends_where_the_weights_are(undisturbed, planted):
    curve = undisturbed.curve
    assert list(curve) == ["epoch", "loss", "r2", "watched_valence", "watched_arousal", "kept"]
    assert curve["epoch"].tolist() == [1, 2, 3]
    kept = curve[curve["kept"]]
    assert kept.index.tolist() == [curve["r2"].idxmax()]
    np.testing.assert_allclose(kept["r2"], r_squared(undisturbed, planted, VALIDATION).mean(), atol=1e-4)
    watched = kept[["watched_valence", "watched_arousal"]].to_numpy()[0]
    np.testing.assert_allclose(watched, r_squared(undisturbed, planted, WATCHED), atol=1e-4)


def test_looking_on_changes_nothing(undisturbed, planted):
    alone = trained(planted)
    same(alone, trained(planted, validation=VALIDATION[::-1], train=TRAIN[::-1]))
    assert list(alone.curve) == ["epoch", "loss", "r2", "kept"]
    pd.testing.assert_frame_equal(alone.curve, undisturbed.curve[list(alone.curve)], check_exact=True)


def test_a_seed_gives_the_same_weights_and_leaves_torch_as_it_was(undisturbed, planted, tmp_path):
    np.save(tmp_path / "chunks.npy", planted.chunks)
    mapped = planted._replace(chunks=np.load(tmp_path / "chunks.npy", mmap_mode="r"))
    torch.manual_seed(5)
    before = torch.get_rng_state()
    torch.use_deterministic_algorithms(True)
    try:
        same(trained(mapped, watched=WATCHED), undisturbed)
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.abs(trained(planted, seed=1).curve["loss"] - undisturbed.curve["loss"]).min() > 1e-4


def test_songs_on_no_side_and_units_are_of_no_consequence(undisturbed, planted):
    chunks = planted.chunks.copy()
    chunks[np.isin(planted.song, WATCHED)] = np.nan
    moved = trained(planted._replace(chunks=2.0 * chunks + 30.0, answers=100.0 - 10.0 * planted.answers))
    # Values turned upside down are learnt by other weights; in units alone they would be learnt by the same.
    scaled = trained(planted._replace(chunks=2.0 * chunks + 30.0, answers=100.0 + 10.0 * planted.answers))
    np.testing.assert_allclose(scaled.curve["r2"], undisturbed.curve["r2"], atol=1e-3)
    np.testing.assert_allclose(scaled.curve["loss"], undisturbed.curve["loss"], rtol=1e-3)
    assert np.abs(moved.curve["r2"] - undisturbed.curve["r2"]).max() > 1e-3


def test_patience_ends_it(planted):
    noise = planted._replace(answers=np.random.default_rng(3).normal(size=planted.answers.shape))
    curve = trained(noise, settings=NetworkSettings(epochs=40, patience=2, batch=4)).curve
    best = int(curve["r2"].idxmax())
    assert len(curve) == best + 3 < 40


def test_half_the_digits_give_about_the_same_losses(undisturbed, planted):
    half = trained(planted, settings=NetworkSettings(epochs=3, batch=4, dtype="bf16"))
    difference = np.abs(half.curve["loss"] - undisturbed.curve["loss"])
    assert 0.0 < difference.max() < 0.1


class BrokenOffError(Exception):
    pass


@pytest.mark.parametrize("name", ["se-gru", "cnn"])
def test_what_was_broken_off_goes_on_to_the_same_curve_and_weights(name, planted, tmp_path):
    told = []

    def break_off(epoch):
        told.append(epoch)
        if epoch < 3:
            raise BrokenOffError

    path = tmp_path / "new folder" / "training.safetensors"
    for _ in range(2):
        with pytest.raises(BrokenOffError):
            trained(planted, name, checkpoint=path, progress=break_off)
    resumed = trained(planted, name, checkpoint=path, progress=break_off)
    same(resumed, trained(planted, name))
    assert told == [1, 2, 3]
    done = trained(planted, name, checkpoint=path, progress=break_off)
    same(done, resumed)
    assert told == [1, 2, 3]
    assert done.seconds == resumed.seconds > 0
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_killed_training_goes_on_to_the_same_curve(undisturbed, planted, tmp_path):
    path = tmp_path / "training.safetensors"
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal, sys, numpy as np, torch\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[1] / 'support')!r})\n"
        "from pathlib import Path\n"
        "from planted_chunks import planted_chunks\n"
        "from wetdry.probes.networks import NetworkSettings, train_network\n"
        f"torch.set_num_threads({torch.get_num_threads()})\n"
        "train_network('se-gru', *planted_chunks(np.random.default_rng(440)), range(6), [6, 8], watched=[7, 9],\n"
        f"    names={NAMES}, settings=NetworkSettings(epochs=3, batch=4, device='cpu'),\n"
        f"    checkpoint=Path({str(path)!r}), progress=lambda _: os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    ended = subprocess.run([sys.executable, script], env=os.environ, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    epochs = []
    same(trained(planted, watched=WATCHED, checkpoint=path, progress=epochs.append), undisturbed)
    assert epochs == [2, 3]


def test_a_checkpoint_of_another_training_is_refused(planted, tmp_path):
    path = tmp_path / "training.safetensors"
    one = NetworkSettings(epochs=1, batch=4)
    trained(planted, settings=one, checkpoint=path)
    for other in (
        {"seed": 1},
        {"name": "cnn"},
        {"settings": NetworkSettings(epochs=1, batch=5)},
        {"train": TRAIN[1:]},
        {"planted": planted._replace(chunks=planted.chunks + 1.0)},
    ):
        with pytest.raises(DataError, match=r"training\.safetensors: is the checkpoint of another training; delete it"):
            trained(**{"planted": planted, "settings": one, "checkpoint": path} | other)
    save_file(load_file(path), path)
    with pytest.raises(DataError, match="is the checkpoint of another training; delete it"):
        trained(planted, settings=one, checkpoint=path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match="is no checkpoint; delete it to train from the start"):
        trained(planted, settings=one, checkpoint=path)
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"the checkpoint cannot be written .*; choose another place"):
        trained(planted, settings=one, checkpoint=tmp_path / "file" / "training.safetensors")


def test_a_checkpoint_that_was_tampered_with_is_refused(planted, tmp_path):
    path = tmp_path / "training.safetensors"
    one = NetworkSettings(epochs=1, batch=4)
    trained(planted, settings=one, checkpoint=path)
    with safe_open(path, framework="np") as file:
        metadata, arrays = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    state, some = json.loads(metadata["state"]), next(name for name in arrays if name.startswith("best."))
    for change in ({"curve": 3}, {"curve": []}, {"curve": [{"loss": 1.0}]}, {"seconds": "long"}):
        save_file(arrays, path, {"state": json.dumps({**state, **change})})
        with pytest.raises(DataError, match=r"training\.safetensors: does not hold what a training leaves behind"):
            trained(planted, settings=one, checkpoint=path)
    for other in (None, arrays[some][..., :1], np.full_like(arrays[some], np.nan), arrays[some].astype(np.int32)[:0]):
        kept = {name: each for name, each in {**arrays, some: other}.items() if each is not None}
        save_file(kept, path, metadata)
        with pytest.raises(DataError, match="does not hold what a training leaves behind; delete it"):
            trained(planted, settings=one, checkpoint=path)
    deep = "[" * 5000 + "]" * 5000
    save_file(arrays, path, {"state": deep})
    with pytest.raises(DataError, match="is no checkpoint; delete it"):
        trained(planted, settings=one, checkpoint=path)


def with_value(values, where, value):
    values = values.copy()
    values[where] = value
    return values


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda p: {"chunks": p.chunks[:, :64]}, r"Chunks of shape \(20, 64, 128\) and type float32 do not fit"),
        (lambda p: {"chunks": p.chunks.astype(float)}, "type float64 do not fit the networks: give float32"),
        (lambda p: {"chunks": with_value(p.chunks, (3, 5, 5), np.nan)}, "Chunk 3 holds numbers that are not finite"),
        (lambda p: {"chunks": with_value(p.chunks, (8, 5, 5), np.inf)}, "Chunk 8 holds numbers that are not finite"),
        (lambda p: {"chunks": np.full_like(p.chunks, -100.0)}, "one and the same number, so nothing tells songs"),
        (lambda p: {"song": p.song[:-1]}, r"Songs of shape \(19,\) do not fit 20 chunks"),
        (lambda p: {"song": with_value(p.song, 0, 10)}, "songs up to number 10, but there are values of 10 songs"),
        (
            lambda p: {"song": with_value(p.song, p.song == 4, 0)},
            "1 of 6 songs for training have no chunk, the first of them number 4: leave out",
        ),
        (lambda p: {"song": with_value(p.song, p.song == 8, 0)}, "1 of 2 songs for validation have no chunk"),
        (lambda _: {"validation": [6]}, "1 song for validation has no R²: give 2 or more"),
        (lambda _: {"validation": [6, 0]}, "Song 0 is among both those for training and validation"),
        (lambda _: {"validation": [6, 10]}, "number beyond the values of 10 songs"),
        (lambda _: {"validation": [6, 6]}, "no list of different numbers"),
        (lambda _: {"watched": [7]}, "1 song for watched has no R²"),
        (lambda p: {"answers": with_value(p.answers, (slice(0, 6), 0), 5.0)}, "All clips have the same 'valence'"),
        (
            lambda p: {"answers": with_value(p.answers, ([6, 8], 1), 5.0)},
            "All songs for validation have the same 'arousal', of which there is no R²",
        ),
        (lambda p: {"answers": with_value(p.answers, (1, 0), np.nan)}, "1 of 6 clips have a label that is no number"),
        (lambda p: {"answers": with_value(p.answers, (6, 0), np.nan)}, "A song for validation has a value that is no"),
        (lambda p: {"answers": p.answers[:, :1]}, "do not fit the 2 targets valence, arousal"),
        (lambda p: {"answers": p.answers.astype(str)}, "cannot be learnt: give numbers"),
        (lambda _: {"name": "se-lstm"}, 'Unknown network "se-lstm": known: cnn, se-conv, se-gru, se-gru-attention'),
    ],
)
def test_bad_material_is_a_sentence(planted, change, sentence):
    given = {"name": "se-gru", **planted._asdict(), "train": TRAIN, "validation": VALIDATION} | change(planted)
    with pytest.raises(DataError, match=sentence):
        train_network(**given, names=NAMES, settings=SHORT)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"epochs": 0}, "number of epochs of 0"),
        ({"batch": 1.5}, "batch of 1.5"),
        ({"patience": -1}, "patience of -1"),
        ({"learning_rate": -1.0}, "learning rate of -1.0"),
        ({"weight_decay": float("nan")}, "weight decay of nan"),
        ({"dtype": "fp8"}, 'Unknown precision "fp8" of a network: known: fp32, bf16'),
    ],
)
def test_bad_settings_are_a_sentence(settings, sentence):
    with pytest.raises(DataError, match=sentence):
        NetworkSettings(**settings)


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("tpu!", 'Unknown device "tpu!"'),
        ("cuda:99", 'Device "cuda:99" is not to be had here'),
        ("mps", '"mps" is not to be had'),
    ],
)
def test_a_device_that_is_not_there_is_a_sentence(planted, device, sentence):
    with pytest.raises(DataError, match=sentence):
        trained(planted, settings=NetworkSettings(device=device))


def test_a_rate_that_is_too_high_is_a_sentence(planted):
    with pytest.raises(DataError, match="not finite after epoch 1: give a lower learning rate"):
        trained(planted, settings=NetworkSettings(epochs=2, batch=4, learning_rate=1e30))
