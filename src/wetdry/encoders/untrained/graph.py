"""The graph of vibenet with random parameters: drawn by what they do, then settled on given spectrograms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from wetdry.encoders.base import Prepared
from wetdry.encoders.vibenet.graph import open_graph

Floats = npt.NDArray[np.float32]

GAIN = {"Conv": 2.0, "Gemm": 1.0}
"""Operation → variance of what it gives over that of what it is given: a convolution makes up for the rectifier."""
SCALES = {("BatchNormalization", 1), ("LayerNormalization", 1)}
OFFSETS = {("Conv", 2), ("Gemm", 2), ("BatchNormalization", 2), ("LayerNormalization", 2)}
"""Operation and place among its inputs."""
OVER, FIRST = "clips_bands_and_frames", "first_axis"


def drawn_graph(content: bytes, seed: int, spectrograms: Prepared) -> bytes:
    """The published graph with parameters from a seed, its batch normalisations fitted to spectrograms.

    Parameters
    ----------
    content
        The model file; its bytes stay as they are.
    spectrograms
        What the network is given while its normalisations gather means and variances, (window, band, frame).
    """
    import onnx

    model = onnx.load_from_string(content)
    constants = {constant.name: constant for constant in model.graph.initializer}
    for operation, place, name in _inputs(model.graph):
        if name in constants:
            _replace(constants[name], _drawn(operation, place, constants[name], seed))
    for name, gathered in _statistics(model.SerializeToString(), spectrograms).items():
        _replace(constants[name], gathered)
    drawn: bytes = model.SerializeToString()
    return drawn


def _inputs(graph: Any) -> Iterator[tuple[str, int, str]]:
    """Operation, place and name of every input of every node."""
    return ((node.op_type, place, name) for node in graph.node for place, name in enumerate(node.input))


def _drawn(operation: str, place: int, constant: Any, seed: int) -> Floats | None:
    """New values of a parameter; None for what is no parameter, and for statistics, which are gathered later."""
    shape = tuple(constant.dims)
    if (operation, place) in OFFSETS:
        return np.zeros(shape, dtype=np.float32)
    if (operation, place) in SCALES:
        return np.ones(shape, dtype=np.float32)
    if operation in GAIN and place == 1:
        # A stream of its own for each parameter: what one gets does not hang on the order of the others.
        rng = np.random.default_rng([seed, crc32(constant.name.encode())])
        spread = np.sqrt(GAIN[operation] / np.prod(shape[1:]))
        values: Floats = (spread * rng.standard_normal(shape)).astype(np.float32)
        return values
    return None


def _replace(constant: Any, values: Floats | None) -> None:
    from onnx import numpy_helper

    if values is not None:
        constant.CopyFrom(numpy_helper.from_array(values, constant.name))


def _statistics(content: bytes, spectrograms: Prepared) -> dict[str, Floats]:
    """Name of each normalisation's mean and variance → what they are on this batch, layer upon layer."""
    import onnxruntime

    gathering, gathered = _gathering_graph(content)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        open_graph(gathering, list(gathered)), options, providers=["CPUExecutionProvider"]
    )
    values = session.run(list(gathered), {"x": spectrograms})
    return {kept: row[0] for kept, row in zip(gathered.values(), values, strict=True)}


def _gathering_graph(content: bytes) -> tuple[bytes, dict[str, str]]:
    """A graph whose normalisations use the statistics of their batch, and tensor → the name of what it is for."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(content)
    graph = model.graph
    for name, axes in ((OVER, [0, 2, 3]), (FIRST, [0])):
        graph.initializer.append(numpy_helper.from_array(np.array(axes, dtype=np.int64), name))
    gathered: dict[str, str] = {}
    nodes = []
    for node in graph.node:
        if node.op_type == "BatchNormalization":
            nodes.extend(_gathering(node, gathered))
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    return model.SerializeToString(), gathered


def _gathering(normalisation: Any, gathered: dict[str, str]) -> list[Any]:
    """Nodes that give the mean and variance of what a normalisation is given, and make it use them."""
    from onnx import helper

    given, _, _, mean, variance = normalisation.input
    now = {name: f"{name}.now" for name in (mean, variance)}
    gathered.update({f"{name}.row": kept for kept, name in now.items()})
    normalisation.input[3], normalisation.input[4] = now[mean], now[variance]
    own = f"{given}.centre", f"{given}.centred", f"{given}.squared"
    return [
        helper.make_node("ReduceMean", [given, OVER], [own[0]], keepdims=1),
        helper.make_node("Sub", [given, own[0]], [own[1]]),
        helper.make_node("Mul", [own[1], own[1]], [own[2]]),
        helper.make_node("ReduceMean", [given, OVER], [now[mean]], keepdims=0),
        helper.make_node("ReduceMean", [own[2], OVER], [now[variance]], keepdims=0),
        *(helper.make_node("Unsqueeze", [name, FIRST], [f"{name}.row"]) for name in now.values()),
    ]
