"""A transformer encoder taken apart: what comes before its blocks, the blocks one by one, and what comes after.

So the part below the first trained block can be computed once. That the parts make the whole is not believed but
tried, on noise, before anything is trained.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import nn

from wetdry.encoders import Encoder
from wetdry.encoders.hf.encoder import Known
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.encoders.whisper.encoder import UNPADDED, Whisper
from wetdry.encoders.whisper.features import STRIDE, frames_in
from wetdry.encoders.whisper.network import states, with_silence
from wetdry.errors import EncoderError

TRIAL_SECONDS = 0.25
CLOSE = 1e-4
"""Largest difference to the encoder's own numbers, relative to the largest of them, that is rounding."""


class Chain(ABC):
    """The parts of one network.

    Attributes
    ----------
    blocks
        In order; each takes a state (window, frame, dim) and gives one of the same shape.
    final
        The norm behind the last block, where there is one.
    """

    def __init__(self, network: Any, blocks: nn.ModuleList, final: nn.Module | None) -> None:
        self.network = network
        self.blocks = list(blocks)
        self.final = final

    @abstractmethod
    def start(self, batch: torch.Tensor) -> torch.Tensor:
        """What goes into block 0, (window, frame, dim), of prepared windows."""

    def frames(self, batch: torch.Tensor) -> int | None:
        """Frames of a state that hear these prepared windows; None for all."""
        del batch
        return None

    def onwards(self, state: torch.Tensor, first: int, last: int | None = None) -> Iterator[torch.Tensor]:
        """States behind blocks `first` … `last` − 1, of what goes into the first; the last is behind the norm too."""
        given = self._given(state)
        end = len(self.blocks) if last is None else last
        for place in range(first, end):
            output = self.blocks[place](state, attention_mask=None, **given)
            state = output[0] if isinstance(output, tuple) else output
            closing = self.final is not None and place == len(self.blocks) - 1
            yield self.final(state) if closing and self.final is not None else state

    def _given(self, state: torch.Tensor) -> dict[str, Any]:
        """What every block takes besides: WavLM's positions, which its first block makes for all of them."""
        attention: Any = getattr(self.blocks[0], "attention", None)
        if not hasattr(attention, "compute_bias"):
            return {}
        windows, frames = state.shape[:2]
        bias = attention.compute_bias(frames, frames).unsqueeze(0).repeat(windows, 1, 1, 1)
        return {"position_bias": bias.view(-1, frames, frames)}


class WaveformChain(Chain):
    """wav2vec 2.0, HuBERT, MERT, WavLM, data2vec: convolutions, then convolved positions."""

    def __init__(self, network: Any) -> None:
        stable = bool(getattr(network.config, "do_stable_layer_norm", False))
        self._norm = None if stable else network.encoder.layer_norm
        super().__init__(network, network.encoder.layers, network.encoder.layer_norm if stable else None)

    def start(self, batch: torch.Tensor) -> torch.Tensor:
        network = self.network
        projected = network.feature_projection(network.feature_extractor(batch).transpose(1, 2))
        state = projected[0] if isinstance(projected, tuple) else projected
        positioned: torch.Tensor = state + network.encoder.pos_conv_embed(state)
        return positioned if self._norm is None else self._norm(positioned)


class WhisperChain(Chain):
    """Whisper's encoder; `padded` if it attends to 30 s however long the clip."""

    def __init__(self, network: Any, padded: bool) -> None:
        self._padded = padded
        self._positions = int(network.config.max_source_positions)
        super().__init__(network, network.layers, network.layer_norm)

    def start(self, batch: torch.Tensor) -> torch.Tensor:
        if self._padded:
            return next(states(self.network, with_silence(batch, self._positions), self._positions))
        return next(states(self.network, batch[..., : self._positions * STRIDE], frames_in(batch.shape[-1])))

    def frames(self, batch: torch.Tensor) -> int | None:
        return frames_in(batch.shape[-1])


def body_of(encoder: Encoder) -> TorchEncoder:
    """The encoder that computes: it itself, or the one that reads the checkpoint."""
    body = encoder.reader if isinstance(encoder, Known) else encoder
    if not isinstance(body, TorchEncoder):
        raise EncoderError(
            f"{encoder.spec.name} is no transformer in torch, so it cannot be adapted: "
            "choose wav2vec 2.0, HuBERT, MERT, Whisper, or a model of their kind by hf:."
        )
    if "+bf16" in body.spec.revision or "+fp16" in body.spec.revision:
        raise EncoderError(
            f"{encoder.spec.name} was asked for in half precision, which is too coarse to learn in: "
            "take it in fp32, and give the settings a dtype instead."
        )
    return body


def chain_of(encoder: Encoder, device: torch.device, *, own: bool) -> Chain:
    """A copy of the encoder's network, taken apart, on `device`; the encoder itself never changes.

    Parameters
    ----------
    own
        Whether the copy has parameters of its own, to be trained; otherwise they share memory where they can.
    """
    body = body_of(encoder)
    module = body.module
    there = next(module.parameters()).device
    shared = {} if own or there != device else {id(each): each for each in module.parameters()}
    network: Any = deepcopy(module, shared).to(device)
    chain = _parts(body, network)
    if chain is None or not _whole(chain, body, device):
        raise EncoderError(
            f"{encoder.spec.name} ({type(network).__name__}) cannot be run block by block here, "
            "so it cannot be adapted: choose wav2vec 2.0, HuBERT, MERT, WavLM or Whisper."
        )
    return chain


def _parts(body: TorchEncoder, network: Any) -> Chain | None:
    if isinstance(body, Whisper):
        return WhisperChain(network, padded=not body.spec.name.endswith(UNPADDED))
    inner = getattr(network, "encoder", None)
    parts = (hasattr(network, "feature_extractor"), hasattr(network, "feature_projection"))
    if all(parts) and all(hasattr(inner, part) for part in ("pos_conv_embed", "layer_norm", "layers")):
        return WaveformChain(network)
    return None


def _whole(chain: Chain, body: TorchEncoder, device: torch.device) -> bool:
    """Whether the parts give the layers that the encoder gives, on noise."""
    names = [layer.name for layer in body.spec.layers]
    samples = max(1, round(TRIAL_SECONDS * body.spec.sample_rate))
    noise = 0.1 * np.random.default_rng(0).standard_normal((1, samples)).astype(np.float32)
    prepared = body.prepare(noise)
    expected = body.forward(prepared, names)
    with torch.no_grad():
        batch = torch.from_numpy(prepared).to(device)
        state = chain.start(batch)
        every = [state, *chain.onwards(state, 0)]
        found = [pooled(each, chain.frames(batch)).cpu().numpy() for each in every]
    return len(found) == len(names) and all(
        np.abs(ours - expected[name]).max() <= CLOSE * np.abs(expected[name]).max()
        for ours, name in zip(found, names, strict=True)
    )


def pooled(state: torch.Tensor, frames: int | None) -> torch.Tensor:
    """Mean (window, dim) over the frames that hear the window, in float32."""
    return state[:, :frames].float().mean(dim=1)
