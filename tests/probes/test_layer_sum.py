import numpy as np
import pytest
import torch

from wetdry import extras
from wetdry.errors import DataError, MissingPackageError
from wetdry.probes import fit_probe, layer_sum_training
from wetdry.probes.layer_sum import fit_layer_sum

NAMES = ("valence", "arousal")


def layers_of(rng, clips, layers, dim, legible=2, shared=0.7):
    """Layers (clip, layer, dim) of unequal units that are alike, one of which also holds the values (clip, 2)."""
    latent = rng.standard_normal((clips, 2))
    common = rng.standard_normal((clips, 20)) @ rng.standard_normal((20, dim)) / 4
    stack = np.stack([shared * common + rng.standard_normal((clips, dim)) for _ in range(layers)], axis=1)
    stack[:, legible] += latent @ rng.standard_normal((2, dim)) / 2
    return stack * np.geomspace(0.01, 100, layers)[:, np.newaxis] + 3, latent + 0.5 * rng.standard_normal((clips, 2))


def explained(truth, estimates):
    return 1 - np.square(truth - estimates).sum(axis=0) / np.square(truth - truth.mean(axis=0)).sum(axis=0)


def every_fifth(count):
    return np.arange(count) % 5 == 0


@pytest.fixture(scope="module", autouse=True)
def soon_done():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layer_sum_training, "EPOCHS", 80)
        yield


@pytest.fixture(scope="module")
def fitted():
    stack, values = layers_of(np.random.default_rng(440), 75, 5, 8)
    return stack, values, fit_layer_sum(stack, values, every_fifth(75), names=NAMES)


@pytest.mark.parametrize(("clips", "layers", "dim"), [(150, 5, 16), (100, 13, 768)])
def test_the_layer_that_knows_is_found(rng, clips, layers, dim):
    stack, values = layers_of(rng, clips + 200, layers, dim)
    found = fit_layer_sum(stack[:clips], values[:clips], every_fifth(clips), names=NAMES)
    assert found.weights.argmax() == 2
    assert found.weights[2] > 0.6
    reached = explained(values[clips:], found.estimate(stack[clips:]))
    evenly = (stack / stack[:clips].std(axis=0)).mean(axis=1)
    alike = explained(values[clips:], fit_probe(evenly[:clips], values[:clips]).estimate(evenly[clips:]))
    alone = explained(values[clips:], fit_probe(stack[:clips, 2], values[:clips]).estimate(stack[clips:, 2]))
    assert (reached > alike + 0.2).all()
    assert (reached > alone - 0.1).all()


def test_each_of_two_layers_that_know_one_target_gets_its_share(rng):
    """A penalty of the head alone would rather have all weight on one of them."""
    values = rng.standard_normal((200, 2))
    stack = 0.3 * rng.standard_normal((200, 4, 6))
    stack[:, 1, 0] += values[:, 0]
    stack[:, 3, 1] += values[:, 1]
    found = fit_layer_sum(stack, values, every_fifth(200), names=NAMES)
    assert sorted(np.argsort(found.weights)[-2:].tolist()) == [1, 3]
    assert (found.weights[[1, 3]] > 0.25).all()


def test_weights_go_with_their_layers(fitted):
    stack, values, found = fitted
    order = np.array([3, 0, 4, 2, 1])
    moved = fit_layer_sum(stack[:, order], values, every_fifth(75), names=NAMES)
    np.testing.assert_allclose(moved.weights, found.weights[order], atol=1e-3)
    np.testing.assert_allclose(moved.estimate(stack[:, order]), found.estimate(stack), atol=1e-2)


def test_units_of_layers_and_targets_do_not_matter(fitted):
    stack, values, found = fitted
    factors = np.geomspace(100, 0.01, 5)[:, np.newaxis]
    again = fit_layer_sum(factors * stack - 7, 10 * values + 3, every_fifth(75), names=NAMES)
    np.testing.assert_allclose(again.weights, found.weights, atol=1e-3)
    np.testing.assert_allclose(again.estimate(factors * stack - 7), 10 * found.estimate(stack) + 3, atol=0.1)


def test_estimates_follow_from_what_is_told_of_them(fitted):
    stack, values, found = fitted
    training = ~every_fifth(75)
    rows = (stack - stack[training].mean(axis=0)) / stack[training].std(axis=0)
    summed = sum(weight * rows[:, i] for i, weight in enumerate(found.weights))
    spread, mean = values[training].std(axis=0), values[training].mean(axis=0)
    np.testing.assert_allclose(found.estimate(stack), (summed @ found.head + found.constant) * spread + mean)
    reached = explained(values[~training], found.estimate(stack[~training])).mean()
    assert found.validation_r2 == pytest.approx(reached, abs=1e-5)
    assert found.weights.sum() == pytest.approx(1.0)
    assert (found.weights > 0).all()
    assert found.parameters == 5 + 8 * 2 + 2
    assert found.task.names == NAMES


