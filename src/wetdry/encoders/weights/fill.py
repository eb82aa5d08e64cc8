"""Giving a network the parameters of a file, and refusing a file that is not of that network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wetdry.encoders.weights.configuration import described_by
from wetdry.errors import EncoderError

if TYPE_CHECKING:
    import torch

ROUNDED = ("torch.float64", "torch.float32", "torch.bfloat16", "torch.float16")
"""Types of parameters that are what they stand for; smaller ones need scales, which files keep in many ways."""
COMPUTED = 1 << 24
"""Numbers that a network may need beyond those of its file: tables that it makes itself."""


def fill(
    network: torch.nn.Module,
    tensors: Mapping[str, torch.Tensor],
    path: Path,
    *,
    dtype: torch.dtype | None = None,
    exactly: bool = False,
) -> None:
    """Put tensors in the place of a network's parameters; the network may have no memory yet (`meta`).

    Parameters
    ----------
    tensors
        By the names of the network; integer ones may be missing where the network makes them itself, since
        releases differ in which tables and counters they store.
    path
        The file that the tensors come from, for the sentence that refuses it.
    dtype
        Precision of what is not an integer; that of the network if None.
    exactly
        Refuse tensors that the network has no place for.
    """
    places = network.state_dict()
    values = {}
    for name, place in places.items():
        if name not in tensors:
            if place.is_floating_point() or place.is_meta:
                raise EncoderError(f"{path}: lacks {name}; give weights and configuration of the model asked for.")
            continue
        if tensors[name].shape != place.shape:
            raise EncoderError(
                f"{path}: {name} has shape {tuple(tensors[name].shape)} where {tuple(place.shape)} is needed; "
                "give weights and configuration of one model."
            )
        if place.is_floating_point() and str(tensors[name].dtype) not in ROUNDED:
            raise EncoderError(
                f"{path}: {name} is quantised ({tensors[name].dtype}); give weights in float32, bfloat16 or float16."
            )
        values[name] = tensors[name].to(dtype or place.dtype) if place.is_floating_point() else tensors[name]
    if exactly and (others := sorted(tensors.keys() - places.keys())):
        raise EncoderError(f"{path}: holds {others[0]}, of another network; give weights of the model asked for.")
    network.load_state_dict(values, strict=False, assign=True)


def check_size(build: Callable[[], torch.nn.Module], tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    """Raise where the network that a configuration describes is larger than the file of its parameters.

    For networks that need memory before they are filled: here they are built without any.
    """
    import torch

    with described_by(path.with_name("config.json"), "network"), torch.device("meta"):
        network = build()
        needed = sum(place.numel() for place in (*network.parameters(), *network.buffers()))
    held = sum(tensor.numel() for tensor in tensors.values())
    if needed > held + COMPUTED:
        raise EncoderError(
            f"{path}: holds {held:,} numbers where its config.json describes a network of {needed:,}; "
            "give weights and configuration of one model."
        )
