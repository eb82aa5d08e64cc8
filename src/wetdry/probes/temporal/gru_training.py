"""Training a gated recurrent unit by torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.early_stopping import train_to_the_best
from wetdry.probes.temporal.gru import Gru
from wetdry.probes.temporal.songs import Songs

HIDDEN = 64
BATCH = 8
"""Songs of a training step."""

LEARNING_RATE = 0.003
PENALTY = 1.0
"""Decay of all weights, decoupled from the gradient."""

EPOCHS = 100
PATIENCE = 10


class _Tensors(NamedTuple):
    """Vectors (t, dim) and ratings (t, target) of each song, 0 where it has none, and which steps (t, 1) have one."""

    vectors: list[torch.Tensor]
    ratings: list[torch.Tensor]
    rated: list[torch.Tensor]

    @classmethod
    def of(cls, songs: Songs) -> _Tensors:
        return cls(
            [torch.from_numpy(each.astype(np.float32)) for each in songs.vectors],
            [torch.from_numpy(np.nan_to_num(each).astype(np.float32)) for each in songs.ratings],
            [torch.from_numpy(each[:, np.newaxis]) for each in songs.rated],
        )

    def batch(self, chosen: list[int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Songs (song, t, …), the shorter ones filled up at their end, where no rated step hears it."""
        vectors, ratings, rated = (pad_sequence([each[i] for i in chosen], batch_first=True) for each in self)
        return vectors, ratings, rated


def fit_gru(training: Songs, held_out: Songs, seed: int) -> Gru:
    """The unit as it was when it explained most of the songs held out."""
    # Torch has one stream for the whole process, which other threads draw from too; so nothing is left to it here.
    draws = torch.Generator().manual_seed(seed)
    unit, readout = _beginning(training.vectors[0].shape[1], training.ratings[0].shape[1], draws)
    songs = _Tensors.of(training)
    # A song without a rated step would make a batch of its own without a loss.
    usable = torch.tensor([i for i, rated in enumerate(training.rated) if rated.any()])

    def losses() -> Iterator[torch.Tensor]:
        order = usable[torch.randperm(len(usable), generator=draws)]
        for part in torch.tensor_split(order, -(-len(order) // BATCH)):
            vectors, ratings, rated = songs.batch(part.tolist())
            missed = (readout(unit(vectors)[0]) - ratings).square() * rated
            yield missed.sum() / rated.sum()

    heard, truth, counts = _Tensors.of(held_out).batch(list(range(len(held_out.vectors))))
    total = torch.from_numpy(held_out.varied())

    def explained() -> float:
        with torch.no_grad():
            missed = ((readout(unit(heard)[0]) - truth).square() * counts).sum(dim=(0, 1))
            return float((1.0 - missed / total).mean())

    parameters = [*unit.parameters(), *readout.parameters()]
    adam = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=PENALTY)
    train_to_the_best(adam, losses, explained, epochs=EPOCHS, patience=PATIENCE)
    of_input, of_state, input_constant, state_constant = (_double(each) for each in unit.parameters())
    return Gru(of_input, of_state, input_constant, state_constant, _double(readout.weight).T, _double(readout.bias))


def _beginning(dim: int, targets: int, draws: torch.Generator) -> tuple[torch.nn.GRU, torch.nn.Linear]:
    """Parameters as torch's own begin: even within ± 1 / √hidden."""
    # Made without memory first, lest they begin by drawing from torch's stream.
    unit = torch.nn.GRU(dim, HIDDEN, batch_first=True, device="meta").to_empty(device="cpu")
    readout = torch.nn.Linear(HIDDEN, targets, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        for each in (*unit.parameters(), *readout.parameters()):
            each.uniform_(-(HIDDEN**-0.5), HIDDEN**-0.5, generator=draws)
    return unit, readout


def _double(values: torch.Tensor) -> Float64:
    return values.detach().numpy().astype(np.float64)
