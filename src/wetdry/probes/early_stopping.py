"""Training that ends when rows held out gain nothing more, and goes back to where they were served best."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch

from wetdry.errors import DataError


def train_to_the_best(
    optimiser: torch.optim.Optimizer,
    losses: Callable[[], Iterable[torch.Tensor]],
    score: Callable[[], float],
    *,
    epochs: int,
    patience: int,
) -> tuple[int, float]:
    """Epoch that scored best, and its score; the parameters are left as they were after it.

    Parameters
    ----------
    optimiser
        Of all parameters.
    losses
        The losses of one epoch, each computed from the parameters as they are when it is asked for.
    score
        How good the parameters are on what they do not learn from: more is better.
    epochs
        At most so many.
    patience
        Epochs without a better score after which training ends.
    """
    parameters = [each for group in optimiser.param_groups for each in group["params"]]
    best, at, kept = -float("inf"), 0, [each.detach().clone() for each in parameters]
    for epoch in range(1, epochs + 1):
        for loss in losses():
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        found = score()
        if found > best:
            best, at, kept = found, epoch, [each.detach().clone() for each in parameters]
        elif epoch - at >= patience:
            break
    if at == 0:
        raise DataError(
            "Training reached no score that is a number on the rows held out: look for enormous values in the vectors."
        )
    with torch.no_grad():
        for each, values in zip(parameters, kept, strict=True):
            each.copy_(values)
    return at, best
