"""Four networks from a log-mel chunk to targets, after "Modeling Arousal and Valence in Music", Phase 2.

A chunk is (128 bands, 128 frames): bands are the height and frames the width of all maps here. Three blocks of
convolution, batch norm, rectifier and pooling bring it to 64 channels of 16 × 16; what becomes of these is where the
networks differ; a dense layer of 128 units follows in all.

Where the report is silent or says two things: excitation follows pooling and has an eighth of the channels as hidden
units, the temporal convolution keeps the 64 channels with a kernel of 3 and is rectified, and the dense layer is
rectified before dropout in all four.

Nothing is drawn at random in here but the weights to begin with: the caller draws what dropout keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (16, 32, 64)
SIDE = 16
"""Height and width of the last maps."""
REDUCTION = 8
HIDDEN = 64
DENSE = 128
DROPPED = 0.3
"""Share of the dense units that dropout silences."""


class Excitation(nn.Module):
    """Squeeze and excitation: each channel is weighted by a gate between 0 and 1 that follows from all their means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // REDUCTION)
        self.excite = nn.Linear(channels // REDUCTION, channels)

    def gate(self, maps: Tensor) -> Tensor:
        """Weights (batch, channel) of maps (batch, channel, height, width)."""
        hidden = functional.relu(self.squeeze(maps.mean(dim=(2, 3))))
        return torch.sigmoid(self.excite(hidden))

    def forward(self, maps: Tensor) -> Tensor:
        return maps * self.gate(maps)[:, :, None, None]


class Block(nn.Module):
    """Convolution, batch norm, pooling by 2 and rectifier, then excitation if asked for.

    The rectifier rises, so the largest of four rectified values is the rectified largest: pooling first gives the same
    numbers and gradients, and the rectifier a quarter of the work.
    """

    def __init__(self, channels: int, wider: int, *, excited: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, wider, 3, padding=1)
        self.norm = nn.BatchNorm2d(wider)
        # Only a running mean over all batches would need their count.
        self.norm.num_batches_tracked = None
        self.excitation = Excitation(wider) if excited else None

    def forward(self, maps: Tensor) -> Tensor:
        normed = self.norm(self.convolution(maps))
        pooled = functional.relu(functional.max_pool2d(normed, 2))
        return pooled if self.excitation is None else self.excitation(pooled)


class Flat(nn.Module):
    """All values of the maps."""

    width: Final = CHANNELS[-1] * SIDE * SIDE

    def forward(self, maps: Tensor) -> Tensor:
        """Values (batch, width) of maps (batch, channel, band, frame)."""
        return maps.flatten(1)


class TemporalConvolution(nn.Module):
    """A convolution over the values of each channel in a row, time × frequency as the report has them.

    In that order, neighbours in the row are neighbouring bands of one frame.
    """

    width: Final = CHANNELS[-1] * SIDE * SIDE

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(CHANNELS[-1], CHANNELS[-1], 3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        """Values (batch, width) of maps (batch, channel, band, frame)."""
        row = maps.transpose(2, 3).flatten(2)
        return functional.relu(self.convolution(row)).flatten(1)


class LastState(nn.Module):
    """The last state of a recurrence over time."""

    width: Final = HIDDEN

    def __init__(self) -> None:
        super().__init__()
        self.recurrence = nn.GRU(CHANNELS[-1] * SIDE, HIDDEN, batch_first=True)

    def states(self, maps: Tensor) -> Tensor:
        """States (batch, time, hidden) from maps (batch, channel, band, frame)."""
        steps = maps.permute(0, 3, 1, 2).flatten(2)
        states: Tensor = self.recurrence(steps)[0]
        return states

    def forward(self, maps: Tensor) -> Tensor:
        return self.states(maps)[:, -1]


class AttentionPooling(LastState):
    """The mean of all states, weighted by attention."""

    def __init__(self) -> None:
        super().__init__()
        self.relevance = nn.Linear(HIDDEN, 1)

    def weights(self, states: Tensor) -> Tensor:
        """Weights (batch, time) that add to 1, of states (batch, time, hidden)."""
        return functional.softmax(self.relevance(states)[:, :, 0], dim=1)

    def forward(self, maps: Tensor) -> Tensor:
        states = self.states(maps)
        return (self.weights(states)[:, :, None] * states).sum(dim=1)


Body = Flat | TemporalConvolution | LastState
BODIES: dict[str, tuple[bool, Callable[[], Body]]] = {
    "cnn": (False, Flat),
    "se-conv": (True, TemporalConvolution),
    "se-gru": (True, LastState),
    "se-gru-attention": (True, AttentionPooling),
}
"""Whether blocks are excited, and what follows them."""


class Network(nn.Module):
    """One of the four by its name, with an output for each target."""

    def __init__(self, name: str, targets: int) -> None:
        super().__init__()
        excited, body = BODIES[name]
        steps = zip((1, *CHANNELS[:-1]), CHANNELS, strict=True)
        self.blocks = nn.Sequential(*(Block(*step, excited=excited) for step in steps))
        self.body = body()
        self.dense = nn.Linear(self.body.width, DENSE)
        self.answer = nn.Linear(DENSE, targets)
        # Pooling and batch norm of maps whose channels lie side by side take a fraction of the time on a CPU.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, chunks: Tensor, kept: Tensor | None = None) -> Tensor:
        """Outputs (batch, target) of standardised chunks (batch, band, frame).

        `kept` (batch, 128) is by what dropout multiplies the dense units: 0, or one over the share that is kept.
        """
        dense = functional.relu(self.dense(self.body(self.maps(chunks))))
        answers: Tensor = self.answer(dense if kept is None else dense * kept)
        return answers

    def attention(self, chunks: Tensor) -> Tensor | None:
        """Weight (batch, time) of each sixteenth of the chunks; None of a network without attention."""
        if not isinstance(self.body, AttentionPooling):
            return None
        return self.body.weights(self.body.states(self.maps(chunks)))

    def maps(self, chunks: Tensor) -> Tensor:
        """Maps (batch, 64, 16, 16), the last axis of which is time."""
        maps: Tensor = self.blocks(chunks[:, None])
        return maps


def started(name: str, targets: int, seed: int) -> Network:
    """A network with weights drawn by the seed, as torch's layers draw theirs."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Network(name, targets)
