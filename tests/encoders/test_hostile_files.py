"""Files that somebody made to run code, to fill the memory or to keep a process waiting: one sentence, at once."""

import gzip
import io
import json
import os
import pickle
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tiny import clap as tiny_clap
from tiny import openl3 as tiny_openl3

from wetdry.encoders.clap.checkpoint import read_front_end
from wetdry.encoders.clap.text import _tokenizer
from wetdry.encoders.openl3.keras_file import read_weights
from wetdry.encoders.waveform.checkpoint import read_architecture
from wetdry.encoders.weights.configuration import MOST, described_by, read_config
from wetdry.encoders.weights.fill import check_size, fill
from wetdry.encoders.weights.sources import existing
from wetdry.encoders.weights.tensors import read_tensors
from wetdry.errors import EncoderError

LARGE = 1 << 36


class Call:
    """Unpickling it calls a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.fixture
def frugally():
    """The memory that a test takes at most, in bytes; what torch and numpy ask for is not counted until it is used."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def refusal(path):
    with pytest.raises(EncoderError) as caught:
        read_tensors(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("suffix", ["pth", "bin", "pt", "ckpt", "safetensors"])
def test_no_pickle_is_run_under_any_suffix_and_torch_remarks_nothing(tmp_path, protocol, suffix, recwarn):
    path, trace = tmp_path / f"trap.{suffix}", tmp_path / "trace"
    path.write_bytes(pickle.dumps({"a": Call(os.mkdir, str(trace))}, protocol=protocol))
    refusal(path)
    assert not trace.exists()
    assert not recwarn.list


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_cannot_ask_for_memory_that_it_brings_no_bytes_for(tmp_path, frugally, zipped):
    path = tmp_path / "x.bin"
    torch.save({"a": Call(bytearray, LARGE)}, path, _use_new_zipfile_serialization=zipped)
    assert "is damaged or not a file of weights" in refusal(path)
    assert frugally() < 1 << 24


def test_an_array_larger_than_memory_gets_one_sentence(tmp_path):
    path = tmp_path / "x.bin"
    torch.save({"a": Call(np.ndarray, (1 << 58,))}, path)
    assert "asks for more memory than there is" in refusal(path)


def repacked(path, method, repeat=1):
    """torch's archive of 64 MB, each member of it written `repeat` times and packed in another way."""
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(1 << 24)}, buffer)
    with zipfile.ZipFile(buffer) as given, zipfile.ZipFile(path, "w", method) as made:
        for name in given.namelist() * repeat:
            made.writestr(name, given.read(name))
    return path


def test_an_archive_that_grows_is_refused_before_it_does(tmp_path, frugally):
    path = repacked(tmp_path / "x.bin", zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1 << 20
    tracemalloc.reset_peak()
    assert "is damaged" in refusal(path)
    assert frugally() < 1 << 22


def test_an_archive_packed_anew_but_not_compressed_is_read(tmp_path):
    assert read_tensors(repacked(tmp_path / "x.bin", zipfile.ZIP_STORED))["a"].shape == (1 << 24,)


STRANGE = {
    "sparse": torch.eye(3).to_sparse(),
    "without values": torch.zeros(3, device="meta"),
    "larger than its numbers": torch.zeros(1).expand(1 << 20, 1 << 16),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_tensors_that_are_not_plain_are_refused(tmp_path, kind):
    torch.save({"b.weight": STRANGE[kind]}, tmp_path / "x.bin")
    assert "b.weight is no plain tensor" in refusal(tmp_path / "x.bin")


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.bool, torch.float8_e4m3fn, torch.complex64])
def test_quantised_parameters_are_refused_rather_than_taken_for_numbers(tmp_path, dtype):
    path = tmp_path / "model.safetensors"
    save_file({"weight": torch.ones(2, 3).to(dtype), "bias": torch.zeros(2)}, path)
    with pytest.raises(EncoderError, match=r"model\.safetensors: weight is quantised \(torch\.\w+\); give weights in"):
        fill(torch.nn.Linear(3, 2), read_tensors(path), path)


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path):
    for name in ("config.json", "x.safetensors", "x.bin", "x.h5"):
        os.mkfifo(tmp_path / name)
    for name in ("x.safetensors", "x.bin"):
        assert "cannot be read (not a file)" in refusal(tmp_path / name)
    with pytest.raises(EncoderError, match=r"config\.json: cannot be read \(not a file\)"):
        read_config(tmp_path)
    with pytest.raises(EncoderError, match=r"x\.h5: cannot be read \(not a file\)"):
        read_weights(tmp_path / "x.h5")
    for path in (tmp_path / "x.h5", "/dev/zero"):
        with pytest.raises(EncoderError, match="no such file or folder of weights"):
            existing(path)