def test_of_all_penalties_the_best_on_validation_rows_is_taken(fitted, monkeypatch):
    stack, values, found = fitted
    alone = {}
    for penalty in layer_sum_training.PENALTIES:
        monkeypatch.setattr(layer_sum_training, "PENALTIES", (penalty,))
        alone[penalty] = fit_layer_sum(stack, values, every_fifth(75), names=NAMES).validation_r2
    assert len(alone) == 3
    assert found.penalty == max(alone, key=alone.get)
    assert found.validation_r2 == max(alone.values())


def test_the_seed_decides_and_nothing_else_is_drawn(rng, monkeypatch):
    stack, values = layers_of(rng, 80, 3, 6, legible=1)
    before = torch.random.get_rng_state()
    monkeypatch.setattr(layer_sum_training, "EPOCHS", 10)
    first, again, other = (
        fit_layer_sum(stack, values, every_fifth(80), names=NAMES, seed=seed).weights for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert torch.equal(before, torch.random.get_rng_state())


def spoilt(values, row, value):
    return np.where((np.arange(len(values)) == row)[:, np.newaxis], value, values)


@pytest.mark.parametrize(
    ("stack", "answers", "validation", "sentence"),
    [
        ([[[1.0, 2.0], [1.0]]] * 4, np.eye(4, 2), [1, 1, 0, 0], "Layers of unequal widths cannot be added up"),
        (np.ones((4, 1, 3)), np.eye(4, 2), [1, 1, 0, 0], "2 layers or more"),
        (np.ones((4, 3)), np.eye(4, 2), [1, 1, 0, 0], r"give \(clip, layer, dim\)"),
        (np.full((4, 2, 3), np.nan), np.eye(4, 2), [1, 1, 0, 0], "4 of 4 clips have layers that are not finite"),
        (np.ones((4, 2, 3)), np.eye(3, 2), [1, 1, 0, 0], "3 labels and 4 marks of validation do not fit 4 clips"),
        (np.ones((4, 2, 3)), np.eye(4, 2), [1, 1, 0], "4 labels and 3 marks of validation do not fit 4 clips"),
        (np.ones((4, 2, 3)), np.eye(4, 2), [0, 0, 0, 0], "A validation part of 0 rated rows is too small"),
        (np.ones((4, 2, 3)), np.eye(4, 2), [1, 1, 1, 1], "A training part of 0 rated rows is too small"),
        (np.ones((4, 2, 3)), np.eye(4, 2), [0, 0, 1, 1], "In the validation part: All clips have the same 'valence'"),
        (np.ones((4, 2, 3)), spoilt(np.eye(4, 2), 1, np.nan), [1, 1, 0, 0], "a label that is no number"),
    ],
)
def test_what_cannot_be_learnt_is_a_sentence(stack, answers, validation, sentence):
    with pytest.raises(DataError, match=sentence):
        fit_layer_sum(stack, answers, validation, names=NAMES)


def test_another_encoders_layers_are_refused(fitted):
    stack, _, found = fitted
    with pytest.raises(DataError, match=r"Layers of shape \(4, 8\) do not fit a sum of 5 layers of 8 dimensions"):
        found.estimate(stack[:, :4])


def test_without_torch_one_sentence_says_so(rng, monkeypatch):
    def missing(name):
        raise ImportError(name=name)

    monkeypatch.setattr(extras, "import_module", missing)
    stack, values = layers_of(rng, 20, 3, 4)
    with pytest.raises(MissingPackageError, match="A learned sum of layers needs torch"):
        fit_layer_sum(stack, values, every_fifth(20), names=NAMES)


def test_a_dimension_that_hardly_moved_until_one_clip_wakes_it_runs_away_with_nothing(fitted):
    stack, values, _ = fitted
    asleep = stack.copy()
    asleep[:, 0, 0] = 0.02 + 1e-6 * np.random.default_rng(0).standard_normal(len(stack))
    fit = fit_layer_sum(asleep, values, every_fifth(75), names=NAMES)
    awake = asleep[:1].copy()
    awake[0, 0, 0] = 0.03
    assert fit.scaling.applied(awake.reshape(1, -1))[0, 0] > 1000
    moved = np.abs(fit.estimate(awake) - fit.estimate(asleep[:1]))
    assert 0 < moved.max() < np.ptp(values)
