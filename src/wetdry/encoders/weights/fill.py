"""Giving a network the parameters of a file, and refusing a file that is not of that network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wetdry.errors import EncoderError

if TYPE_CHECKING:
    import torch


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
        values[name] = tensors[name].to(dtype or place.dtype) if place.is_floating_point() else tensors[name]
    if exactly and (others := sorted(tensors.keys() - places.keys())):
        raise EncoderError(f"{path}: holds {others[0]}, of another network; give weights of the model asked for.")
    network.load_state_dict(values, strict=False, assign=True)