@pytest.mark.parametrize("where", ["~nobody-has-this-name/x", "a" * 5000])
def test_a_path_that_cannot_be_one_gets_one_sentence(where):
    with pytest.raises(EncoderError, match=r"check it|no such file"):
        existing(where)


@pytest.mark.parametrize("content", ["[" * 200_000, '{"a":' * 100_000])
def test_nesting_without_end_gets_one_sentence(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(EncoderError, match="nested too deeply"):
        read_config(tmp_path)


def test_a_configuration_without_end_is_not_read(tmp_path):
    with (tmp_path / "config.json").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(EncoderError, match=r"config\.json: is far too large for a configuration"):
        read_config(tmp_path)


def test_a_file_in_the_place_of_its_folder_is_named(tmp_path):
    (tmp_path / "pytorch_model.bin").touch()
    with pytest.raises(EncoderError, match=r"pytorch_model\.bin: is one file; give the folder that holds config\.json"):
        read_config(tmp_path / "pytorch_model.bin")


@pytest.mark.parametrize("option", MOST)
@pytest.mark.parametrize("value", ["1e999", "NaN", "1" + "0" * 30, "-1"])
def test_no_size_beyond_that_of_any_model_is_believed(tmp_path, option, value):
    for content in (f'{{"{option}": {value}}}', f'{{"audio_config": {{"{option}": [1, {value}]}}}}'):
        (tmp_path / "config.json").write_text(content)
        with pytest.raises(EncoderError, match=f"config.json: a {option} of .* is none that a model can have"):
            read_config(tmp_path)


@pytest.mark.parametrize(
    "config",
    [
        {"_attn_implementation": "someone/kernels"},
        {"audio_config": {"attn_implementation": "paged|someone/kernels@v1"}},
        {"_attn_implementation": {"": "eager", "audio_config": "someone/kernels:module"}},
        {"text_config": {"experts_implementation": "someone/kernels"}},
    ],
)
def test_a_configuration_cannot_name_code_to_be_fetched_and_run(tmp_path, config):
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(EncoderError, match=r'config\.json: asks for code of ".*someone/kernels.*", and no code of a'):
        read_config(tmp_path)


def test_kernels_of_transformers_itself_may_be_named(tmp_path):
    (tmp_path / "config.json").write_text('{"_attn_implementation": "sdpa", "attn_implementation": null}')
    assert read_config(tmp_path)["_attn_implementation"] == "sdpa"


def test_sizes_of_published_models_are_believed(tmp_path):
    decoder = {"num_hidden_layers": 80, "hidden_size": 8192, "vocab_size": 156_032, "max_position_embeddings": 1 << 20}
    config = {"d_model": 1280, "encoder_layers": 32, "max_source_positions": 1500, "text_config": decoder}
    front_end = {"sampling_rate": 48_000, "n_samples": 480_000, "chunk_length": 30, "feature_size": 128, "depths": None}
    (tmp_path / "config.json").write_text(json.dumps(config | front_end))
    assert read_config(tmp_path) == config | front_end


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("by zero"), RuntimeError("two\nlines"), RecursionError(), KeyError("x")]
)
def test_what_a_definition_makes_of_nonsense_becomes_one_sentence(tmp_path, error):
    with (
        pytest.raises(EncoderError, match=r"config\.json: describes no network \([^\n]+\); fetch it again\.$"),
        described_by(tmp_path / "config.json", "network"),
    ):
        raise error


def test_a_network_beyond_its_file_is_refused_before_it_takes_memory(tmp_path):
    def build():
        return torch.nn.Linear(1 << 17, 1 << 17)

    with pytest.raises(
        EncoderError, match=r"holds 2 numbers where its config\.json describes a network of 17,180,000,256"
    ):
        check_size(build, {"weight": torch.zeros(2)}, tmp_path / "model.safetensors")
    check_size(lambda: torch.nn.Linear(3, 2), {}, tmp_path / "model.safetensors")


