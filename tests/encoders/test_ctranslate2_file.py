"""Files that CTranslate2's own converter wrote, and files that nobody should have written."""

import struct
from pathlib import Path

import numpy as np
import pytest

from wetdry.encoders.whisper.ctranslate2_file import read_contents
from wetdry.errors import EncoderError

GOLDEN = Path(__file__).parent / "golden" / "whisper.npz"
FLOAT32, INT8, INT16, INT32, FLOAT16, BFLOAT16 = range(6)


def text(value):
    return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"


def variable(name, shape, kind, content):
    head = text(name) + struct.pack("<B", len(shape)) + struct.pack(f"<{len(shape)}I", *shape)
    return head + struct.pack("<BI", kind, len(content)) + content


def model(*variables, aliases=(), version=6, count=None):
    head = struct.pack("<I", version) + text("WhisperSpec") + struct.pack("<I", 3)
    head += struct.pack("<I", len(variables) if count is None else count)
    tail = struct.pack("<I", len(aliases)) + b"".join(text(alias) + text(name) for alias, name in aliases)
    return head + b"".join(variables) + tail


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "model.bin"
        path.write_bytes(content)
        return path

    return write


HALF = variable("half", (2, 2), FLOAT16, np.array([[1, -2], [0.5, 3]], "<f2").tobytes())


def test_values_shapes_and_aliases_are_read(written):
    contents = read_contents(written(model(HALF, aliases=[("same", "half")])))
    assert contents.specification == "WhisperSpec"
    assert list(contents.variables) == ["half", "same"]
    assert contents.variables["half"].shape == (2, 2)
    assert contents.floats("half").dtype == np.float32
    assert contents.floats("half").tolist() == contents.floats("same").tolist() == [[1, -2], [0.5, 3]]


def test_a_scalar_has_no_dimensions(written):
    contents = read_contents(written(model(variable("heads", (), INT16, struct.pack("<h", 6)))))
    assert contents.stored("heads") == 6
    assert contents.stored("heads").shape == ()


def test_bfloat16_is_the_upper_half_of_float32(written):
    values = np.array([1.0, -0.15625, 3e38], dtype=np.float32)
    upper = (values.view(np.uint32) >> 16).astype("<u2")
    read = read_contents(written(model(variable("b", (3,), BFLOAT16, upper.tobytes())))).floats("b")
    assert read[:2].tolist() == [1.0, -0.15625]
    np.testing.assert_allclose(read[2], 3e38, rtol=2**-7)


def test_rows_are_divided_by_their_scales_and_matrices_by_theirs(written):
    rows = np.array([[[127, -64]], [[10, 0]]], dtype=np.int8)
    content = model(
        variable("rows", (2, 1, 2), INT8, rows.tobytes()),
        variable("rows_scale", (2,), FLOAT32, np.array([127, 5], "<f4").tobytes()),
        variable("all", (2,), INT16, np.array([512, -1024], "<i2").tobytes()),
        variable("all_scale", (), FLOAT32, np.array(1024, "<f4").tobytes()),
    )
    contents = read_contents(written(content))
    np.testing.assert_allclose(contents.floats("rows"), [[[1, -64 / 127]], [[2, 0]]], rtol=1e-6)
    assert contents.floats("all").tolist() == [0.5, -1.0]


@pytest.mark.parametrize(("kind", "tolerance"), [("int8", 0.5 / 127), ("float16", 2**-11), ("bfloat16", 2**-8)])
def test_what_ctranslate2_converted_is_what_was_converted(written, kind, tolerance):
    """Tolerance: half a step of each format, relative to the largest value of a matrix."""
    pytest.importorskip("transformers")
    from tiny.whisper import network

    original = {name: value.numpy() for name, value in network().model.encoder.state_dict().items()}
    contents = read_contents(written(np.load(GOLDEN)[f"{kind}_bin"].tobytes()))
    assert contents.specification == "WhisperSpec"
    for ours, theirs in [
        ("conv2.weight", "conv2/weight"),
        ("layers.1.fc1.weight", "layer_1/ffn/linear_0/weight"),
        ("layers.0.self_attn.out_proj.weight", "layer_0/self_attention/linear_1/weight"),
        ("layer_norm.bias", "layer_norm/beta"),
    ]:
        expected = original[ours]
        np.testing.assert_allclose(
            contents.floats(f"encoder/{theirs}"), expected, rtol=0, atol=1.001 * tolerance * np.abs(expected).max()
        )


def test_a_variable_that_is_not_there_is_named(written):
    with pytest.raises(EncoderError, match=r"model\.bin: has no variable other; give"):
        read_contents(written(model(HALF))).floats("other")


def test_every_truncation_is_refused(written):
    content = model(HALF, aliases=[("same", "half")])
    for length in range(len(content)):
        with pytest.raises(EncoderError, match=r"model\.bin: is "):
            read_contents(written(content[:length]))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(model(HALF) + b"\0", id="bytes behind the end"),
        pytest.param(model(HALF, HALF), id="a name twice"),
        pytest.param(model(HALF, count=2**32 - 1), id="more variables than bytes"),
        pytest.param(model(HALF, aliases=[("same", "nothing")]), id="alias of nothing"),
        pytest.param(model(HALF, aliases=[("half", "half")]), id="alias of itself"),
        pytest.param(model(variable("x", (1,), 6, b"\0")), id="unknown kind"),
        pytest.param(model(variable("x", (3,), FLOAT32, bytes(8))), id="shape and size differ"),
        pytest.param(model(variable("x", (2**31, 2**31, 4), FLOAT32, bytes(8))), id="a product beyond 64 bits"),
        pytest.param(model(variable("x", (1,) * 9, INT8, b"\0")), id="too many dimensions"),
        pytest.param(model(HALF).replace(b"half\0", b"h\xfflf\0"), id="a name that is no text"),
        pytest.param(model(HALF).replace(b"half\0", b"half!"), id="a name without its end"),
    ],
)
def test_a_file_at_odds_with_itself_is_refused(written, content):
    with pytest.raises(EncoderError, match=r"model\.bin: is damaged or no model of CTranslate2; convert or fetch"):
        read_contents(written(content))


@pytest.mark.parametrize("version", [0, 3, 7, 0x04034B50])
def test_another_version_or_another_format_is_refused(written, version):
    with pytest.raises(EncoderError, match="binary version 4 to 6; give a model"):
        read_contents(written(model(HALF, version=version)))


@pytest.mark.parametrize("scale", [[1.0, 2.0, 3.0], [1.0, 0.0], [1.0, float("nan")]])
def test_scales_that_do_not_fit_are_refused(written, scale):
    content = model(
        variable("x", (2, 2), INT8, bytes(4)),
        variable("x_scale", (len(scale),), FLOAT32, np.array(scale, "<f4").tobytes()),
    )
    with pytest.raises(EncoderError, match="the scales of x do not fit it"):
        read_contents(written(content)).floats("x")


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(EncoderError, match=r"model\.bin: cannot be read \(No such file or directory\)"):
        read_contents(tmp_path / "model.bin")


def test_a_file_that_shrinks_after_it_was_read_is_refused(written):
    contents = read_contents(written(model(HALF)))
    contents.path.write_bytes(b"")
    with pytest.raises(EncoderError, match="is damaged"):
        contents.floats("half")
