"""Files of parameters: read as they were written, or refused in one sentence; never run."""

import json
import os
import re

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from wetdry.encoders.weights.configuration import read_config
from wetdry.encoders.weights.tensors import parameters_file, read_tensors
from wetdry.errors import EncoderError

TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "b.bias": torch.tensor([1, 2], dtype=torch.int64)}


class Trap:
    """Unpickling it would make the folder it names."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def same(tensors):
    return tensors.keys() == TENSORS.keys() and all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)


def write(path, tensors):
    save_file(tensors, path) if path.suffix == ".safetensors" else torch.save(tensors, path)


def sharded(folder, suffix, **change):
    stem = "model" if suffix == "safetensors" else "pytorch_model"
    where = {}
    for number, (name, tensor) in enumerate(TENSORS.items(), start=1):
        where[name] = f"{stem}-{number:05d}-of-00002.{suffix}"
        write(folder / where[name], {name: tensor})
    index = folder / f"{stem}.{suffix}.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": where} | change))
    return index


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "weights.pth"])
def test_tensors_come_back_as_they_were_written(tmp_path, name):
    write(tmp_path / name, TENSORS)
    assert same(read_tensors(tmp_path / name))


def test_files_of_the_older_format_are_read(tmp_path):
    torch.save(TENSORS, tmp_path / "x.bin", _use_new_zipfile_serialization=False)
    assert same(read_tensors(tmp_path / "x.bin"))


@pytest.mark.parametrize("suffix", ["safetensors", "bin"])
def test_shards_are_read_together(tmp_path, suffix):
    assert same(read_tensors(sharded(tmp_path, suffix)))


@pytest.mark.parametrize("entry", ["model", "state_dict"])
def test_a_training_checkpoint_gives_its_parameters(tmp_path, entry):
    torch.save({"iteration": 5, entry: TENSORS, "optimizer": {"lr": 0.1, "state": []}}, tmp_path / "x.pth")
    assert same(read_tensors(tmp_path / "x.pth"))


@pytest.mark.parametrize("module", [b"numpy._core.multiarray", b"numpy.core.multiarray"])
def test_arrays_of_numbers_beside_the_parameters_are_no_obstacle(tmp_path, module):
    """PANNs' checkpoints keep the order of their data loader, pickled by numpy 1."""
    path = tmp_path / "x.pth"
    checkpoint = {"model": TENSORS, "sampler": {"indexes": np.arange(3), "weights": np.ones(2, dtype=np.float32)}}
    torch.save(checkpoint, path, _use_new_zipfile_serialization=False)
    content = path.read_bytes()
    assert b"numpy._core.multiarray" in content
    path.write_bytes(content.replace(b"numpy._core.multiarray", module))
    assert same(read_tensors(path))


def test_what_is_allowed_for_one_file_is_not_allowed_afterwards(tmp_path):
    before = set(torch.serialization.get_safe_globals())
    write(tmp_path / "x.pth", TENSORS)
    read_tensors(tmp_path / "x.pth")
    assert set(torch.serialization.get_safe_globals()) == before


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_file_is_not_run(tmp_path, zipped):
    trap = Trap(str(tmp_path / "sprung"))
    torch.save({"model": TENSORS, "epoch": trap}, tmp_path / "x.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(EncoderError, match=r"x\.pth: holds more than tensors, and nothing is unpickled here"):
        read_tensors(tmp_path / "x.pth")
    assert not (tmp_path / "sprung").exists()


def test_an_array_of_objects_is_refused(tmp_path):
    torch.save({"model": TENSORS, "order": np.array([None, "x"], dtype=object)}, tmp_path / "x.pth")
    with pytest.raises(EncoderError, match="nothing is unpickled here"):
        read_tensors(tmp_path / "x.pth")


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("left", [0, 1, 7, 100, -1, -100])
def test_a_truncated_file_gets_one_sentence(tmp_path, name, left):
    path = tmp_path / name
    write(path, TENSORS)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(EncoderError, match=re.escape(f"{path}: is damaged or not a file of weights; fetch it again.")):
        read_tensors(path)


@pytest.mark.parametrize("left", [10, -1, -40])
def test_a_truncated_file_of_the_older_format_gets_one_sentence(tmp_path, left):
    path = tmp_path / "x.bin"
    torch.save(TENSORS, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(EncoderError, match="is damaged or not a file of weights"):
        read_tensors(path)


@pytest.mark.parametrize(
    "content", [b"<html>404</html>", b"version https://git-lfs.github.com/spec/v1\n", b"PK\x03\x04"]
)
@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_another_kind_of_file_gets_one_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EncoderError, match="is damaged or not a file of weights"):
        read_tensors(tmp_path / name)


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {}, {"model": {"a": 1}}, {1: torch.ones(1)}, torch.ones(1)])
def test_a_file_without_parameters_by_name_gets_one_sentence(tmp_path, content):
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(EncoderError, match=r"x\.pth: holds no parameters by name"):
        read_tensors(tmp_path / "x.pth")


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"])
def test_a_missing_file_gets_one_sentence(tmp_path, name):
    with pytest.raises(EncoderError, match=f"{re.escape(name)}: no such file; check that its folder"):
        read_tensors(tmp_path / name)


def test_a_folder_is_no_file_of_parameters(tmp_path):
    (tmp_path / "x.bin").mkdir()
    with pytest.raises(EncoderError, match=r"x\.bin: cannot be read \(not a file\)"):
        read_tensors(tmp_path / "x.bin")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weight_map": None}, 'has no "weight_map"'),
        ({"weight_map": {"a": 3}}, 'has no "weight_map"'),
        ({"weight_map": {"a": "../x.safetensors"}}, 'names "../x.safetensors", which is no file beside it'),
        ({"weight_map": {"a": "/x.safetensors"}}, 'names "/x.safetensors", which is no file beside it'),
        ({"weight_map": {"a": ".."}}, 'names "..", which is no file beside it'),
        ({"weight_map": {"a": "model.safetensors.index.json"}}, "which is no file beside it"),
        ({"weight_map": {"a": "gone.safetensors"}}, r"gone\.safetensors: no such file"),
        ({"weight_map": {"c": "model-00001-of-00002.safetensors"}}, r"00001-of-00002\.safetensors: lacks c, which"),
    ],
)
def test_an_index_that_is_wrong_gets_one_sentence(tmp_path, change, sentence):
    index = sharded(tmp_path, "safetensors", **change)
    with pytest.raises(EncoderError, match=sentence):
        read_tensors(index)


def test_safetensors_are_preferred(tmp_path):
    with pytest.raises(
        EncoderError, match=r"holds no file of parameters; put model\.safetensors or pytorch_model\.bin"
    ):
        parameters_file(tmp_path)
    for name in (
        "pytorch_model.bin.index.json",
        "pytorch_model.bin",
        "model.safetensors.index.json",
        "model.safetensors",
    ):
        (tmp_path / name).touch()
        assert parameters_file(tmp_path) == tmp_path / name


def test_a_config_is_read(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "hubert", "größe": 3}', encoding="utf-8")
    assert read_config(tmp_path) == {"model_type": "hubert", "größe": 3}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b"[]", "is no JSON object but a list"),
        (None, "no such file"),
    ],
)
def test_a_bad_config_gets_one_sentence(tmp_path, content, sentence):
    if content is not None:
        (tmp_path / "other.json").write_bytes(content)
    with pytest.raises(EncoderError, match=rf"other\.json: {sentence}"):
        read_config(tmp_path, "other.json")