def keras_file(path, fill_layer):
    """An HDF5 file of one layer, `a`, which is made by `fill_layer`."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"a"]
        layer = file.create_group("a")
        layer.attrs["weight_names"] = [b"kernel:0"]
        fill_layer(layer)
    return path


def virtual(layer):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(4,))
    layer.create_virtual_dataset("kernel:0", layout)


def many(layer):
    layer.create_dataset("x", shape=(1 << 20,), dtype="f4")
    layer.attrs["weight_names"] = [f"{number}/kernel:0".encode() for number in range(1000)]
    for number in range(1000):
        layer[f"{number}/kernel:0"] = layer["x"]


LAYERS = {
    "values not stored": lambda layer: layer.create_dataset("kernel:0", shape=(LARGE,), dtype="f4"),
    "compressed": lambda layer: layer.create_dataset("kernel:0", data=np.zeros(1 << 20, "f4"), compression="gzip"),
    "another file's bytes": lambda layer: layer.create_dataset(
        "kernel:0", shape=(4,), dtype="f4", external=[("/etc/passwd", 0, 16)]
    ),
    "virtual": virtual,
    "linked to another file": lambda layer: layer.__setitem__("kernel:0", h5py.ExternalLink("/tmp/other.h5", "/x")),  # noqa: S108
    "linked to itself": lambda layer: layer.__setitem__("kernel:0", h5py.SoftLink("/a/kernel:0")),
    "text": lambda layer: layer.create_dataset("kernel:0", data=["1"], dtype=h5py.string_dtype()),
    "references": lambda layer: layer.create_dataset("kernel:0", data=[layer.ref], dtype=h5py.ref_dtype),
    "complex": lambda layer: layer.create_dataset("kernel:0", data=np.zeros(3, "c8")),
    "a group": lambda layer: layer.create_group("kernel:0"),
    "one array a thousand times": many,
    "names that are numbers": lambda layer: layer.attrs.__setitem__("weight_names", np.arange(3)),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_only_plain_arrays_of_the_file_itself_are_weights(tmp_path, kind, frugally, recwarn):
    path = keras_file(tmp_path / "x.h5", LAYERS[kind])
    tracemalloc.reset_peak()
    with pytest.raises(EncoderError, match=r"x\.h5: is damaged or no HDF5 file of weights; fetch it again\.$"):
        read_weights(path)
    assert frugally() < 1 << 24
    assert not recwarn.list


def test_a_file_of_zeros_is_not_unpacked_to_its_end(tmp_path, monkeypatch, frugally):
    monkeypatch.setattr("wetdry.encoders.openl3.keras_file.MOST_BYTES", 1 << 20)
    path = tmp_path / "x.h5.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for _ in range(64):
            stream.write(bytes(1 << 20))
    tracemalloc.reset_peak()
    with pytest.raises(EncoderError, match=r"x\.h5\.gz: does not hold the 8 convolutions"):
        read_weights(path)
    assert frugally() < 1 << 24


def test_infinite_weights_are_refused_rather_than_folded(tmp_path):
    path = tiny_openl3.write(tmp_path / "x.h5", tiny_openl3.NARROW)
    with h5py.File(path, "a") as file:
        file["conv2d_9/conv2d_9/kernel:0"][0, 0, 0, 0] = np.inf
    with pytest.raises(EncoderError, match=r"x\.h5: is damaged or no HDF5 file of weights; fetch it again\.$"):
        read_weights(path)


def test_a_shard_whose_name_no_file_can_have_gets_one_sentence(tmp_path):
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "x" * 300 + ".safetensors"}}))
    with pytest.raises(EncoderError, match=r"cannot be read \(File name too long\)"):
        read_tensors(index)


def test_a_size_that_is_a_text_is_not_believed(tmp_path):
    (tmp_path / "config.json").write_text('{"n_fft": "99999999999"}')
    with pytest.raises(EncoderError, match=r"config\.json: a n_fft of 99999999999\.0 is none that a model can have"):
        read_config(tmp_path)


def test_a_pickle_that_ends_within_a_number_gets_one_sentence(tmp_path):
    path = tmp_path / "x.bin"
    torch.save({"a": torch.zeros(3)}, path, _use_new_zipfile_serialization=False)
    whole = path.read_bytes()
    for end in range(len(whole) - 1):
        path.write_bytes(whole[:end])
        refusal(path)


@pytest.mark.parametrize(
    "content", ["{", '{"model": {"type": "BPE", "vocab": 1, "merges": [[1]]}}', '{"normalizer": 1}']
)
def test_a_tokenizer_that_is_none_gets_one_sentence(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(EncoderError, match=r"tokenizer\.json: is no tokenizer that can be read \("):
        _tokenizer(tmp_path)


@pytest.mark.parametrize("kind", [[], {"a": 1}, 3, None])
def test_a_kind_of_model_that_is_no_text_gets_one_sentence(tmp_path, kind):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": kind}))
    (tmp_path / "preprocessor_config.json").write_text("{}")
    with pytest.raises(EncoderError, match=r"config\.json: describes a model of type"):
        read_architecture(tmp_path)


@pytest.mark.parametrize("seconds", [0, 1e-9])
def test_a_front_end_without_a_window_gets_one_sentence(tmp_path, seconds):
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(tiny_clap.FRONT_END | {"max_length_s": seconds}))
    with pytest.raises(EncoderError, match=r"preprocessor_config\.json: a max_length_s of .* is no window"):
        read_front_end(tmp_path)
