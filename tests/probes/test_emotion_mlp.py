import subprocess
import sys

import numpy as np
import pytest
import torch
from planted_labels import planted
from sklearn.preprocessing import StandardScaler

from wetdry import extras
from wetdry.errors import DataError, MissingPackageError
from wetdry.probes.emotion_mlp import EmotionMlpProbe
from wetdry.probes.linear import LinearProbe
from wetdry.probes.parts import Parts
from wetdry.probes.perceptron_training import Recipe, _beginning, _forward, trained
from wetdry.probes.task import Task

SMALL = {"hidden": (16, 8), "epochs": 5}


def by_hand(rows, targets, loss, epochs, penalty):
    """Layers of torch and its own AdamW, all rows at once and no dropout, from the same beginning."""
    weights, constants = _beginning((rows.shape[1], 16, 8, targets.max() + 1 if targets.ndim == 1 else 2), seeded(3))
    layers = [torch.nn.Linear(*each.shape) for each in weights]
    with torch.no_grad():
        for layer, weight, constant in zip(layers, weights, constants, strict=True):
            layer.weight.copy_(weight.T)
            layer.bias.copy_(constant)
    network = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    decayed, free = [layer.weight for layer in layers], [layer.bias for layer in layers]
    adam = torch.optim.AdamW([{"params": decayed, "weight_decay": penalty}, {"params": free, "weight_decay": 0.0}])
    inputs = torch.from_numpy(rows.astype(np.float32))
    for _ in range(epochs):
        adam.zero_grad()
        loss(network(inputs), torch.from_numpy(targets)).backward()
        adam.step()
    return network(inputs).detach().numpy()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_values_are_those_of_layers_of_torch(rng):
    vectors, values, _, _ = planted(rng)
    rows, scaled = StandardScaler().fit_transform(vectors), StandardScaler().fit_transform(values)
    expected = by_hand(rows, scaled.astype(np.float32), lambda x, y: 2 * torch.nn.functional.mse_loss(x, y), 20, 3.0)
    found = EmotionMlpProbe(20, 3.0, (16, 8), dropout=0.0, batch=120, seed=3).fit(vectors, values).predict(vectors)
    np.testing.assert_allclose(found, expected * values.std(axis=0) + values.mean(axis=0), atol=1e-4)


def test_logits_are_those_of_layers_of_torch(rng):
    vectors, _, labels, _ = planted(rng)
    rows, numbers = StandardScaler().fit_transform(vectors), np.unique(labels, return_inverse=True)[1]
    expected = by_hand(rows, numbers, torch.nn.functional.cross_entropy, 20, 3.0)
    found = EmotionMlpProbe(20, 3.0, (16, 8), dropout=0.0, batch=120, seed=3).fit(vectors, labels).outputs(vectors)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("classes", [False, True])
def test_the_search_is_each_setting_by_itself(rng, classes):
    """Though the epochs to choose from are points of one run."""
    vectors, values, labels, _ = planted(rng)
    task = Task.of(labels if classes else values)
    answers = task.answers(labels if classes else values)
    candidates = [{"epochs": epochs, "penalty": penalty} for epochs in (6, 1, 3) for penalty in (10.0, 0.1)]
    found = EmotionMlpProbe(hidden=(16, 8)).outputs_at(candidates, vectors[:80], task, answers[:80], vectors[80:])
    for candidate, outputs in zip(candidates, found, strict=True):
        alone = EmotionMlpProbe(hidden=(16, 8), **candidate).learn(vectors[:80], task, answers[:80])
        np.testing.assert_array_equal(outputs, alone.outputs(vectors[80:]))


def test_the_search_trains_each_penalty_once(rng, monkeypatch):
    vectors, values, _, _ = planted(rng, rows=40)
    runs = []
    learn = EmotionMlpProbe._trained

    def counted(self, rows, answers, task, lengths):
        runs.append((self.penalty, list(lengths)))
        return learn(self, rows, answers, task, lengths)

    monkeypatch.setattr(EmotionMlpProbe, "_trained", counted)
    candidates = [{"epochs": epochs, "penalty": penalty} for epochs in (1, 2, 3) for penalty in (10.0, 0.1)]
    EmotionMlpProbe(hidden=(4,)).outputs_at(candidates, vectors, Task.of(values), values, vectors)
    assert runs == [(10.0, [1, 2, 3]), (0.1, [1, 2, 3])]


def test_the_layers_are_the_published_ones(rng):
    vectors, values, _, _ = planted(rng, rows=20)
    model = EmotionMlpProbe(epochs=1).fit(vectors, values)
    assert [each.shape for each in model.weights_] == [(12, 512), (512, 128), (128, 2)]
    assert {each.dtype for each in model.tensors().values()} == {np.dtype(np.float64)}


