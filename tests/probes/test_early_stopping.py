import pytest
import torch

from wetdry.errors import DataError
from wetdry.probes.early_stopping import train_to_the_best


def run(scores, epochs=100, patience=3):
    """Gradient descent by 1 an epoch, scored as told: (best epoch, its score, parameter left, epochs run)."""
    parameter, seen = torch.zeros(1, requires_grad=True), []

    def losses():
        seen.append(parameter.item())
        yield -parameter.sum()

    told = iter(scores)
    found = train_to_the_best(
        torch.optim.SGD([parameter], lr=1.0), losses, lambda: next(told), epochs=epochs, patience=patience
    )
    return *found, parameter.item(), len(seen)


def test_it_goes_back_to_the_best_epoch():
    assert run([0.1, 0.5, 0.4, 0.3, 0.2, 0.9]) == (2, 0.5, 2.0, 5)


def test_patience_begins_anew_with_every_gain():
    assert run([0.1, 0.0, 0.0, 0.2, 0.0, 0.0, 0.3, 0.3, 0.3, 0.3]) == (7, 0.3, 7.0, 10)


def test_the_first_of_equals_is_taken_and_epochs_are_the_most():
    assert run([0.5, 0.5, 0.5, 0.5], epochs=2) == (1, 0.5, 1.0, 2)


def test_losses_are_taken_one_after_the_other():
    """The second loss of an epoch sees what the first has changed."""
    parameter, seen = torch.ones(1, requires_grad=True), []

    def losses():
        for _ in range(2):
            seen.append(parameter.item())
            yield parameter.square().sum() / 2

    train_to_the_best(torch.optim.SGD([parameter], lr=0.5), losses, lambda: 0.0, epochs=2, patience=5)
    assert seen == pytest.approx([1.0, 0.5, 0.25, 0.125])


def test_training_that_runs_away_is_a_sentence():
    with pytest.raises(DataError, match="Training reached no score that is a number"):
        run([float("nan")] * 4)
