import numpy as np
import onnx
import onnxruntime
import pytest

from wetdry.encoders import encoder
from wetdry.encoders.vibenet import graph as vibenet_graph
from wetdry.encoders.vibenet.encoder import BLOCK_DIMS
from wetdry.encoders.vibenet.graph import block_outputs, model_path, open_graph, read_model
from wetdry.errors import EncoderError

# The last tensor of the stem and of each MBConv block, read off the published graph.
LAST_TENSORS = [
    "silu",
    "getitem_6",
    "getitem_15",
    "add_157",
    "getitem_33",
    "add_262",
    "getitem_51",
    "add_367",
    "add_426",
    "getitem_78",
    "add_531",
    "add_590",
    "getitem_105",
    "add_695",
    "add_754",
    "add_813",
    "getitem_141",
]


@pytest.fixture(scope="module")
def content():
    return read_model(model_path())


@pytest.fixture(scope="module")
def published(content):
    """Runs the published graph, no node changed, with the named inner tensors also given."""
    model = onnx.load_from_string(content)
    known = {output.name for output in model.graph.output}
    for name in [*LAST_TENSORS, "view", "gelu"]:
        if name not in known:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda spectrogram: dict(zip(names, session.run(names, {"x": spectrogram}), strict=True))


def operations(content):
    return [node.op_type for node in onnx.load_from_string(content).graph.node]


def test_blocks_are_found_by_their_structure(content):
    assert block_outputs(onnx.load_from_string(content).graph) == LAST_TENSORS


def test_every_layer_equals_the_published_graph(published, music):
    vibenet = encoder("vibenet")
    spectrograms = vibenet.prepare_clip(music)
    ours = vibenet.forward(spectrograms, [layer.name for layer in vibenet.spec.layers])
    theirs = published(spectrograms)
    for index, (tensor, dim) in enumerate(zip(LAST_TENSORS, BLOCK_DIMS, strict=True)):
        mean = theirs[tensor].astype(np.float64).mean(axis=(2, 3))
        assert mean.shape == (1, dim)
        np.testing.assert_allclose(ours[f"block{index}"], mean, rtol=1e-4, atol=1e-5)
    for layer, tensor in {"pooled": "view", "trunk": "gelu", "logits": "out"}.items():
        np.testing.assert_allclose(ours[layer], theirs[tensor], rtol=1e-5, atol=1e-6)


def test_the_opened_graph_takes_batches(content, rng):
    session = onnxruntime.InferenceSession(open_graph(content, ["view"]), providers=["CPUExecutionProvider"])
    spectrograms = (20 * rng.standard_normal((3, 128, 30)) - 40).astype(np.float32)
    (together,) = session.run(["view"], {"x": spectrograms})
    assert together.shape == (3, 1280)
    for index in range(3):
        (alone,) = session.run(["view"], {"x": spectrograms[index : index + 1]})
        np.testing.assert_allclose(together[index], alone[0], rtol=0, atol=1e-6)


def test_the_heads_pay_nothing_for_the_blocks(content):
    assert operations(open_graph(content, ["out"])) == operations(content)


def test_an_early_block_does_without_the_later_ones(content):
    early = operations(open_graph(content, ["block3"]))
    assert early[-1] == "ReduceMean"
    assert "Gemm" not in early
    assert early.count("Conv") == 1 + 4 + 5 + 5
    assert len(open_graph(content, ["block3"])) < len(content) / 50


def test_another_file_is_refused(tmp_path):
    other = tmp_path / "efficientnet_model.onnx"
    other.write_bytes(b"another network")
    with pytest.raises(EncoderError, match=r"efficientnet_model\.onnx: is not the model of vibenet 0\.1\.0"):
        read_model(other)


def test_a_missing_package_is_answered_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr(vibenet_graph, "find_spec", lambda _: None)
    with pytest.raises(EncoderError, match=r"pip install vibenet==0\.1\.0"):
        model_path()
