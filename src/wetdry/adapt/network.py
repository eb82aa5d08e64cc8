"""An encoder with what a method adds to it and a linear head, as one module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import nn

from wetdry.adapt.chain import Chain, chain_of, pooled
from wetdry.adapt.inserted import Inserted
from wetdry.adapt.lora import insert
from wetdry.adapt.methods import Bottleneck, Full, Gated, Lora, Method
from wetdry.encoders import Encoder
from wetdry.probes.scaling import FARTHEST

MIXED = ("inserted.gates", "layer_logits")
"""Parameters that mix: one number a block or layer."""
NEVER_LEARNT = ("embed_positions.weight", "masked_spec_embed")
"""Whisper's table of sines, and what only masking in pretraining uses."""


class ClipFeatures(NamedTuple):
    """What of a clip does not change in training.

    Attributes
    ----------
    lower
        Means (layer, dim) over frames and windows of the layers that the head reads and nothing trains; 0 or more.
    state
        What goes into the first trained part, (window, frame, dim), or the prepared windows; None if there is none.
    frames
        How many frames of a state hear the clip; None for all.
    """

    lower: torch.Tensor
    state: torch.Tensor | None
    frames: int | None


class AdaptedNetwork(nn.Module):
    """The network of one method. All but what the method trains and the head asks for no gradient.

    It stays in evaluation mode but for LoRA's dropout: the encoder's own dropout, layer drop and masking are off.
    """

    centre: torch.Tensor
    factor: torch.Tensor

    def __init__(self, encoder: Encoder, method: Method, outputs: int, device: torch.device) -> None:
        super().__init__()
        chain = chain_of(encoder, device, own=isinstance(method, Full))
        self._chain = [chain]  # In a list, as it is no module; its network is one.
        self.network = chain.network
        self.first = method.first(len(chain.blocks))
        self.mixes = method.layers
        dim = encoder.spec.layers[-1].dim
        read = len(chain.blocks) + 1 if method.layers else 1
        self.inserted: Inserted | None = None
        if isinstance(method, Lora):
            insert(chain, method, dim)
        elif isinstance(method, Bottleneck):
            self.inserted = Inserted(chain, self.first, dim, method.width)
        elif isinstance(method, Gated):
            self.inserted = Inserted(chain, self.first, dim, method.width, method.opening)
        elif isinstance(method, Full):
            _ask_for_gradients(chain, self.first)
        self.layer_logits = nn.Parameter(torch.zeros(read)) if method.layers else None
        self.head = nn.Linear(dim, outputs)
        # What the head reads is standardised, layer by layer, as it was over the training clips at the start.
        self.register_buffer("centre", torch.zeros(read, dim))
        self.register_buffer("factor", torch.ones(read, dim))
        self.to(device).eval()

    @property
    def chain(self) -> Chain:
        return self._chain[0]

    @property
    def device(self) -> torch.device:
        return self.head.weight.device

    def learning(self, on: bool) -> None:
        """Turn LoRA's dropout on or off."""
        for name, module in self.network.named_modules():
            if ".lora_dropout" in name:
                module.train(on)

    def trained(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Names and parameters of all that is trained, head included."""
        return ((name, each) for name, each in self.named_parameters() if each.requires_grad)

    def kept(self) -> dict[str, torch.Tensor]:
        """All that a file has to hold: what is trained, and the standardisation."""
        return {**dict(self.trained()), "centre": self.centre, "factor": self.factor}

    @torch.no_grad()
    def below(self, batch: torch.Tensor) -> ClipFeatures:
        """What of prepared windows (window, …) of one clip does not change in training; the means over its windows."""
        frames = self.chain.frames(batch)
        if self.first < 0:
            return ClipFeatures(self.centre[:0], batch, frames)
        state = self.chain.start(batch)
        means = [pooled(state, frames)]
        for reached in self.chain.onwards(state, 0, self.first):
            means.append(pooled(reached, frames))
            state = reached
        learns = self.first < len(self.chain.blocks)
        chosen = means if self.mixes else ([] if learns else means[-1:])
        lower = torch.stack([each.mean(dim=0) for each in chosen]) if chosen else self.centre[:0]
        # In one order of memory, wherever it is kept: sums over another differ in the last bit.
        return ClipFeatures(lower, state.contiguous() if learns else None, frames)

    def layers(self, clips: Sequence[ClipFeatures]) -> torch.Tensor:
        """What the head reads of clips before it is standardised: (clip, layer, dim).

        Clips of one length go through the blocks together, others apart: nothing is ever padded.
        """
        alike: dict[tuple[int, ...], list[int]] = {}
        for place, clip in enumerate(clips):
            if clip.state is not None:
                alike.setdefault((*clip.state.shape[1:], clip.frames or 0), []).append(place)
        upper: dict[int, torch.Tensor] = {}
        for places in alike.values():
            states = [state for place in places if (state := clips[place].state) is not None]
            means = self._above(torch.cat(states), clips[places[0]].frames)
            parts = torch.split(means, [len(state) for state in states])
            upper |= {place: part.mean(dim=0) for place, part in zip(places, parts, strict=True)}
        rows = [torch.cat([clip.lower, upper[i]]) if i in upper else clip.lower for i, clip in enumerate(clips)]
        return torch.stack(rows)

    def _above(self, state: torch.Tensor, frames: int | None) -> torch.Tensor:
        """Means (window, layer, dim) over frames of the layers from the first trained block on that the head reads."""
        means = []
        if self.first < 0:
            state = self.chain.start(state)
            means.append(pooled(state, frames))
        means += [pooled(each, frames) for each in self.chain.onwards(state, max(0, self.first))]
        return torch.stack(means if self.mixes else means[-1:], dim=1)

    def mixture(self, layers: torch.Tensor) -> torch.Tensor:
        """What the head reads, (clip, dim), of layers (clip, layer, dim)."""
        # Some dimensions of first layers hardly move until a clip wakes them.
        standard = ((layers - self.centre) * self.factor).clamp(-FARTHEST, FARTHEST)
        if self.layer_logits is None:
            return standard[:, 0]
        return torch.einsum("l,nld->nd", self.layer_logits.softmax(dim=0), standard)

    def forward(self, clips: Sequence[ClipFeatures]) -> torch.Tensor:
        """Outputs (clip, output) of the head."""
        outputs: torch.Tensor = self.head(self.mixture(self.layers(clips)))
        return outputs

    def standardise(self, layers: torch.Tensor) -> None:
        """Have the head read layers as these (clip, layer, dim) are standardised; what never moves becomes 0."""
        spread, mean = layers.double().std(dim=0, correction=0), layers.double().mean(dim=0)
        moves = spread > 1e-6 * layers.abs().amax(dim=0)
        self.centre.copy_(mean)
        self.factor.copy_(torch.where(moves, 1.0 / torch.where(moves, spread, 1.0), 0.0))


def _ask_for_gradients(chain: Chain, first: int) -> None:
    """Have everything of the blocks from `first` on, and the norm behind them, be trained; all there is if −1."""
    modules = [chain.network] if first < 0 else [*chain.blocks[first:], *([chain.final] if chain.final else [])]
    for module in modules:
        for name, parameter in module.named_parameters():
            parameter.requires_grad_(not name.endswith(NEVER_LEARNT))
