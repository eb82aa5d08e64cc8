"""The vibenet network as a graph: found beside its package, verified, and opened at its inner layers.

The published graph says `[1, 1280]` where it flattens the pooled features, so it takes one clip at a
time, and it gives the seven heads only. Both are mended in memory; the weights are those of the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from wetdry.errors import EncoderError

SHA256 = "efa88450153863a1461989a00846526ac9230665b19fbf82f33e46fdeef7d275"

BATCH_BOUND_SHAPE = "val_482"
"""The constant `[1, 1280]`: the one thing in the graph that forbids batches."""

FIRST_CONV_OF_A_BLOCK = re.compile(r"backbone\.features\.(\d+\.\d+\.block\.0\.0|8\.0)\.weight")
"""Weights that read what the block before gave; `8.0` is the head convolution behind the last block."""


def model_path() -> Path:
    """The ONNX file of the installed vibenet package, whose code is not imported."""
    package = find_spec("vibenet")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder) / "artifacts" / "efficientnet_model.onnx"
        if path.is_file():
            return path
    raise EncoderError("The vibenet model is not installed; install it with: pip install vibenet==0.1.0")


def read_model(path: Path) -> bytes:
    """The bytes of the model file; any file but the one wetdry knows is refused."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise EncoderError(f"{path}: is not the model of vibenet 0.1.0; install it with: pip install vibenet==0.1.0")
    return content


def block_outputs(graph: Any) -> list[str]:
    """Tensors (batch, channel, band, frame) behind the stem and behind each MBConv block, in order."""
    return [
        node.input[0]
        for node in graph.node
        if node.op_type == "Conv" and FIRST_CONV_OF_A_BLOCK.fullmatch(node.input[1])
    ]


def open_graph(content: bytes, outputs: Sequence[str]) -> bytes:
    """A graph that takes batches and gives `outputs`, with nothing in it that they do not need.

    An output is a tensor of the published graph, or `block0` … `block16`: a block's output averaged
    over bands and frames, shape (batch, channel).
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_from_string(content)
    graph = model.graph
    for constant in graph.initializer:
        if constant.name == BATCH_BOUND_SHAPE:
            constant.CopyFrom(numpy_helper.from_array(np.array([-1, 1280], dtype=np.int64), constant.name))
    graph.initializer.append(numpy_helper.from_array(np.array([2, 3], dtype=np.int64), "bands_and_frames"))
    graph.node.extend(
        helper.make_node("ReduceMean", [tensor, "bands_and_frames"], [f"block{index}"], keepdims=0)
        for index, tensor in enumerate(block_outputs(graph))
    )
    del graph.value_info[:]  # shapes inferred for a batch of one
    del graph.output[:]
    graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", None]) for name in outputs
    )
    _keep_only_what_leads_to(graph, outputs)
    opened: bytes = model.SerializeToString()
    return opened


def _keep_only_what_leads_to(graph: Any, outputs: Sequence[str]) -> None:
    needed = set(outputs)
    nodes = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            nodes.append(node)
    constants = [constant for constant in graph.initializer if constant.name in needed]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(nodes))
    graph.initializer.extend(constants)
