"""Training a perceptron by torch, all that is drawn at random from a stream of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from wetdry.analysis.statistics.units import Float64

Layers = tuple[list[Float64], list[Float64]]


class Recipe(NamedTuple):
    """How to train; see `EmotionMlpProbe`.

    Attributes
    ----------
    sizes
        Units of each layer, from the inputs to the outputs.
    """

    sizes: tuple[int, ...]
    classes: bool
    penalty: float
    dropout: float
    batch: int
    learning_rate: float
    seed: int


def trained(rows: Float64, answers: Float64, recipe: Recipe, lengths: Sequence[int]) -> Iterator[Layers]:
    """Weights and constants after each number of epochs, in rising order, from rows (n, dim), answers (n, output)."""
    # Torch has one stream for the whole process, which other threads draw from too; so nothing is left to it here.
    draws = torch.Generator().manual_seed(recipe.seed)
    inputs, targets = torch.from_numpy(rows.astype(np.float32)), torch.from_numpy(answers.astype(np.float32))
    weights, constants = _beginning(recipe.sizes, draws)
    decayed = {"params": weights, "weight_decay": recipe.penalty}
    free = {"params": constants, "weight_decay": 0.0}
    adam = torch.optim.AdamW([decayed, free], lr=recipe.learning_rate, fused=True)
    # As equal as can be: a rest of two or three rows would shake the weights as hard as a full batch does.
    parts = -(-len(rows) // recipe.batch)
    for epoch in range(1, max(lengths) + 1):
        for batch in torch.tensor_split(torch.randperm(len(rows), generator=draws), parts):
            found = _forward(inputs[batch], weights, constants, recipe.dropout, draws)
            loss = _loss(found, targets[batch], recipe.classes)
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
        if epoch in lengths:
            yield _arrays(weights), _arrays(constants)


def _beginning(sizes: tuple[int, ...], draws: torch.Generator) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Weights and constants as torch's own linear layers begin: even within ± 1 / √inputs."""
    weights, constants = [], []
    for inputs, units in pairwise(sizes):
        bound = inputs**-0.5
        weights.append(torch.empty(inputs, units).uniform_(-bound, bound, generator=draws).requires_grad_())
        constants.append(torch.empty(units).uniform_(-bound, bound, generator=draws).requires_grad_())
    return weights, constants


def _forward(
    rows: torch.Tensor,
    weights: list[torch.Tensor],
    constants: list[torch.Tensor],
    dropout: float,
    draws: torch.Generator,
) -> torch.Tensor:
    for each, constant in zip(weights[:-1], constants[:-1], strict=True):
        rows = functional.relu(torch.addmm(constant, rows, each))
        kept = torch.rand(rows.shape, generator=draws) >= dropout
        rows = rows * kept / (1.0 - dropout)
    return torch.addmm(constants[-1], rows, weights[-1])


def _loss(found: torch.Tensor, targets: torch.Tensor, classes: bool) -> torch.Tensor:
    if classes:
        return functional.cross_entropy(found, targets)
    return (found - targets).square().mean(dim=0).sum()


def _arrays(tensors: list[torch.Tensor]) -> list[Float64]:
    return [each.detach().numpy().astype(np.float64) for each in tensors]