def test_a_valley_is_told_where_a_linear_probe_tells_nothing(rng):
    vectors = rng.standard_normal((400, 6))
    values = np.column_stack([np.abs(vectors[:, 0]), vectors[:, 1] * vectors[:, 2]])
    scores = []
    for model in (EmotionMlpProbe(60), LinearProbe(0.1)):
        missed = values[300:] - model.fit(vectors[:300], values[:300]).predict(vectors[300:])
        scores.append(
            1 - np.square(missed).sum(axis=0) / np.square(values[300:] - values[300:].mean(axis=0)).sum(axis=0)
        )
    assert (scores[0] > 0.6).all()
    assert (scores[1] < 0.1).all()


def test_dropout_leaves_out_its_share_and_keeps_the_mean():
    weights = [torch.eye(50), torch.eye(50)]
    rows = torch.ones(400, 50)
    found = _forward(rows, weights, [torch.zeros(50), torch.zeros(50)], 0.3, seeded(0))
    np.testing.assert_allclose(found.unique().numpy(), [0.0, 1 / 0.7], rtol=1e-6)
    assert (found == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)


def test_steps_are_of_nearly_equal_batches(rng, monkeypatch):
    """A rest of one row would count as much as a whole batch."""
    sizes = []
    from wetdry.probes import perceptron_training

    loss = perceptron_training._loss
    monkeypatch.setattr(
        perceptron_training, "_loss", lambda found, *others: sizes.append(len(found)) or loss(found, *others)
    )
    recipe = Recipe((3, 4, 1), False, 0.1, 0.3, 32, 0.001, 0)
    list(trained(rng.standard_normal((65, 3)), rng.standard_normal((65, 1)), recipe, [1]))
    assert sorted(sizes) == [21, 22, 22]


def test_the_seed_decides_and_nothing_else_is_drawn(rng):
    vectors, values, _, _ = planted(rng)
    before = torch.random.get_rng_state()
    first, again, other = (
        EmotionMlpProbe(seed=seed, **SMALL).fit(vectors, values).predict(vectors) for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.01
    assert torch.equal(before, torch.random.get_rng_state())


def test_weight_decay_holds_weights_down(rng):
    vectors, values, _, _ = planted(rng)
    sizes = [
        np.abs(EmotionMlpProbe(30, penalty, (16, 8), learning_rate=0.01).fit(vectors, values).weights_[0]).mean()
        for penalty in (30.0, 0.1)
    ]
    assert sizes[0] < 0.5 * sizes[1]


def test_it_comes_back_from_its_arrays(rng):
    vectors, values, _, _ = planted(rng)
    model = EmotionMlpProbe(**SMALL).fit(vectors, values)
    parts = Parts(model.tensors())
    restored = EmotionMlpProbe(**SMALL).restore(model.task_, 12, parts)
    parts.finish()
    np.testing.assert_array_equal(restored.predict(vectors), model.predict(vectors))
    with pytest.raises(DataError, match=r'holds "weights.0" in shape \(12, 16\)'):
        EmotionMlpProbe(hidden=(8, 8)).restore(model.task_, 12, Parts(model.tensors()))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"epochs": 0}, "A number of epochs of 0"),
        ({"penalty": -1.0}, "A penalty of -1.0 .*from 0 on"),
        ({"dropout": 1.0}, "A dropout of 1.0 .*from 0 to below 1"),
        ({"dropout": "much"}, "A dropout of 'much'"),
        ({"batch": 0}, "A batch of 0"),
        ({"learning_rate": 0.0}, "A learning rate of 0.0"),
        ({"hidden": (8, 8, 8)}, "the units of 1 or 2 layers"),
    ],
)
def test_impossible_settings_are_a_sentence(rng, settings, sentence):
    vectors, values, _, _ = planted(rng, rows=20)
    with pytest.raises(DataError, match=sentence):
        EmotionMlpProbe(**settings).fit(vectors, values)


def test_without_torch_one_sentence_says_so(rng, monkeypatch):
    def missing(name):
        raise ImportError(name=name)

    monkeypatch.setattr(extras, "import_module", missing)
    vectors, values, _, _ = planted(rng, rows=20)
    with pytest.raises(MissingPackageError, match="The probe emotion-mlp needs torch"):
        EmotionMlpProbe().fit(vectors, values)


def test_torch_is_imported_only_to_train():
    code = (
        "import sys; import wetdry.probes.emotion_mlp, wetdry.probes.layer_sum, wetdry.probes.temporal;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
