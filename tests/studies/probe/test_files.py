"""A probe's file: whole, the same every time, and nothing of a stranger's is believed."""

import json

import numpy as np
import pytest
from planted_probe import DIM, NAMES, trained_numbers, trained_quadrants, vectors_of
from safetensors import safe_open
from safetensors.numpy import save_file

from wetdry.errors import DataError
from wetdry.studies.probe import TrainedProbe, read_probe


@pytest.fixture(scope="module")
def numbers():
    return trained_numbers()


@pytest.fixture
def file(tmp_path, numbers):
    place = tmp_path / "probe.safetensors"
    numbers.save(place)
    return place


def parts(file):
    with safe_open(file, framework="np") as opened:
        return {name: opened.get_tensor(name) for name in opened.keys()}, json.loads(opened.metadata()["card"])  # noqa: SIM118


def changed(file, tensors=None, card=None):
    """The file with some tensors and some of the card replaced; None removes a tensor."""
    own, written = parts(file)
    kept = {name: tensor for name, tensor in (own | (tensors or {})).items() if tensor is not None}
    save_file(kept, file, {"card": json.dumps(written | (card or {}))})
    return file


@pytest.mark.parametrize("make", [trained_numbers, trained_quadrants])
def test_what_is_read_is_what_was_written(tmp_path, make):
    trained = make()
    trained.save(tmp_path / "probe.safetensors")
    again = read_probe(tmp_path / "probe.safetensors")
    fresh = vectors_of(20, 5)
    np.testing.assert_array_equal(again.estimate(fresh), trained.estimate(fresh))
    np.testing.assert_array_equal(again.probe.novelty(fresh), trained.probe.novelty(fresh))
    assert again.card == trained.card
    assert again.clips == trained.clips


def test_the_same_clips_give_the_same_bytes(tmp_path, file):
    trained_numbers().save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == file.read_bytes()


def test_the_card_lies_beside_the_file(file, numbers):
    assert file.with_suffix(".json").read_text(encoding="utf-8") == numbers.card.json_text()


def test_a_file_needs_its_suffix(tmp_path, numbers):
    with pytest.raises(DataError, match=r"name it mood\.safetensors"):
        numbers.save(tmp_path / "mood.bin")


def test_no_file_is_a_sentence(tmp_path):
    with pytest.raises(DataError, match=r"no such file.*wetdry probe train"):
        TrainedProbe.load(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "damaged"), (b"\x80\x04K\x01.", "damaged"), (b"\xff" * 100, "damaged"), (b"{" * 4096, "damaged")],
)
def test_other_bytes_are_no_probe(tmp_path, content, words):
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_probe(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"training_clips": None}, "hashes of its 60 training clips"),
        ({"training_clips": np.zeros((59, 16), dtype=np.uint8)}, "hashes of its 60 training clips"),
        ({"training_clips": np.zeros((60, 16))}, "hashes of its 60 training clips"),
        ({"mean": None}, "mean"),
        ({"mean": np.full(DIM, np.nan)}, "mean"),
        ({"mean": np.zeros(DIM + 1)}, "mean"),
        ({"stray": np.zeros(3)}, "stray"),
        ({"mean": np.zeros(DIM, dtype=np.float16)}, "another type"),
    ],
)
def test_tensors_that_are_none_of_a_probe_are_refused(file, tensors, words):
    with pytest.raises(DataError, match=words):
        read_probe(changed(file, tensors))


@pytest.mark.parametrize(
    ("twist", "words"),
    [
        (lambda _: {"format": "wetdry direction 1"}, "format"),
        (lambda _: {"surprise": 1}, "surprise"),
        (lambda card: {"view": card["view"] | {"dim": DIM + 1}}, "another probe than its tensors"),
        (lambda card: {"outputs": card["outputs"][::-1]}, "another probe than its tensors"),
        (lambda _: {"outputs": [{"name": name, "clips": 3} for name in NAMES]}, "another probe than its tensors"),
        (lambda _: {"outputs": []}, "outputs"),
        (lambda card: {"probe": card["probe"] | {"family": "oracle"}}, "oracle"),
        (lambda card: {"training": card["training"] | {"clips": 61}}, "61 training clips"),
    ],
)
def test_cards_that_are_none_of_a_probe_are_refused(file, twist, words):
    with pytest.raises(DataError, match=words):
        read_probe(changed(file, card=twist(parts(file)[1])))


def test_a_file_without_a_card_is_refused(file):
    tensors, _ = parts(file)
    save_file(tensors, file)
    with pytest.raises(DataError, match="carries no card of a probe"):
        read_probe(file)
