"""Directions as files: same direction, same bytes, same readings; and a broken file is never read."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from planted_direction import VIEW, planted
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from wetdry.errors import DataError, EncoderError
from wetdry.studies.direction import Direction
from wetdry.studies.direction.card import Card
from wetdry.studies.direction.fit import direction_of
from wetdry.studies.grids import select_grids

DOCS = Path(__file__).parents[3] / "docs" / "direction.md"


@pytest.fixture
def file(direction, tmp_path):
    path = tmp_path / "gain.safetensors"
    direction.save(path)
    return path


def metadata(path):
    with safe_open(path, framework="np") as opened:
        return opened.metadata()


def rewrite(path, *, card=None, **tensors):
    """Change some tensors of a file (None: leave out) or fields of its card."""
    about = metadata(path)
    if card is not None:
        about["card"] = card if isinstance(card, str) else json.dumps(_merged(json.loads(about["card"]), card))
    kept = {name: tensor for name, tensor in {**load_file(path), **tensors}.items() if tensor is not None}
    save_file(kept, path, metadata=about)


def _merged(old, new):
    return {
        **old,
        **{key: _merged(old[key], value) if isinstance(value, dict) else value for key, value in new.items()},
    }


def test_what_is_read_from_the_file_is_what_was_written(direction, file, rng):
    again = Direction.load(file)
    vectors = rng.standard_normal((50, 5)) * 4
    for name in ("strength", "low", "high", "strangeness"):
        np.testing.assert_array_equal(getattr(again.read(vectors), name), getattr(direction.read(vectors), name))
    assert again.card == direction.card


def test_the_json_beside_it_is_the_card(direction, file):
    assert Card.model_validate_json(file.with_suffix(".json").read_text()) == direction.card
    assert metadata(file) == {"card": direction.card.model_dump_json()}


def test_the_same_clips_give_the_same_bytes(file, tmp_path):
    direction_of(planted(), VIEW, "planted").save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == file.read_bytes()
    assert (tmp_path / "again.json").read_bytes() == file.with_suffix(".json").read_bytes()


def test_numpy_alone_reads_it_as_the_docs_show(direction, file, rng, monkeypatch):
    monkeypatch.chdir(file.parent)
    block = re.search(r"```pycon\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[1]
    code = "\n".join(line[4:] for line in block.splitlines() if line.startswith((">>> ", "... ")))
    vectors = rng.standard_normal((20, 5)) * 4
    names = {"vectors": vectors}
    exec(code.replace("reverb.safetensors", file.name), names)  # noqa: S102
    read = direction.read(vectors)
    np.testing.assert_allclose(names["strength"], read.strength)
    np.testing.assert_allclose(names["low"], read.low)
    np.testing.assert_allclose(names["high"], read.high)
    np.testing.assert_allclose(names["strangeness"], read.strangeness)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"direction": np.full(4, 0.5)}, r"does not hold the tensors of a direction of 5 dimensions \(see direction\)"),
        ({"mean": None}, r"\(see mean\)"),
        ({"extra": np.zeros(1)}, r"\(see its list of tensors\)"),
        ({"axes": np.zeros((2, 4))}, r"\(see axes\)"),
        ({"half_width": np.zeros(1)}, r"\(see half_width\)"),
        ({"projections": np.zeros(0), "positions": np.zeros(0)}, "does not hold the tensors"),
        ({"scale": np.array([1.0, np.nan, 1.0, 1.0, 1.0])}, "holds NaN or infinity in scale"),
        ({"scale": np.zeros(5)}, "holds impossible numbers in scale"),
        ({"direction": np.ones(5)}, "holds impossible numbers in direction"),
        ({"projections": np.array([1.0, 0.0]), "positions": np.array([0.0, 1.0])}, "impossible numbers in projections"),
        ({"projections": np.array([0.0, 1.0]), "positions": np.array([0.0, 1.5])}, "impossible numbers in positions"),
        ({"half_width": np.array(1.5)}, "impossible numbers in half_width"),
        ({"reach": np.array(0.0)}, "impossible numbers in reach"),
        ({"reach": np.array(1e-320)}, "impossible numbers in reach"),
        ({"scale": np.full(5, 1e-320)}, "impossible numbers in scale"),
        ({"mean": np.full(5, 1e308)}, "impossible numbers in mean"),
        ({"mean": np.zeros(5, np.float32)}, "another type than float64"),
        ({"card": "{"}, r"has a card that is wrong \(Invalid JSON"),
        ({"card": {"view": {"dim": 7}}}, r"a direction of 7 dimensions \(see direction\)"),
        ({"card": {"format": "wetdry direction 9"}}, "wrong at format"),
        ({"card": {"level": 2.0}}, "wrong at level"),
        ({"card": {"view": {"window_seconds": 1e-7}}}, "wrong at view.window_seconds"),
        ({"card": {"view": {"window_hop": 1e-7}}}, "wrong at view.window_hop"),
        ({"card": {"view": {"seconds": 1e-9}}}, "wrong at view.seconds"),
        ({"card": {"surprise": 1}}, "wrong at surprise"),
        ({"card": {"effect": {"keys": ["gain"]}}}, "strengths and effects differ in number"),
        ({"card": {"effect": {"strengths": list(range(10, 0, -1))}}}, "strengths do not rise"),
    ],
)
def test_a_broken_file_gets_one_sentence(file, change, sentence):
    rewrite(file, **change)
    with pytest.raises(DataError, match=sentence) as refused:
        Direction.load(file)
    assert str(refused.value).startswith(f"{file}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVE", b"\xff" * 64, b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_file_of_something_else_gets_one_sentence(tmp_path, content):
    path = tmp_path / "some.safetensors"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"is damaged or no safetensors file|carries no card"):
        Direction.load(path)


def test_a_truncated_file_is_damaged(file):
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(DataError, match="is damaged or no safetensors file"):
        Direction.load(file)


def test_a_missing_file_and_a_wrong_name_get_one_sentence(direction, tmp_path):
    with pytest.raises(DataError, match="no such file"):
        Direction.load(tmp_path / "gone.safetensors")
    with pytest.raises(DataError, match=r"name it gain\.safetensors"):
        direction.save(tmp_path / "gain.npz")
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(DataError, match="is a folder"):
        direction.save(tmp_path / "folder.safetensors")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        direction.save(tmp_path / "file" / "gain.safetensors")


def test_an_effect_that_is_not_known_here_is_named(file):
    keys = [f"gein(gain_db={-4 * level})" for level in range(1, 11)]
    rewrite(file, card={"effect": {"keys": keys}})
    with pytest.raises(DataError, match=r'effect "gein\(gain_db=-4\)" cannot be made here: Unknown effect "gein"'):
        Direction.load(file).card.effect.grid()


def test_an_effect_that_sounds_otherwise_here_is_refused(file):
    rewrite(file, card={"effect": {"revisions": ["0"] * 10}})
    with pytest.raises(DataError, match=r"gain\(gain_db=-4\) gives other samples here \(revision 1\)"):
        Direction.load(file).card.effect.grid()


def test_the_grid_of_the_card_is_the_one_it_was_made_of(direction):
    assert direction.card.effect.grid() == select_grids("gain")[0]


def test_vectors_of_another_revision_are_refused(file, bands, monkeypatch):
    rewrite(file, card={"view": {"encoder": "bands@1"}})
    assert Direction.load(file).encoder().spec.key == "bands@1"
    monkeypatch.setattr(bands, "revision", "2")
    with pytest.raises(EncoderError, match="was fitted on bands@1, and this is bands@2"):
        Direction.load(file).encoder()
