"""Training a weighted sum of layers by torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from wetdry.analysis.statistics.units import Flags, Float64
from wetdry.probes.early_stopping import train_to_the_best

PENALTIES = (10.0, 1.0, 0.1)
"""Times the squared coefficients of the head, beside a loss in variances of the targets."""

HEAD_RATE = 0.003
LAYER_RATE = 0.03
"""Learning rates: the layers' is the larger, or a head of many dimensions has learnt all before they are weighed."""

BATCH = 32
SMALLEST = 1e-6
"""Variance of a sum from which it is not brought to 1: that of a dimension that never moves."""

EPOCHS = 200
PATIENCE = 20


class Found(NamedTuple):
    """Weights (layer,), head (dim, target), constant (target,), and how they were reached; see `LayerSum`."""

    weights: Float64
    head: Float64
    constant: Float64
    penalty: float
    epochs: int
    validation_r2: float


def best_sum(layers: Float64, answers: Float64, held_out: Flags, seed: int) -> Found:
    """The best of all penalties, of standardised layers (n, layer, dim) and answers (n, target)."""
    tried = [_trained(layers, answers, held_out, penalty, seed) for penalty in PENALTIES]
    return max(tried, key=lambda each: each.validation_r2)


def _trained(layers: Float64, answers: Float64, held_out: Flags, penalty: float, seed: int) -> Found:
    draws = torch.Generator().manual_seed(seed)
    inputs, targets = _single(layers[~held_out]), _single(answers[~held_out])
    validation, truth = _single(layers[held_out]), _single(answers[held_out])
    shared = torch.einsum("nld,nkd->dlk", inputs, inputs) / len(inputs)
    logits = torch.zeros(layers.shape[1], requires_grad=True)
    head = torch.zeros(layers.shape[2], answers.shape[1], requires_grad=True)
    constant = torch.zeros(answers.shape[1], requires_grad=True)
    total = (truth - truth.mean(dim=0)).square().sum(dim=0)

    def estimates(rows: torch.Tensor) -> torch.Tensor:
        weights = logits.softmax(dim=0)
        return (torch.einsum("l,nld->nd", weights, rows) / _spread(weights, shared)) @ head + constant

    def losses() -> Iterator[torch.Tensor]:
        order = torch.randperm(len(inputs), generator=draws)
        for batch in torch.tensor_split(order, -(-len(inputs) // BATCH)):
            missed = (estimates(inputs[batch]) - targets[batch]).square().mean(dim=0).sum()
            yield missed + penalty * head.square().sum()

    def explained() -> float:
        with torch.no_grad():
            missed = (truth - estimates(validation)).square().sum(dim=0)
            return float((1.0 - missed / total).mean())

    of_layers, of_head = {"params": [logits], "lr": LAYER_RATE}, {"params": [head, constant], "lr": HEAD_RATE}
    adam = torch.optim.Adam([of_layers, of_head])
    epochs, reached = train_to_the_best(adam, losses, explained, epochs=EPOCHS, patience=PATIENCE)
    weights = logits.detach().softmax(dim=0)
    of_sum = head.detach() / _spread(weights, shared)[:, np.newaxis]
    weights = weights.double()
    return Found((weights / weights.sum()).numpy(), _double(of_sum), _double(constant), penalty, epochs, reached)


def _spread(weights: torch.Tensor, shared: torch.Tensor) -> torch.Tensor:
    """Standard deviation (dim,) of the weighted sum of layers of covariance (dim, layer, layer)."""
    return (shared @ weights @ weights).clamp(min=SMALLEST).sqrt()


def _single(values: Float64) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _double(values: torch.Tensor) -> Float64:
    return values.detach().numpy().astype(np.float64)
